/** Blobs in the kernel's keyrings: keys of the type "securekey", which a device takes by their serial number. */

import { type Sys, test } from '@kseries/kselftest-ts'
import { digest } from '../../securekey/selftests/buffers.ts'
import { fault, turn } from '../../securekey/selftests/faults.ts'
import { encrypt, flipped, random, sha256 } from '../../securekey/selftests/reference.ts'
import { openDevice } from './commands.ts'
import { generate, importKey, loadSerial, prepare } from './key-commands.ts'
import { decrypt, onKey } from './ready.ts'
import { completions, session, submit } from './session-commands.ts'
import {
  KEY_SPEC_PROCESS_KEYRING,
  KEYCTL_INVALIDATE,
  KEYCTL_REVOKE,
  KEYCTL_SET_TIMEOUT,
  KEYCTL_SETPERM,
} from './uapi.gen.ts'

const add = async (sys: Sys, blob: Uint8Array): Promise<number> =>
  await sys.add_key('securekey', 'test', blob, KEY_SPEC_PROCESS_KEYRING)

test('LOAD_SERIAL: a key is taken by its number and decrypts', async t => {
  const { sys } = t.context
  const device = await openDevice(sys)
  const [raw, iv, plaintext] = [random(16), random(16), random(4096)]
  const data = encrypt('cbc(aes)', raw, iv, plaintext)
  const longTerm = await importKey(sys, device, raw)

  for (const blob of [longTerm, await prepare(sys, device, longTerm)]) {
    const key = await loadSerial(sys, device, await add(sys, blob))
    const { s, buffer, dst } = await onKey(sys, device, key)
    t.is(await decrypt(sys, s, { data, iv, dst }), 0)
    t.is(await digest(sys, buffer, 0, 4096), sha256(plaintext))
  }
})

test('LOAD_SERIAL: a blob that was tampered with: EBADMSG', async t => {
  const { sys } = t.context
  const device = await openDevice(sys)
  const blob = await generate(sys, device)
  const key = await add(sys, flipped(blob, blob.length * 8 - 1))
  await t.throwsAsync(loadSerial(sys, device, key), { code: 'EBADMSG' })
})

test('LOAD_SERIAL: a key of another type: EINVAL; no key: ENOKEY; no number: EINVAL', async t => {
  const { sys } = t.context
  const device = await openDevice(sys)
  const user = await sys.add_key('user', 'test', await generate(sys, device), KEY_SPEC_PROCESS_KEYRING)
  await t.throwsAsync(loadSerial(sys, device, user), { code: 'EINVAL' })
  await t.throwsAsync(loadSerial(sys, device, 0x7fff_fff0), { code: 'ENOKEY' })
  await t.throwsAsync(loadSerial(sys, device, 0), { code: 'EINVAL' })
})

test('LOAD_SERIAL: a key that may not be searched for: EACCES', async t => {
  const { sys } = t.context
  const device = await openDevice(sys)
  const key = await add(sys, await generate(sys, device))
  await sys.keyctl(KEYCTL_SETPERM, key, 0x2020_0000)
  await t.throwsAsync(loadSerial(sys, device, key), { code: 'EACCES' })
})

test('LOAD_SERIAL: a key that was revoked, expired or invalidated is not taken', async t => {
  const { sys } = t.context
  const device = await openDevice(sys)
  const blob = await generate(sys, device)

  const revoked = await add(sys, blob)
  await sys.keyctl(KEYCTL_REVOKE, revoked)
  await t.throwsAsync(loadSerial(sys, device, revoked), { code: 'EKEYREVOKED' })

  const expired = await add(sys, blob)
  await sys.keyctl(KEYCTL_SET_TIMEOUT, expired, 1)
  await sys.nanosleep(2100)
  await t.throwsAsync(loadSerial(sys, device, expired), { code: 'EKEYEXPIRED' })

  const invalid = await add(sys, blob)
  await sys.keyctl(KEYCTL_INVALIDATE, invalid)
  await t.throwsAsync(loadSerial(sys, device, invalid), { code: 'ENOKEY' })
})

test('revoked: what is in flight goes on, nothing new begins, not even in sessions from before', async t => {
  const { sys } = t.context
  const device = await openDevice(sys)
  const [raw, iv, plaintext] = [random(16), random(16), random(64)]
  const data = encrypt('cbc(aes)', raw, iv, plaintext)
  const inRing = await add(sys, await importKey(sys, device, raw))
  const key = await loadSerial(sys, device, inRing)
  const { s, buffer, dst } = await onKey(sys, device, key)

  await using _ = await fault(sys, 'hang', 1)
  await submit(sys, s, { cookie: 1, data, iv, dst })
  await sys.keyctl(KEYCTL_REVOKE, inRing)
  await t.throwsAsync(submit(sys, s, { cookie: 2, data, iv, dst }), { code: 'EKEYREVOKED' })
  await t.throwsAsync(session(sys, device, key), { code: 'EKEYREVOKED' })

  await turn(sys, 'hang', 0)
  const ended = await completions(sys, s)
  t.deepEqual(
    ended.map(({ cookie, status }) => [cookie, status]),
    [[1n, 0]],
  )
  t.is(await digest(sys, buffer, 0, 64), sha256(plaintext))
  await t.throwsAsync(submit(sys, s, { cookie: 3, data, iv, dst }), { code: 'EKEYREVOKED' })
})

test('expired: nothing new begins', async t => {
  const { sys } = t.context
  const device = await openDevice(sys)
  const inRing = await add(sys, await generate(sys, device))
  const key = await loadSerial(sys, device, inRing)
  const { s, dst } = await onKey(sys, device, key)
  const request = { data: random(64), iv: random(16), dst }

  t.is(await decrypt(sys, s, request), 0)
  await sys.keyctl(KEYCTL_SET_TIMEOUT, inRing, 1)
  await sys.nanosleep(2100)
  await t.throwsAsync(submit(sys, s, { cookie: 2, ...request }), { code: 'EKEYEXPIRED' })
  await t.throwsAsync(session(sys, device, key), { code: 'EKEYEXPIRED' })
})
