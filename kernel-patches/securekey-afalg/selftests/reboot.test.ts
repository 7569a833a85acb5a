/**
 * Blobs that were made in an earlier boot, by ALG_IMPORT_KEY of NIST's 128 bit key and ALG_PREPARE_KEY of what came out. They
 * also hold the format of blobs fast: one that is stored must load for as long as there is the provider.
 */

import { test } from '@kseries/kselftest-ts'
import { allocate, digest } from '../../securekey/selftests/buffers.ts'
import { bytes, PLAINTEXT, VECTORS } from '../../securekey/selftests/nist-sp800-38a.ts'
import { sha256 } from '../../securekey/selftests/reference.ts'
import { underTest } from '../../securekey/selftests/under-test.ts'
import { cipherSocket, decrypt, operation, prepareKey } from './securekey.ts'
import { SECUREKEY_FORM_EPHEMERAL, SECUREKEY_FORM_LONG_TERM, securekey_blob_header } from './uapi.gen.ts'

const LONG_TERM = bytes(`
  53454b5901004800736f66740000000000000000000000000000000000000000
  000000000000000001000000010000008000000003000000030000002c000000
  00000000000000000101012684b6391d2b4018e9eacdf31a8348ab72309f99cd
  2c3b0f9243f02425ee40c662d8fa4cfb39c941e9`)

const EPHEMERAL = bytes(`
  53454b5901004800736f66740000000000000000000000000000000000000000
  000000000000000002000000010000008000000003000000030000002c000000
  0000000000000000fa091b5b0bfe9fbac0b6b31f11ba41d53edaf43476be034e
  2cc79610bb4b6a3a61456abf52b82746fde2fc4d`)

test('a long-term blob of an earlier boot is as good as new', async t => {
  const { sys } = t.context
  t.context.needs(underTest(sys).name === 'soft', 'the blobs are of the provider soft')
  t.is(securekey_blob_header.decode(LONG_TERM).form, SECUREKEY_FORM_LONG_TERM)

  for (const blob of [LONG_TERM, await prepareKey(sys, LONG_TERM)]) {
    for (const { cipher, iv, ciphertext } of VECTORS.filter(({ key }) => key.length === 16)) {
      const buffer = await allocate(sys, 4096)
      const op = await operation(sys, cipher, blob)
      t.is(await decrypt(sys, op, iv, ciphertext, { fd: buffer, len: ciphertext.length }), 0)
      t.is(await digest(sys, buffer, 0, PLAINTEXT.length), sha256(PLAINTEXT))
    }
  }
})

test('an ephemeral blob of an earlier boot: EBADMSG', async t => {
  const { sys } = t.context
  t.is(securekey_blob_header.decode(EPHEMERAL).form, SECUREKEY_FORM_EPHEMERAL)
  await t.throwsAsync(cipherSocket(sys, 'cbc(aes)', EPHEMERAL), { code: 'EBADMSG' })
})
