/** The trusted application straight through /dev/tee0: which requests, pieces and memory it refuses, and by which result. */

import { random, sha256, zeroes } from '../../securekey/selftests/reference.ts'
import { Application, PLACE, PROTECTED_SIZE } from './application.ts'
import { BAD, CTR, check, DENIED, NOT_AUTHENTIC, STATE } from './ta-check.ts'
import { CHUNK_MAX, FIRST, header, type Kind, LAST, type Request } from './ta-protocol.ts'
import { memory, type Param } from './tee-client.ts'
import {
  SECUREKEY_FLAG_PROTECTED_DST_ONLY,
  SECUREKEY_MODE_CBC,
  SECUREKEY_MODE_CTR,
  SECUREKEY_MODE_DERIVE,
  SECUREKEY_MODE_GCM,
  SECUREKEY_MODE_XTS,
  SECUREKEY_SCHEME_CBC1,
  SECUREKEY_SCHEME_CBCS,
  SECUREKEY_SCHEME_CENC,
  SECUREKEY_SCHEME_CENS,
  TEE_MEMREF_NULL,
} from './uapi.gen.ts'

check(`a mode that is not the key's: ${DENIED}`, async (ta, t) => {
  const session = await ta.sessionWith(random(16), { modes: SECUREKEY_MODE_CTR })
  for (const mode of [SECUREKEY_MODE_CBC, SECUREKEY_MODE_XTS, SECUREKEY_MODE_GCM])
    t.is((await ta.decrypt(session, { mode, len: 64 })).result, DENIED, `mode ${mode}`)
})

check(`a destination that everybody can read, of a key that is not for that: ${DENIED}`, async (ta, t) => {
  const session = await ta.sessionWith(random(16), { flags: SECUREKEY_FLAG_PROTECTED_DST_ONLY })
  const before = random(64)
  await ta.put('dst', before)
  const dst = ta.range('memory inout', 'dst', 64)
  t.is((await ta.decrypt(session, CTR, { dst })).result, DENIED)
  t.is(sha256(await ta.get('dst', 64)), sha256(before))
})

check(`protected memory where it could be read by way of a source, a key or a blob: ${BAD}`, async (ta, t) => {
  const session = await ta.sessionWith(random(16))
  const secret = (kind: Kind, size: number) => memory(kind, ta.protected, 0, size)
  const dst = ta.range('memory inout', 'dst', 64)
  await ta.put('in', header())
  const head = ta.range('memory in', 'in', 72)
  const out = ta.range('memory out', 'out', 1024)
  t.is((await ta.decrypt(session, CTR, { src: secret('memory in', 64), dst })).result, BAD)
  await ta.put('in', header())
  t.is((await ta.call(session, 'IMPORT', [head, secret('memory in', 16), out])).result, BAD)
  t.is((await ta.call(session, 'GENERATE', [secret('memory in', 72), out])).result, BAD)
  t.is((await ta.call(session, 'GENERATE', [head, secret('memory out', 1024)])).result, BAD)
  t.is((await ta.call(session, 'LOAD', [secret('memory in', 116)])).result, STATE)
  t.is((await ta.call(await ta.session(), 'LOAD', [secret('memory in', 116)])).result, BAD)
  const sum = [ta.range('memory in', 'in', 16), secret('memory out', 32)]
  t.is((await ta.call(session, 'TEST_DIGEST', sum)).result, BAD)
})

const requests: readonly [string, Request][] = [
  ['no bytes', { mode: SECUREKEY_MODE_CTR, len: 0 }],
  ['a part of a block', { mode: SECUREKEY_MODE_CBC, len: 63 }],
  ['two modes', { mode: SECUREKEY_MODE_CBC | SECUREKEY_MODE_CTR, len: 64 }],
  ['no mode', { mode: 0, len: 64 }],
  ['a mode that decrypts nothing', { mode: SECUREKEY_MODE_DERIVE, len: 64 }],
  ['an unknown scheme', { ...CTR, scheme: 5 }],
  ['a scheme of another mode', { ...CTR, scheme: SECUREKEY_SCHEME_CBCS }],
  ['a pattern without a scheme', { ...CTR, crypt: 1, skip: 9 }],
  ['a pattern that is too long', { ...CTR, scheme: SECUREKEY_SCHEME_CENS, crypt: 16, skip: 1 }],
  ['a pattern of nothing', { ...CTR, scheme: SECUREKEY_SCHEME_CENS, crypt: 0, skip: 1 }],
  ['a pattern of a scheme that has none', { ...CTR, scheme: SECUREKEY_SCHEME_CENC, crypt: 1, skip: 1 }],
  ['subsamples without a scheme', { ...CTR, subsamples: [{ clear_len: 0, protected_len: 64 }] }],
  [
    'subsamples of another length',
    { ...CTR, scheme: SECUREKEY_SCHEME_CENC, subsamples: [{ clear_len: 1, protected_len: 64 }] },
  ],
  [
    'an empty subsample',
    {
      ...CTR,
      scheme: SECUREKEY_SCHEME_CENC,
      subsamples: [
        { clear_len: 0, protected_len: 0 },
        { clear_len: 0, protected_len: 64 },
      ],
    },
  ],
  [
    'a subsample that breaks a block',
    {
      mode: SECUREKEY_MODE_CBC,
      len: 64,
      scheme: SECUREKEY_SCHEME_CBC1,
      subsamples: [{ clear_len: 1, protected_len: 63 }],
    },
  ],
  ['fewer subsamples than it says', { ...CTR, scheme: SECUREKEY_SCHEME_CENC, nr_subsamples: 1 }],
  ['subsamples that overflow', { ...CTR, scheme: SECUREKEY_SCHEME_CENC, nr_subsamples: 0x2000_0000 }],
  ['associated data', { ...CTR, aad: new Uint8Array(16) }],
  ['less associated data than it says', { ...CTR, aad_len: 16 }],
  ['something reserved', { ...CTR, reserved: 1 }],
]
for (const [what, asked] of requests)
  check(`a request with ${what}: ${BAD}`, async (ta, t) => {
    const session = await ta.sessionWith(random(16))
    const piece = { length: Math.max(Number(asked.len), 16) }
    t.is((await ta.decrypt(session, asked, piece)).result, BAD)
    t.is((await ta.call(session, 'ABORT')).result, STATE, 'nothing has begun')
  })

