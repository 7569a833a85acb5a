/** The trusted application straight through /dev/tee0: which headers, keys and blobs it refuses, and by which result. */

import { test } from '@kseries/kselftest-ts'
import { flipped, random } from '../../securekey/selftests/reference.ts'
import { Application } from './application.ts'
import { BAD, CTR, check, DENIED, NOT_AUTHENTIC, SHORT, STATE } from './ta-check.ts'
import { blobLength, header } from './ta-protocol.ts'
import { memory } from './tee-client.ts'
import {
  SECUREKEY_FLAG_DECRYPT_ONLY,
  SECUREKEY_FLAG_PROTECTED_DST_ONLY,
  SECUREKEY_FORM_EPHEMERAL,
  SECUREKEY_MODE_CBC,
  SECUREKEY_MODE_CTR,
  SECUREKEY_MODE_DERIVE,
  SECUREKEY_MODE_GCM,
  type securekey_blob_header,
  TEE_MEMREF_NULL,
} from './uapi.gen.ts'

/** What is wrong with a header, wherever there is one. */
const headers: readonly [string, Partial<securekey_blob_header>][] = [
  ['another magic', { magic: 0x594b_4552 }],
  ['another version', { version: 2 }],
  ['another length of itself', { header_len: 71 }],
  ['no provider', { provider: '' }],
  ['a provider without an end', { provider: 'a'.repeat(32) }],
  ['a form that is none', { form: 3 }],
  ['another algorithm', { algorithm: 2 }],
  ['a size that is none', { key_bits: 136 }],
  ['a size for xts alone', { key_bits: 512 }],
  ['no mode', { modes: 0 }],
  ['modes that do not go together', { modes: SECUREKEY_MODE_CBC | SECUREKEY_MODE_GCM }],
  ['an unknown mode', { modes: 0x20 }],
  ['an unknown flag', { flags: 4 }],
  ['something reserved', { reserved: [0, 1] }],
]
for (const [what, change] of headers)
  check(`a header with ${what}: ${BAD}`, async (ta, t) => {
    const session = await ta.session()
    const blob = await ta.importKey(session, random(16))
    t.is((await ta.make(session, 'GENERATE', header(change))).result, BAD)
    t.is((await ta.make(session, 'IMPORT', header(change), random((change.key_bits ?? 128) / 8))).result, BAD)
    const forged = Buffer.concat([header({ payload_len: 44, ...change }), blob.subarray(72)])
    t.is((await ta.prepare(session, forged)).result, BAD)
    t.is(await ta.load(session, forged), BAD)
  })

check(`headers too short and too long, and none: ${BAD}`, async (ta, t) => {
  const session = await ta.session()
  for (const length of [0, 71, 73, 1024]) {
    const head = Buffer.alloc(length)
    head.set(header().subarray(0, length))
    t.is((await ta.make(session, 'GENERATE', head)).result, BAD, `${length} bytes`)
  }
})

check(`a key too short and too long, and none: ${BAD}`, async (ta, t) => {
  const session = await ta.session()
  for (const length of [0, 15, 17, 1000])
    t.is((await ta.make(session, 'IMPORT', header(), random(length))).result, BAD, `${length} bytes`)
})

check(`less room than a blob needs: ${SHORT}, and how much it is`, async (ta, t) => {
  const session = await ta.session()
  for (const room of [0, 1, 72, blobLength(128) - 1]) {
    const { result, params } = await ta.make(session, 'GENERATE', header(), undefined, room)
    t.is(result, SHORT, `${room} bytes`)
    t.is(params[1]?.b, BigInt(blobLength(128)), `${room} bytes`)
  }
  const nowhere = memory('memory out', TEE_MEMREF_NULL, 0, 1024)
  await ta.put('in', header())
  t.is((await ta.call(session, 'GENERATE', [ta.range('memory in', 'in', 72), nowhere])).result, SHORT)
})

