/** Modes with a key of their own: gcm, with its tag and associated data, and xts. */

import { createCipheriv } from 'node:crypto'
import { test } from '@kseries/kselftest-ts'
import { digest } from '../../securekey/selftests/buffers.ts'
import { flipped, random, sha256, zeroes } from '../../securekey/selftests/reference.ts'
import { decrypt, ready } from './ready.ts'
import { submit } from './session-commands.ts'
import { SECUREKEY_AAD_MAX_LEN, SECUREKEY_GCM_IV_LEN, SECUREKEY_MODE_GCM, SECUREKEY_MODE_XTS } from './uapi.gen.ts'

const EBADMSG = -74

/** Ciphertext and tag, and the nonce as a request wants it. */
const sealed = (key: Uint8Array, plaintext: Uint8Array, aad: Uint8Array) => {
  const nonce = random(SECUREKEY_GCM_IV_LEN)
  const cipher = createCipheriv(key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm', key, nonce).setAAD(aad)
  const data = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
  return { data, iv: Buffer.concat([nonce, new Uint8Array(4)]), aad, length: plaintext.length }
}

for (const bits of [128, 256]) {
  for (const [length, aadLength] of [
    [1, 0],
    [64, 20],
    [4000, SECUREKEY_AAD_MAX_LEN],
  ] as const) {
    test(`gcm, ${bits} bits: ${length} bytes, ${aadLength} of associated data`, async t => {
      const { sys } = t.context
      const [key, plaintext] = [random(bits / 8), random(length)]
      const { s, dst, buffer } = await ready(sys, { key, mode: SECUREKEY_MODE_GCM, length: 8192 })
      t.is(await decrypt(sys, s, { ...sealed(key, plaintext, random(aadLength)), dst, offset: 16 }), 0)
      t.is(await digest(sys, buffer, 16, length), sha256(plaintext))
      t.is(await digest(sys, buffer, 0, 16), zeroes(16))
      t.is(await digest(sys, buffer, 16 + length, 1024), zeroes(1024), 'the tag is not written')
    })
  }
}

for (const part of ['ciphertext', 'tag', 'associated data', 'nonce'] as const) {
  test(`gcm: one bit of the ${part} changed is EBADMSG, and no plaintext is left`, async t => {
    const { sys } = t.context
    const [key, plaintext] = [random(16), random(500)]
    const { s, dst, buffer } = await ready(sys, { key, mode: SECUREKEY_MODE_GCM })
    const good = sealed(key, plaintext, random(33))
    const bad = {
      ciphertext: { data: flipped(good.data, 77) },
      tag: { data: flipped(good.data, 8 * 500 + 3) },
      'associated data': { aad: flipped(good.aad, 100) },
      nonce: { iv: flipped(good.iv, 5) },
    }[part]
    t.is(await decrypt(sys, s, { ...good, ...bad, dst }), EBADMSG)
    t.is(await digest(sys, buffer, 0, 4096), zeroes(4096))
    t.is(await decrypt(sys, s, { ...good, dst }), 0)
    t.is(await digest(sys, buffer, 0, 500), sha256(plaintext))
  })
}

test('gcm: what is not as it must be is refused', async t => {
  const { sys } = t.context
  const [key, plaintext] = [random(16), random(64)]
  const { s, dst, buffer } = await ready(sys, { key, mode: SECUREKEY_MODE_GCM })
  const good = { ...sealed(key, plaintext, random(16)), dst }
  await t.throwsAsync(submit(sys, s, { ...good, aad: random(SECUREKEY_AAD_MAX_LEN + 1) }), { code: 'EMSGSIZE' })
  await t.throwsAsync(submit(sys, s, { ...good, iv: flipped(good.iv, 8 * 12) }), { code: 'EINVAL' })
  const { aad: _, ...without } = good
  await t.throwsAsync(submit(sys, s, { ...without, raw: { aad_len: 16, aad: 8n } }), { code: 'EFAULT' })
  await t.throwsAsync(submit(sys, s, { ...good, raw: { scheme: 1 } }), { code: 'EINVAL' })
  t.is(await digest(sys, buffer, 0, 4096), zeroes(4096))
})

for (const bits of [128, 256]) {
  test(`xts, ${bits} bits: whole blocks, and an end that is stolen`, async t => {
    const { sys } = t.context
    const key = random(bits / 4)
    const { s, dst, buffer } = await ready(sys, { key, mode: SECUREKEY_MODE_XTS })
    for (const length of [16, 512, 531]) {
      const [iv, plaintext] = [random(16), random(length)]
      const cipher = createCipheriv(`aes-${bits}-xts`, key, iv)
      const data = Buffer.concat([cipher.update(plaintext), cipher.final()])
      t.is(await decrypt(sys, s, { data, iv, dst }), 0)
      t.is(await digest(sys, buffer, 0, length), sha256(plaintext))
    }
    await t.throwsAsync(submit(sys, s, { data: random(15), iv: random(16), dst }), { code: 'EINVAL' })
  })
}
