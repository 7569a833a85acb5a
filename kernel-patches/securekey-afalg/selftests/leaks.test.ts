/** Neither keys nor plaintext come out where they should not. */

import { test } from '@kseries/kselftest-ts'
import { allocate, digest } from '../../securekey/selftests/buffers.ts'
import { fault } from '../../securekey/selftests/faults.ts'
import { foundInLog } from '../../securekey/selftests/kernel-log.ts'
import { encrypt, random, zeroes } from '../../securekey/selftests/reference.ts'
import { needsZeroes } from '../../securekey/selftests/under-test.ts'
import { cipherSocket, decrypt, importKey, operation, ready } from './securekey.ts'
import { EIO } from './uapi.gen.ts'

test('the kernel log has no bytes of keys, of plaintext or of blobs, whatever went wrong', async t => {
  const { sys } = t.context
  const [key, iv, plaintext] = [random(32), random(16), random(256)]
  const blob = await importKey(sys, key)
  const op = await operation(sys, 'cbc(aes)', blob)
  const destination = { fd: await allocate(sys, 4096), len: 256 }

  t.is(await decrypt(sys, op, iv, encrypt('cbc(aes)', key, iv, plaintext), destination), 0)
  await t.throwsAsync(cipherSocket(sys, 'cbc(aes)', blob.subarray(1)), { code: 'EBADMSG' })
  {
    await using _ = await fault(sys, 'fail', EIO)
    t.is(await decrypt(sys, op, iv, encrypt('cbc(aes)', key, iv, plaintext), destination), EIO)
  }

  const isThere = Buffer.from('Linux version')
  t.deepEqual(await foundInLog(sys, [isThere, key, plaintext, blob.subarray(-32)]), [isThere])
})

test('a buffer that is given back and handed out again is zeroed', async t => {
  const { sys } = t.context
  needsZeroes(sys)
  const [key, iv, plaintext] = [random(16), random(16), random(65_536)]
  const { op } = await ready(sys, { key })

  for (let round = 0; round < 3; round++) {
    const buffer = await allocate(sys, 65_536)
    t.is(await digest(sys, buffer, 0, 65_536), zeroes(65_536))
    t.is(await decrypt(sys, op, iv, encrypt('cbc(aes)', key, iv, plaintext), { fd: buffer, len: 65_536 }), 0)
    await sys.close(buffer)
  }
})
