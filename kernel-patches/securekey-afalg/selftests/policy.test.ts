/** What a key may be used for is fixed when it is made. */

import { test } from '@kseries/kselftest-ts'
import { type Cipher, random } from '../../securekey/selftests/reference.ts'
import { underTest } from '../../securekey/selftests/under-test.ts'
import { bound, cipherSocket, generateKey, importKey, operation, prepareKey } from './securekey.ts'
import {
  ALG_SET_SECURE_KEY,
  SECUREKEY_FORM_EPHEMERAL,
  SECUREKEY_MODE_CBC,
  SECUREKEY_MODE_CTR,
  SOL_ALG,
  securekey_blob_header,
} from './uapi.gen.ts'

const MODES: readonly [Cipher, number, Cipher][] = [
  ['cbc(aes)', SECUREKEY_MODE_CBC, 'ctr(aes)'],
  ['ctr(aes)', SECUREKEY_MODE_CTR, 'cbc(aes)'],
]

for (const [allowed, modes, refused] of MODES) {
  test(`a key for ${allowed} alone on ${refused}: EKEYREJECTED`, async t => {
    const { sys } = t.context
    await t.throwsAsync(cipherSocket(sys, refused, await generateKey(sys, { modes })), { code: 'EKEYREJECTED' })
  })

  test(`a key for ${allowed} alone on ${allowed} will do`, async t => {
    const { sys } = t.context
    await t.notThrowsAsync(operation(sys, allowed, await generateKey(sys, { modes })))
  })
}

test('the ephemeral form of a key has the same policy: EKEYREJECTED', async t => {
  const { sys } = t.context
  const ephemeral = await prepareKey(sys, await generateKey(sys, { modes: SECUREKEY_MODE_CTR }))
  await t.throwsAsync(cipherSocket(sys, 'cbc(aes)', ephemeral), { code: 'EKEYREJECTED' })
})

test('a key that was rejected leaves the one before in place', async t => {
  const { sys } = t.context
  const good = await generateKey(sys)
  const other = await generateKey(sys, { modes: SECUREKEY_MODE_CTR })
  const socket = await cipherSocket(sys, 'cbc(aes)', good)
  await t.throwsAsync(sys.setsockopt(socket, SOL_ALG, ALG_SET_SECURE_KEY, other), { code: 'EKEYREJECTED' })
  await t.notThrowsAsync(sys.accept(socket))
})

test('the header of a blob says what the key is and may', async t => {
  const { sys } = t.context
  const long = securekey_blob_header.decode(await importKey(sys, random(24), { modes: SECUREKEY_MODE_CTR, flags: 0 }))
  t.like(long, { provider: underTest(sys).name, key_bits: 192, modes: SECUREKEY_MODE_CTR, flags: 0 })

  const short = securekey_blob_header.decode(await generateKey(sys, { key_bits: 256, form: SECUREKEY_FORM_EPHEMERAL }))
  t.like(short, { provider: underTest(sys).name, key_bits: 256, form: SECUREKEY_FORM_EPHEMERAL })
})

test('no cipher but cbc(aes) and ctr(aes) takes a secure key: ENOPROTOOPT', async t => {
  const { sys } = t.context
  const blob = await generateKey(sys)
  const socket = await bound(sys, 'skcipher', 'ecb(aes)')
  await t.throwsAsync(sys.setsockopt(socket, SOL_ALG, ALG_SET_SECURE_KEY, blob), { code: 'ENOPROTOOPT' })
})