/** Changes that leave a header as good as any: what is wrong is found by its authentication. */
const policies: readonly [string, Partial<securekey_blob_header>][] = [
  ['no flags', { flags: 0 }],
  ['a mode more', { modes: SECUREKEY_MODE_CBC | SECUREKEY_MODE_CTR }],
  ['another mode', { modes: SECUREKEY_MODE_GCM }],
  ['the other form', { form: SECUREKEY_FORM_EPHEMERAL }],
  ['another provider', { provider: 'optef' }],
]
for (const [what, change] of policies)
  check(`a blob with ${what}: ${NOT_AUTHENTIC}`, async (ta, t) => {
    const session = await ta.session()
    const policy = { modes: SECUREKEY_MODE_CBC, flags: SECUREKEY_FLAG_DECRYPT_ONLY | SECUREKEY_FLAG_PROTECTED_DST_ONLY }
    const blob = await ta.importKey(session, random(16), policy)
    const forged = Buffer.concat([header({ payload_len: 44, ...policy, ...change }), blob.subarray(72)])
    t.is(await ta.load(session, forged), NOT_AUTHENTIC)
    t.is(await ta.load(session, blob), 'TEE_SUCCESS')
  })

test.timeout(120_000, `a blob with any bit of its payload flipped: ${NOT_AUTHENTIC}`, async t => {
  const ta = await Application.open(t.context.sys)
  const session = await ta.session()
  const blob = await ta.importKey(session, random(16))
  for (let bit = 72 * 8; bit < blob.length * 8; bit++)
    t.is(await ta.load(session, flipped(blob, bit)), NOT_AUTHENTIC, `bit ${bit}`)
  t.is(await ta.load(session, blob), 'TEE_SUCCESS')
})

check(`a blob too short and too long, and none: ${BAD}`, async (ta, t) => {
  const session = await ta.session()
  const blob = await ta.importKey(session, random(16))
  for (const length of [0, 1, 72, 73, blob.length - 1, blob.length + 1, 1024, 1025]) {
    const other = Buffer.alloc(length)
    other.set(blob.subarray(0, length))
    t.is(await ta.load(session, other), BAD, `${length} bytes`)
  }
})

check(`a second key: ${STATE}`, async (ta, t) => {
  const session = await ta.session()
  const blob = await ta.importKey(session, random(16))
  t.is(await ta.load(session, blob), 'TEE_SUCCESS')
  t.is(await ta.load(session, blob), STATE)
})

check(`an ephemeral key is not exported, and not prepared again: ${DENIED}, ${BAD}`, async (ta, t) => {
  const session = await ta.session()
  const ephemeral = await ta.blobOf(await ta.prepare(session, await ta.importKey(session, random(16))))
  t.is((await ta.prepare(session, ephemeral)).result, BAD)
  t.is(await ta.load(session, ephemeral), 'TEE_SUCCESS')
  t.is((await ta.call(session, 'EXPORT', [ta.range('memory out', 'out', 1024)])).result, DENIED)
})

check(`what needs a key, without one: ${STATE}`, async (ta, t) => {
  const session = await ta.session()
  t.is((await ta.call(session, 'EXPORT', [ta.range('memory out', 'out', 1024)])).result, STATE)
  t.is((await ta.make(session, 'DERIVE', header(), random(8))).result, STATE)
  t.is((await ta.decrypt(session, CTR)).result, STATE)
  t.is((await ta.call(session, 'ABORT')).result, STATE)
  t.is((await ta.call(session, 'WIPE', [memory('memory inout', ta.protected, 0, 64)])).result, STATE)
})

check(`to derive from a key that is not for that: ${DENIED}`, async (ta, t) => {
  const session = await ta.sessionWith(random(16))
  t.is((await ta.make(session, 'DERIVE', header(), random(8))).result, DENIED)
})

check(`to derive a key that may do more: ${DENIED}`, async (ta, t) => {
  const flags = SECUREKEY_FLAG_DECRYPT_ONLY | SECUREKEY_FLAG_PROTECTED_DST_ONLY
  const session = await ta.sessionWith(random(16), { modes: SECUREKEY_MODE_DERIVE, flags })
  for (const fewer of [0, SECUREKEY_FLAG_DECRYPT_ONLY, SECUREKEY_FLAG_PROTECTED_DST_ONLY])
    t.is((await ta.make(session, 'DERIVE', header({ flags: fewer }), random(8))).result, DENIED, `flags ${fewer}`)
  t.is((await ta.make(session, 'DERIVE', header({ flags }), random(8))).result, 'TEE_SUCCESS')
})

check(`to derive with no context, and with too much: ${BAD}`, async (ta, t) => {
  const session = await ta.sessionWith(random(16), { modes: SECUREKEY_MODE_DERIVE })
  for (const length of [0, 257]) t.is((await ta.make(session, 'DERIVE', header(), random(length))).result, BAD)
  t.is((await ta.make(session, 'DERIVE', header(), random(256))).result, 'TEE_SUCCESS')
})
