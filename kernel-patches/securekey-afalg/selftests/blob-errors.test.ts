/**
 * Blobs that are not what a provider made: never loaded, never prepared, and EBADMSG, unless they say that they are of a provider
 * that is not there: that may be true of a good one, so it is ENODEV.
 */

import { type Sys, test } from '@kseries/kselftest-ts'
import { flipped, random } from '../../securekey/selftests/reference.ts'
import { underTest } from '../../securekey/selftests/under-test.ts'
import { bound, command, control, generateKey, prepareKey } from './securekey.ts'
import {
  ALG_DELETE_KEY,
  ALG_PREPARE_KEY,
  ALG_SET_SECURE_KEY,
  SECUREKEY_BLOB_MAX_LEN,
  SECUREKEY_FLAG_PROTECTED_DST_ONLY,
  SECUREKEY_FORM_EPHEMERAL,
  SECUREKEY_FORM_LONG_TERM,
  SOL_ALG,
  securekey_blob_header,
} from './uapi.gen.ts'

/** Gives a blob to a skcipher socket that has no key yet. */
const load = async (sys: Sys, blob: Uint8Array): Promise<unknown> =>
  await sys.setsockopt(await bound(sys, 'skcipher', 'cbc(aes)'), SOL_ALG, ALG_SET_SECURE_KEY, blob)

/** A blob with something else in its header. */
const forged = (blob: Uint8Array, change: Partial<securekey_blob_header>): Uint8Array => {
  const header = securekey_blob_header.decode(blob)
  return Uint8Array.from([
    ...securekey_blob_header.encode({ ...header, ...change }),
    ...blob.subarray(securekey_blob_header.size),
  ])
}

test('the blob as it was made loads', async t => {
  const { sys } = t.context
  await t.notThrowsAsync(load(sys, await generateKey(sys)))
})

/** What became of a number of blobs that were given to one socket, in one round trip: error codes, or 'loaded'. */
const loadAll = async (sys: Sys, blobs: readonly Uint8Array[]): Promise<string[]> => {
  const socket = await bound(sys, 'skcipher', 'cbc(aes)')
  const results = await sys.program(p =>
    blobs.map(blob => p.settled(p.setsockopt(socket, SOL_ALG, ALG_SET_SECURE_KEY, blob))),
  )
  return results.map(result => (result.status === 'rejected' ? result.reason.code : 'loaded'))
}

test('any bit of the header flipped: EBADMSG, but ENODEV where it makes the name of another provider', async t => {
  const { sys } = t.context
  const blob = await generateKey(sys)
  const bits = Array.from({ length: securekey_blob_header.size * 8 }, (_, bit) => bit)
  const codes = await loadAll(
    sys,
    bits.map(bit => flipped(blob, bit)),
  )
  // The letters of its name, and the NUL behind them, which becomes one more; after that a name is malformed.
  const name = { first: 8, last: 8 + underTest(sys).name.length }
  const expected = (bit: number): string => {
    const byte = bit >> 3
    return byte >= name.first && byte <= name.last ? 'ENODEV' : 'EBADMSG'
  }
  for (const bit of bits) t.is(codes[bit], expected(bit), `byte ${bit >> 3}, bit ${bit & 7}`)
})

for (const [form, name] of [
  [SECUREKEY_FORM_LONG_TERM, 'long-term'],
  [SECUREKEY_FORM_EPHEMERAL, 'ephemeral'],
] as const) {
  test(`any byte of the payload changed, ${name}: EBADMSG`, async t => {
    const { sys } = t.context
    const blob = await generateKey(sys, { form })
    const bytes = Array.from(blob, (_, index) => index).slice(securekey_blob_header.size)
    const bits = bytes.map(index => index * 8 + Math.floor(Math.random() * 8))
    const codes = await loadAll(
      sys,
      bits.map(bit => flipped(blob, bit)),
    )
    for (const [index, code] of codes.entries()) t.is(code, 'EBADMSG', `bit ${bits[index]}`)
  })
}

test('truncated anywhere: EBADMSG, but for 4 bytes, which are the number of no key: ENOKEY', async t => {
  const { sys } = t.context
  const blob = await generateKey(sys)
  const codes = await loadAll(
    sys,
    Array.from(blob, (_, length) => blob.subarray(0, length)),
  )
  for (const [length, code] of codes.entries()) t.is(code, length === 4 ? 'ENOKEY' : 'EBADMSG', `${length} bytes`)
})

