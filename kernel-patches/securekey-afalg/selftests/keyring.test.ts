/** Blobs in the kernel's keyrings: keys of the type "securekey", which a socket takes by their serial number. */

import { type Sys, test } from '@kseries/kselftest-ts'
import { allocate, digest } from '../../securekey/selftests/buffers.ts'
import { fault, turn } from '../../securekey/selftests/faults.ts'
import { encrypt, flipped, hex, random, sha256 } from '../../securekey/selftests/reference.ts'
import { bound, decrypt, generateKey, importKey, outcome, prepareKey, request } from './securekey.ts'
import {
  ALG_SET_SECURE_KEY,
  KEY_SPEC_PROCESS_KEYRING,
  KEYCTL_INVALIDATE,
  KEYCTL_READ,
  KEYCTL_REVOKE,
  KEYCTL_SET_TIMEOUT,
  KEYCTL_SETPERM,
  MSG_MORE,
  SOL_ALG,
} from './uapi.gen.ts'

const serialOf = (key: number): Uint8Array => new Uint8Array(Int32Array.of(key).buffer)

const add = async (sys: Sys, blob: Uint8Array): Promise<number> =>
  await sys.add_key('securekey', 'test', blob, KEY_SPEC_PROCESS_KEYRING)

/** Gives a key to a socket of its own by its number. */
const bind = async (sys: Sys, key: number): Promise<number> => {
  const socket = await bound(sys, 'skcipher', 'cbc(aes)')
  await sys.setsockopt(socket, SOL_ALG, ALG_SET_SECURE_KEY, serialOf(key))
  return socket
}

test('a key is taken by its number and decrypts', async t => {
  const { sys } = t.context
  const [raw, iv, plaintext] = [random(16), random(16), random(4096)]
  const longTerm = await importKey(sys, raw)

  for (const blob of [longTerm, await prepareKey(sys, longTerm)]) {
    const op = await sys.accept(await bind(sys, await add(sys, blob)))
    const buffer = await allocate(sys, 4096)
    t.is(await decrypt(sys, op, iv, encrypt('cbc(aes)', raw, iv, plaintext), { fd: buffer, len: 4096 }), 0)
    t.is(await digest(sys, buffer, 0, 4096), sha256(plaintext))
  }
})

test('the blob is read from it as it was put in', async t => {
  const { sys } = t.context
  const blob = await generateKey(sys)
  const key = await add(sys, blob)
  const read = await sys.program(p => {
    const out = p.out(256)
    p.syscall('keyctl', KEYCTL_READ, key, out, 256)
    return out
  })
  t.is(hex(read.subarray(0, blob.length)), hex(blob))
})

test('only blobs are put in: EBADMSG', async t => {
  const { sys } = t.context
  const blob = await generateKey(sys)
  for (const bad of [flipped(blob, 0), blob.subarray(1), random(16), Uint8Array.from([...blob, 0])])
    await t.throwsAsync(add(sys, bad), { code: 'EBADMSG' })
})

test('a blob that was tampered with: EBADMSG when it is taken', async t => {
  const { sys } = t.context
  const blob = await generateKey(sys)
  await t.throwsAsync(bind(sys, await add(sys, flipped(blob, blob.length * 8 - 1))), { code: 'EBADMSG' })
})

test('a key of another type: EINVAL; no key: ENOKEY; no number: EINVAL', async t => {
  const { sys } = t.context
  const user = await sys.add_key('user', 'test', await generateKey(sys), KEY_SPEC_PROCESS_KEYRING)
  await t.throwsAsync(bind(sys, user), { code: 'EINVAL' })
  await t.throwsAsync(bind(sys, 0x7fff_fff0), { code: 'ENOKEY' })
  await t.throwsAsync(bind(sys, 0), { code: 'EINVAL' })
})

test('a key that may not be searched for: EACCES', async t => {
  const { sys } = t.context
  const key = await add(sys, await generateKey(sys))
  await sys.keyctl(KEYCTL_SETPERM, key, 0x2020_0000)
  await t.throwsAsync(bind(sys, key), { code: 'EACCES' })
})

test('a key that was revoked, expired or invalidated is not taken', async t => {
  const { sys } = t.context
  const blob = await generateKey(sys)

  const revoked = await add(sys, blob)
  await sys.keyctl(KEYCTL_REVOKE, revoked)
  await t.throwsAsync(bind(sys, revoked), { code: 'EKEYREVOKED' })

  const expired = await add(sys, blob)
  await sys.keyctl(KEYCTL_SET_TIMEOUT, expired, 1)
  await sys.nanosleep(2100)
  await t.throwsAsync(bind(sys, expired), { code: 'EKEYEXPIRED' })

  const invalid = await add(sys, blob)
  await sys.keyctl(KEYCTL_INVALIDATE, invalid)
  await t.throwsAsync(bind(sys, invalid), { code: 'ENOKEY' })
})

test('revoked: what is in flight goes on, nothing new begins, not even on sockets from before', async t => {
  const { sys } = t.context
  const [raw, iv, plaintext] = [random(16), random(16), random(64)]
  const key = await add(sys, await importKey(sys, raw))
  const socket = await bind(sys, key)
  const [op, other, third] = [await sys.accept(socket), await sys.accept(socket), await sys.accept(socket)]
  const [buffer, data] = [await allocate(sys, 4096), encrypt('cbc(aes)', raw, iv, plaintext)]
  const message = { data, control: request(iv, { fd: buffer, len: 64 }) }

  await using _ = await fault(sys, 'hang', 1)
  await sys.sendmsg(op, message)
  await sys.sendmsg(third, { ...message, data: data.subarray(0, 16), flags: MSG_MORE })
  await sys.keyctl(KEYCTL_REVOKE, key)
  await t.throwsAsync(sys.sendmsg(other, message), { code: 'EKEYREVOKED' })
  await t.throwsAsync(sys.send(third, data.subarray(16)), { code: 'EKEYREVOKED' }, 'what was begun is not submitted')

  await turn(sys, 'hang', 0)
  t.is(await outcome(sys, op), 0)
  t.is(await digest(sys, buffer, 0, 64), sha256(plaintext))
  await t.throwsAsync(sys.sendmsg(op, message), { code: 'EKEYREVOKED' })
})

test('expired: nothing new begins', async t => {
  const { sys } = t.context
  const key = await add(sys, await generateKey(sys))
  const op = await sys.accept(await bind(sys, key))
  const message = { data: random(64), control: request(random(16), { fd: await allocate(sys, 4096), len: 64 }) }

  await sys.sendmsg(op, message)
  t.is(await outcome(sys, op), 0)
  await sys.keyctl(KEYCTL_SET_TIMEOUT, key, 1)
  await sys.nanosleep(2100)
  await t.throwsAsync(sys.sendmsg(op, message), { code: 'EKEYEXPIRED' })
})
