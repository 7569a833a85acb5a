/** NIST's examples of decryption, for every mode and key length, with blobs of both forms. */

import { test } from '@kseries/kselftest-ts'
import { allocate, digest } from '../../securekey/selftests/buffers.ts'
import { PLAINTEXT, VECTORS } from '../../securekey/selftests/nist-sp800-38a.ts'
import { sha256, zeroes } from '../../securekey/selftests/reference.ts'
import { decrypt, importKey, operation, prepareKey } from './securekey.ts'

for (const { section, cipher, key, iv, ciphertext } of VECTORS) {
  test(`SP 800-38A ${section}: ${cipher}, ${key.length * 8} bits`, async t => {
    const { sys } = t.context
    const longTerm = await importKey(sys, key)
    const ephemeral = await prepareKey(sys, longTerm)

    for (const blob of [longTerm, ephemeral]) {
      const buffer = await allocate(sys, 4096)
      const op = await operation(sys, cipher, blob)
      t.is(await decrypt(sys, op, iv, ciphertext, { fd: buffer, len: ciphertext.length }), 0)
      t.is(await digest(sys, buffer, 0, PLAINTEXT.length), sha256(PLAINTEXT))
      t.is(await digest(sys, buffer, PLAINTEXT.length, 1024), zeroes(1024), 'nothing behind it is written')
    }
  })
}
