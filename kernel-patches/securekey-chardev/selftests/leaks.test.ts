/** Neither keys nor plaintext come out where they should not, and blobs of an earlier boot are what they were. */

import { test } from '@kseries/kselftest-ts'
import { allocate, digest } from '../../securekey/selftests/buffers.ts'
import { fault } from '../../securekey/selftests/faults.ts'
import { foundInLog } from '../../securekey/selftests/kernel-log.ts'
import { encrypt, random, zeroes } from '../../securekey/selftests/reference.ts'
import { needsZeroes } from '../../securekey/selftests/under-test.ts'
import { openDevice } from './commands.ts'
import { importKey, load } from './key-commands.ts'
import { decrypt, ready } from './ready.ts'
import { attach, detach, session } from './session-commands.ts'
import { EIO, MAP_SHARED, PROT_READ } from './uapi.gen.ts'

test('the kernel log has no bytes of keys, of plaintext or of blobs, whatever went wrong', async t => {
  const { sys } = t.context
  const device = await openDevice(sys)
  const [key, iv, plaintext] = [random(32), random(16), random(256)]
  const blob = await importKey(sys, device, key)
  const s = await session(sys, device, await load(sys, device, blob))
  const dst = await attach(sys, s, await allocate(sys, 4096))
  const request = { data: encrypt('cbc(aes)', key, iv, plaintext), iv, dst }

  t.is(await decrypt(sys, s, request), 0)
  await t.throwsAsync(load(sys, device, blob.subarray(1)), { code: 'EBADMSG' })
  {
    await using _ = await fault(sys, 'fail', EIO)
    t.is(await decrypt(sys, s, request), -EIO)
  }

  const isThere = Buffer.from('Linux version')
  t.deepEqual(await foundInLog(sys, [isThere, key, plaintext, blob.subarray(-32)]), [isThere])
})

test('a buffer that is given back and handed out again is zeroed', async t => {
  const { sys } = t.context
  needsZeroes(sys)
  const [key, iv, plaintext] = [random(16), random(16), random(16_384)]
  const { s } = await ready(sys, { key })
  for (let round = 0; round < 3; round++) {
    const buffer = await allocate(sys, 16_384)
    t.is(await digest(sys, buffer, 0, 16_384), zeroes(16_384))
    const dst = await attach(sys, s, buffer)
    t.is(await decrypt(sys, s, { data: encrypt('cbc(aes)', key, iv, plaintext), iv, dst }), 0)
    await detach(sys, s, dst)
    await sys.close(buffer)
  }
})

test('a destination cannot be mapped, also while it is attached: EINVAL', async t => {
  const { sys } = t.context
  const { buffer } = await ready(sys)
  await t.throwsAsync(sys.mmap({ length: 4096, prot: PROT_READ, flags: MAP_SHARED, fd: buffer }), { code: 'EINVAL' })
})