test('one byte behind the end: EBADMSG', async t => {
  const { sys } = t.context
  const blob = await generateKey(sys)
  await t.throwsAsync(load(sys, Uint8Array.from([...blob, 0])), { code: 'EBADMSG' })
})

test('longer than any blob: EBADMSG', async t => {
  const { sys } = t.context
  await t.throwsAsync(load(sys, random(SECUREKEY_BLOB_MAX_LEN + 1)), { code: 'EBADMSG' })
})

test('8 bytes, reserved for descriptors of keys: EBADMSG', async t => {
  await t.throwsAsync(load(t.context.sys, new Uint8Array(8)), { code: 'EBADMSG' })
})

test('noise: EBADMSG', async t => {
  await t.throwsAsync(load(t.context.sys, random(128)), { code: 'EBADMSG' })
})

test('a provider that is not there: ENODEV; none at all: EBADMSG', async t => {
  const { sys } = t.context
  const blob = await generateKey(sys)
  const { name } = underTest(sys)
  for (const provider of ['qtee', 'nonesuch', name.slice(0, -1), `${name}2`])
    await t.throwsAsync(load(sys, forged(blob, { provider })), { code: 'ENODEV' }, provider)
  await t.throwsAsync(load(sys, forged(blob, { provider: '' })), { code: 'EBADMSG' })
})

test('ALG_PREPARE_KEY of another provider than that of the socket: EBADMSG', async t => {
  const { sys } = t.context
  await t.throwsAsync(prepareKey(sys, forged(await generateKey(sys), { provider: 'qtee' })), { code: 'EBADMSG' })
})

test('a policy made wider: EBADMSG', async t => {
  const { sys } = t.context
  const blob = await generateKey(sys)
  const { flags } = securekey_blob_header.decode(blob)
  await t.throwsAsync(load(sys, forged(blob, { flags: flags & ~SECUREKEY_FLAG_PROTECTED_DST_ONLY })), {
    code: 'EBADMSG',
  })
})

test('an ephemeral blob passed off as long-term: EBADMSG', async t => {
  const { sys } = t.context
  const blob = await generateKey(sys, { form: SECUREKEY_FORM_EPHEMERAL })
  await t.throwsAsync(load(sys, forged(blob, { form: SECUREKEY_FORM_LONG_TERM })), { code: 'EBADMSG' })
})

test('a header of an unknown version: EBADMSG', async t => {
  const { sys } = t.context
  const blob = await generateKey(sys)
  await t.throwsAsync(load(sys, forged(blob, { version: 2 })), { code: 'EBADMSG' })
})

test('after a blob that was refused a good one loads on the same socket', async t => {
  const { sys } = t.context
  const blob = await generateKey(sys)
  const socket = await bound(sys, 'skcipher', 'cbc(aes)')
  await t.throwsAsync(sys.setsockopt(socket, SOL_ALG, ALG_SET_SECURE_KEY, flipped(blob, 0)), { code: 'EBADMSG' })
  await t.notThrowsAsync(sys.setsockopt(socket, SOL_ALG, ALG_SET_SECURE_KEY, blob))
})

test('ALG_PREPARE_KEY of a flipped blob: EBADMSG', async t => {
  const { sys } = t.context
  const blob = await generateKey(sys)
  await t.throwsAsync(prepareKey(sys, flipped(blob, blob.length * 8 - 1)), { code: 'EBADMSG' })
})

test('ALG_PREPARE_KEY of an ephemeral blob: EBADMSG', async t => {
  const { sys } = t.context
  await t.throwsAsync(prepareKey(sys, await generateKey(sys, { form: SECUREKEY_FORM_EPHEMERAL })), { code: 'EBADMSG' })
})

test('ALG_PREPARE_KEY of nothing: EBADMSG', async t => {
  await t.throwsAsync(command(t.context.sys, control(ALG_PREPARE_KEY)), { code: 'EBADMSG' })
})

test('ALG_PREPARE_KEY of more than any blob: EMSGSIZE', async t => {
  const data = random(SECUREKEY_BLOB_MAX_LEN + 1)
  await t.throwsAsync(command(t.context.sys, control(ALG_PREPARE_KEY), data), { code: 'EMSGSIZE' })
})

test('ALG_DELETE_KEY of a flipped blob: EBADMSG', async t => {
  const { sys } = t.context
  const blob = await generateKey(sys)
  await t.throwsAsync(command(sys, control(ALG_DELETE_KEY), flipped(blob, 64)), { code: 'EBADMSG' })
})