check(`a nonce of gcm that is too long, and a part of a block of xts: ${BAD}`, async (ta, t) => {
  const gcm = await ta.sessionWith(random(16), { modes: SECUREKEY_MODE_GCM })
  t.is((await ta.decrypt(gcm, { mode: SECUREKEY_MODE_GCM, len: 64, iv: new Uint8Array(16).fill(1) })).result, BAD)
  const xts = await ta.sessionWith(random(32), { modes: SECUREKEY_MODE_XTS })
  t.is((await ta.decrypt(xts, { mode: SECUREKEY_MODE_XTS, len: 15 })).result, BAD)
})

/** Pieces of a request of 64 bytes that do not fit it, or their memory. */
const pieces: readonly [string, (of: Application) => Parameters<Application['decrypt']>[2]][] = [
  ['unknown flags', () => ({ flags: 7 })],
  ['less than all at the end', () => ({ length: 48 })],
  ['more than there is', () => ({ flags: FIRST, length: 80 })],
  ['a destination that is shorter', ta => ({ dst: memory('memory inout', ta.protected, 0, 63) })],
  ['a destination that is longer', ta => ({ dst: memory('memory inout', ta.protected, 0, 65) })],
  ['no destination', () => ({ dst: memory('memory inout', TEE_MEMREF_NULL, 0, 64) })],
  ['no source', () => ({ src: memory('memory in', TEE_MEMREF_NULL, 0, 64) })],
  ['a destination that is the source', ta => ({ dst: memory('memory inout', ta.shared, PLACE.src, 64) })],
  ['a destination that begins in the source', ta => ({ dst: memory('memory inout', ta.shared, PLACE.src + 63, 64) })],
  ['a destination that ends in the source', ta => ({ dst: memory('memory inout', ta.shared, PLACE.src - 63, 64) })],
]
for (const [what, piece] of pieces)
  check(`a piece with ${what}: ${BAD}`, async (ta, t) => {
    const session = await ta.sessionWith(random(16))
    t.is((await ta.decrypt(session, CTR, piece(ta))).result, BAD)
    t.is((await ta.call(session, 'ABORT')).result, STATE, 'the request has ended')
  })

check(`a piece that is longer than a piece may be: ${BAD}`, async (ta, t) => {
  const session = await ta.sessionWith(random(16))
  const [long, room] = [await ta.client.allocate(CHUNK_MAX + 4096), await ta.register(CHUNK_MAX + 4096)]
  const asked = { ...CTR, len: 2 * CHUNK_MAX }
  const piece = (length: number) => ({
    flags: FIRST,
    src: memory('memory in', long, 0, length),
    dst: memory('memory inout', room, 0, length),
  })
  t.is((await ta.decrypt(session, asked, piece(CHUNK_MAX + 1))).result, BAD)
  t.is((await ta.decrypt(session, asked, piece(CHUNK_MAX))).result, 'TEE_SUCCESS')
})

check(`a piece of a request that has not begun: ${STATE}`, async (ta, t) => {
  const session = await ta.sessionWith(random(16))
  t.is((await ta.decrypt(session, CTR, { flags: LAST })).result, STATE)
  t.is((await ta.decrypt(session, CTR, { flags: FIRST, length: 16 })).result, 'TEE_SUCCESS')
  t.is((await ta.call(session, 'ABORT')).result, 'TEE_SUCCESS')
  t.is((await ta.decrypt(session, CTR, { flags: LAST, length: 48 })).result, STATE)
})

check(`a wrong tag: ${NOT_AUTHENTIC}, and the destination is zero`, async (ta, t) => {
  const session = await ta.sessionWith(random(16), { modes: SECUREKEY_MODE_GCM })
  await ta.put('src', random(1000 + 16))
  t.is((await ta.decrypt(session, { mode: SECUREKEY_MODE_GCM, len: 1000 })).result, NOT_AUTHENTIC)
  t.is(await ta.digest(session, 0, 1000), zeroes(1000))
})

check(`to wipe memory that everybody can write, and no bytes: ${BAD}`, async (ta, t) => {
  const session = await ta.sessionWith(random(16))
  const wipe = async (param: Param) => (await ta.call(session, 'WIPE', [param])).result
  t.is(await wipe(ta.range('memory inout', 'dst', 64)), BAD)
  t.is(await wipe(memory('memory inout', ta.protected, 0, 0)), BAD)
  t.is(await wipe(memory('memory inout', TEE_MEMREF_NULL, 0, 64)), BAD)
  t.is(await wipe(memory('memory inout', ta.protected, 0, PROTECTED_SIZE)), 'TEE_SUCCESS')
})
