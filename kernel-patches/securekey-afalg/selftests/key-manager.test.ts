/** The socket type "securekey": one command per message, one blob per command. */

import { test } from '@kseries/kselftest-ts'
import { allocate } from '../../securekey/selftests/buffers.ts'
import { hex, random } from '../../securekey/selftests/reference.ts'
import { needsOrdinary } from '../../securekey/selftests/under-test.ts'
import { control, decrypt, generateKey, importKey, keyManager, operation, params, prepareKey } from './securekey.ts'
import {
  ALG_GENERATE_KEY,
  MSG_DONTWAIT,
  MSG_PEEK,
  POLLIN,
  POLLOUT,
  SECUREKEY_BLOB_MAX_LEN,
  SECUREKEY_FLAG_DECRYPT_ONLY,
  SECUREKEY_FORM_EPHEMERAL,
  SECUREKEY_FORM_LONG_TERM,
  securekey_blob_header,
} from './uapi.gen.ts'

const generate = { control: [control(ALG_GENERATE_KEY)] }

test('poll() follows the blob: none, one, none', async t => {
  const { sys } = t.context
  const manager = await keyManager(sys)

  t.is(await sys.poll(manager, POLLIN | POLLOUT, 0), POLLOUT)
  await sys.sendmsg(manager, generate)
  t.is(await sys.poll(manager, POLLIN | POLLOUT, 0), POLLIN)
  await sys.read(manager, SECUREKEY_BLOB_MAX_LEN)
  t.is(await sys.poll(manager, POLLIN | POLLOUT, 0), POLLOUT)
})

test('a blob is read once: ENODATA then', async t => {
  const { sys } = t.context
  const manager = await keyManager(sys)

  await t.throwsAsync(sys.read(manager, SECUREKEY_BLOB_MAX_LEN), { code: 'ENODATA' })
  await sys.sendmsg(manager, generate)
  await sys.read(manager, SECUREKEY_BLOB_MAX_LEN)
  await t.throwsAsync(sys.read(manager, SECUREKEY_BLOB_MAX_LEN), { code: 'ENODATA' })
})

test('a read that is one byte short: EOVERFLOW, and the blob stays', async t => {
  const { sys } = t.context
  const manager = await keyManager(sys)

  await sys.sendmsg(manager, generate)
  const blob = await sys.recv(manager, SECUREKEY_BLOB_MAX_LEN, MSG_PEEK)
  await t.throwsAsync(sys.read(manager, blob.length - 1), { code: 'EOVERFLOW' })
  t.is(await sys.poll(manager, POLLIN, 0), POLLIN)
  t.deepEqual(await sys.read(manager, blob.length), blob)
})

test('a command while a blob waits: EBUSY, and the blob stays', async t => {
  const { sys } = t.context
  const manager = await keyManager(sys)

  await sys.sendmsg(manager, generate)
  const blob = await sys.recv(manager, SECUREKEY_BLOB_MAX_LEN, MSG_PEEK)
  await t.throwsAsync(sys.sendmsg(manager, generate), { code: 'EBUSY' })
  await t.throwsAsync(sys.sendmsg(manager, { ...generate, flags: MSG_DONTWAIT }), { code: 'EBUSY' })
  t.deepEqual(await sys.read(manager, SECUREKEY_BLOB_MAX_LEN), blob)
})

test('each accept() has a result of its own', async t => {
  const { sys } = t.context
  const [one, other] = [await keyManager(sys), await keyManager(sys)]

  await sys.sendmsg(one, generate)
  t.is(await sys.poll(other, POLLIN, 0), 0)
  await t.throwsAsync(sys.read(other, SECUREKEY_BLOB_MAX_LEN), { code: 'ENODATA' })
})

test('a key that was generated decrypts what it made, and no other key does', async t => {
  const { sys } = t.context
  needsOrdinary(sys)
  const given = { flags: SECUREKEY_FLAG_DECRYPT_ONLY }
  const [iv, plaintext] = [random(16), random(64)]
  const [blob, other] = [await generateKey(sys, given), await generateKey(sys, given)]

  /** In counter mode decryption is encryption. Ordinary memory, so that the result can be read. */
  const applied = async (key: Uint8Array, data: Uint8Array): Promise<Uint8Array> => {
    const op = await operation(sys, 'ctr(aes)', key)
    const fd = await allocate(sys, 4096, { heap: 'system' })
    t.is(await decrypt(sys, op, iv, data, { fd, len: data.length }), 0)
    const memory = await sys.mmap({ length: 4096, prot: 'PROT_READ', flags: 'MAP_SHARED', fd })
    return await sys.peek(memory, data.length)
  }
  const ciphertext = await applied(blob, plaintext)
  t.not(hex(ciphertext), hex(plaintext))
  t.is(hex(await applied(blob, ciphertext)), hex(plaintext))
  t.not(hex(await applied(other, ciphertext)), hex(plaintext))
})

test('no two keys and no two wrappings are alike', async t => {
  const { sys } = t.context
  const raw = random(16)
  const blobs = [await generateKey(sys), await generateKey(sys), await importKey(sys, raw), await importKey(sys, raw)]
  t.is(new Set(blobs.map(blob => Buffer.from(blob).toString('hex'))).size, 4)
})

test('a raw key is not to be found in its blob', async t => {
  const { sys } = t.context
  const raw = random(32)
  const longTerm = await importKey(sys, raw)
  for (const blob of [longTerm, await prepareKey(sys, longTerm)])
    t.is(Buffer.from(blob).indexOf(raw.subarray(0, 8)), -1)
})

test('ALG_PREPARE_KEY turns a long-term blob into an ephemeral one', async t => {
  const { sys } = t.context
  const longTerm = await generateKey(sys)
  const ephemeral = await prepareKey(sys, longTerm)

  const { form: before, ...policyBefore } = securekey_blob_header.decode(longTerm)
  const { form: after, ...policyAfter } = securekey_blob_header.decode(ephemeral)
  t.is(before, SECUREKEY_FORM_LONG_TERM)
  t.is(after, SECUREKEY_FORM_EPHEMERAL)
  t.deepEqual(policyAfter, policyBefore)
})

test('sendmsg() gives the number of data bytes it took', async t => {
  const { sys } = t.context
  const manager = await keyManager(sys)
  t.is(await sys.sendmsg(manager, { control: [control(ALG_GENERATE_KEY, params())] }), 0)
})
