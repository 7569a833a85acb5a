/**
 * The example of the RFC "Extending the kernel crypto uAPI to support decryption into secure buffers", call by call: no
 * helpers, so that this reads like the program it describes.
 */

import { test } from '@kseries/kselftest-ts'
import { digest } from '../../securekey/selftests/buffers.ts'
import { encrypt, random, sha256, zeroes } from '../../securekey/selftests/reference.ts'
import { underTest } from '../../securekey/selftests/under-test.ts'
import {
  AF_ALG,
  ALG_GENERATE_KEY,
  ALG_IMPORT_KEY,
  ALG_OP_DECRYPT,
  ALG_SET_IV,
  ALG_SET_MEM_FD,
  ALG_SET_OP,
  ALG_SET_SECURE_KEY,
  af_alg_iv,
  af_alg_mem_fd,
  DMA_HEAP_IOCTL_ALLOC,
  dma_heap_allocation_data,
  O_CLOEXEC,
  O_RDWR,
  POLLERR,
  POLLIN,
  SECUREKEY_ALG_AES,
  SECUREKEY_BLOB_MAGIC,
  SECUREKEY_BLOB_MAX_LEN,
  SECUREKEY_FLAG_DECRYPT_ONLY,
  SECUREKEY_FLAG_PROTECTED_DST_ONLY,
  SECUREKEY_FORM_LONG_TERM,
  SECUREKEY_MODE_CBC,
  SO_ERROR,
  SOCK_SEQPACKET,
  SOL_ALG,
  SOL_SOCKET,
  securekey_blob_header,
  securekey_params,
  sockaddr_alg,
} from './uapi.gen.ts'

test('a key is made by ALG_GENERATE_KEY and read as a blob', async t => {
  const { sys } = t.context

  const sa = sockaddr_alg.encode({ salg_family: AF_ALG, salg_type: 'securekey', salg_name: underTest(sys).name })
  const s = await sys.socket(AF_ALG, SOCK_SEQPACKET, 0)
  await sys.bind(s, sa)
  const fd = await sys.accept(s)

  t.is(await sys.sendmsg(fd, { control: [{ level: SOL_ALG, type: ALG_GENERATE_KEY, data: new Uint8Array() }] }), 0)
  t.is(await sys.poll(fd, POLLIN, 0), POLLIN)

  const blob = await sys.read(fd, SECUREKEY_BLOB_MAX_LEN)
  const header = securekey_blob_header.decode(blob)
  t.is(header.magic, SECUREKEY_BLOB_MAGIC)
  t.is(header.provider, underTest(sys).name)
  t.is(header.form, SECUREKEY_FORM_LONG_TERM)
  t.is(header.algorithm, SECUREKEY_ALG_AES)
  t.is(header.key_bits, 256)
  t.is(header.flags, SECUREKEY_FLAG_DECRYPT_ONLY | SECUREKEY_FLAG_PROTECTED_DST_ONLY)
  t.is(blob.length, securekey_blob_header.size + header.payload_len)
})

test('ciphertext goes in by sendmsg(), plaintext goes to the dma-buf, poll() tells, read() is refused', async t => {
  const { sys } = t.context
  const raw = random(16)
  const iv = random(16)
  const plaintext = random(4096)

  // A key. It is a known one here, to be able to tell what must come out.
  const s = await sys.socket(AF_ALG, SOCK_SEQPACKET, 0)
  const provider = underTest(sys)
  await sys.bind(s, sockaddr_alg.encode({ salg_family: AF_ALG, salg_type: 'securekey', salg_name: provider.name }))
  const manager = await sys.accept(s)
  const params = securekey_params.encode({
    algorithm: SECUREKEY_ALG_AES,
    key_bits: 128,
    modes: SECUREKEY_MODE_CBC,
    flags: SECUREKEY_FLAG_DECRYPT_ONLY | SECUREKEY_FLAG_PROTECTED_DST_ONLY,
    form: SECUREKEY_FORM_LONG_TERM,
  })
  await sys.sendmsg(manager, { data: raw, control: [{ level: SOL_ALG, type: ALG_IMPORT_KEY, data: params }] })
  const blob = await sys.read(manager, SECUREKEY_BLOB_MAX_LEN)

  // A secure buffer.
  const heap = await sys.open(`/dev/dma_heap/${provider.heap}`, O_RDWR | O_CLOEXEC)
  const wanted = dma_heap_allocation_data.encode({ len: 8192, fd_flags: O_RDWR | O_CLOEXEC })
  const buffer = dma_heap_allocation_data.decode((await sys.ioctl(heap, DMA_HEAP_IOCTL_ALLOC, wanted)).data).fd

  // The cipher is chosen as with a raw key, the key by its blob.
  const tfm = await sys.socket(AF_ALG, SOCK_SEQPACKET, 0)
  await sys.bind(tfm, sockaddr_alg.encode({ salg_family: AF_ALG, salg_type: 'skcipher', salg_name: 'cbc(aes)' }))
  await sys.setsockopt(tfm, SOL_ALG, ALG_SET_SECURE_KEY, blob)
  const op = await sys.accept(tfm)

  const sent = await sys.sendmsg(op, {
    data: encrypt('cbc(aes)', raw, iv, plaintext),
    control: [
      { level: SOL_ALG, type: ALG_SET_OP, data: new Uint8Array(Uint32Array.of(ALG_OP_DECRYPT).buffer) },
      { level: SOL_ALG, type: ALG_SET_IV, data: af_alg_iv.encode({ ivlen: 16, iv }) },
      {
        level: SOL_ALG,
        type: ALG_SET_MEM_FD,
        data: af_alg_mem_fd.encode({ fd: buffer, flags: 0, off: 0, len: 8192 }),
      },
    ],
  })
  t.is(sent, plaintext.length)

  t.is(await sys.poll(op, POLLIN | POLLERR, 5000), POLLIN)
  t.is(await sys.getsockoptInt(op, SOL_SOCKET, SO_ERROR), 0)
  await t.throwsAsync(sys.read(op, 4096), { code: 'EOPNOTSUPP' })

  t.is(await digest(sys, buffer, 0, 4096), sha256(plaintext))
  t.is(await digest(sys, buffer, 4096, 4096), zeroes(4096))
})
