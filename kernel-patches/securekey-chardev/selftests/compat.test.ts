/** A 32-bit program on a 64-bit kernel: the same structures, the same results. */

import { test } from '@kseries/kselftest-ts'
import { allocate, digest } from '../../securekey/selftests/buffers.ts'
import { encrypt, random, sha256 } from '../../securekey/selftests/reference.ts'
import { deviceOf, openDevice, query } from './commands.ts'
import { type Call, program32, SYSCALLS } from './i386.ts'
import { importKey } from './key-commands.ts'
import { recordsIn } from './session-commands.ts'
import {
  O_RDWR,
  SECUREKEY_ALG_AES,
  SECUREKEY_DEV_ATTACH,
  SECUREKEY_DEV_LOAD,
  SECUREKEY_DEV_QUERY,
  SECUREKEY_DEV_SESSION,
  SECUREKEY_DEV_SUBMIT,
  SECUREKEY_MODE_CBC,
  securekey_dev_attach,
  securekey_dev_blob,
  securekey_dev_completion,
  securekey_dev_query,
  securekey_dev_request,
  securekey_dev_session,
  securekey_dev_submit,
} from './uapi.gen.ts'

/** Memory of a program, piece by piece; each begins at a multiple of 8. */
class Memory {
  readonly pieces: { readonly at: number; readonly bytes: Uint8Array }[] = []
  size = 0

  add(bytes: Uint8Array): number {
    const at = this.size
    this.pieces.push({ at, bytes })
    this.size = Math.ceil((at + bytes.length) / 8) * 8
    return at
  }

  get bytes(): Uint8Array {
    const all = Buffer.alloc(this.size)
    for (const { at, bytes } of this.pieces) all.set(bytes, at)
    return all
  }
}

test('from the device to the plaintext, by a 32-bit program', async t => {
  const { sys } = t.context
  t.context.needs(sys.abi.name === 'x86_64', 'the program is one for i386')
  const [key, iv, plaintext] = [random(16), random(16), random(256)]
  const device = await openDevice(sys)
  const blob = await importKey(sys, device, key)
  // Copies are not closed when the program begins.
  const buffer = await sys.dup(await allocate(sys, 4096))
  const output = await sys.dup(await sys.memfd_create('output', 0))

  const memory = new Memory()
  const path = memory.add(Buffer.from(`${deviceOf(sys)}\0`))
  const asked = memory.add(securekey_dev_query.encode({ size: securekey_dev_query.size }))
  const wrapped = memory.add(blob)
  const load = memory.add(securekey_dev_blob.encode({ size: securekey_dev_blob.size, blob_len: blob.length }))
  const create = memory.add(
    securekey_dev_session.encode({
      size: securekey_dev_session.size,
      algorithm: SECUREKEY_ALG_AES,
      mode: SECUREKEY_MODE_CBC,
    }),
  )
  const attach = memory.add(securekey_dev_attach.encode({ size: securekey_dev_attach.size, fd: buffer }))
  const source = memory.add(encrypt('cbc(aes)', key, iv, plaintext))
  const request = memory.add(
    securekey_dev_request.encode({ cookie: 0xfedc_ba98_7654_3210n, len: 256, dst_offset: 64, iv }),
  )
  const submit = memory.add(
    securekey_dev_submit.encode({
      size: securekey_dev_submit.size,
      request_size: securekey_dev_request.size,
      count: 1,
    }),
  )
  const record = memory.add(new Uint8Array(64))

  const pointers = [
    { at: load + securekey_dev_blob.offsetof('blob'), to: wrapped },
    { at: request + securekey_dev_request.offsetof('src'), to: source },
    { at: submit + securekey_dev_submit.offsetof('requests'), to: request },
  ]
  const ioctl = (fd: number, number: number, at: number, store?: number): Call => ({
    number: SYSCALLS.ioctl,
    args: [{ result: fd }, number, { at }],
    ...(store !== undefined && { store }),
  })
  const calls: Call[] = [
    { number: SYSCALLS.open, args: [{ at: path }, O_RDWR, 0] },
    ioctl(0, SECUREKEY_DEV_QUERY, asked),
    ioctl(0, SECUREKEY_DEV_LOAD, load, create + securekey_dev_session.offsetof('key_fd')),
    ioctl(0, SECUREKEY_DEV_SESSION, create),
    ioctl(3, SECUREKEY_DEV_ATTACH, attach, request + securekey_dev_request.offsetof('dst')),
    ioctl(3, SECUREKEY_DEV_SUBMIT, submit),
    { number: SYSCALLS.read, args: [{ result: 3 }, { at: record }, 64] },
  ]
  const file = program32(memory.bytes, calls, output, pointers)
  const { exitCode } = await sys.exec({ file })
  t.is(exitCode, 0)

  const answer = await sys.pread(output, 4 * calls.length + memory.size, 0)
  const results = calls.map((_, index) => Buffer.from(answer).readInt32LE(4 * index))
  const after = answer.subarray(4 * calls.length)
  t.true(
    results.every(result => result >= 0),
    results.join(),
  )
  t.deepEqual(results.slice(5), [1, securekey_dev_completion.size])
  t.deepEqual(
    securekey_dev_query.decode(after.subarray(asked, asked + securekey_dev_query.size)),
    await query(sys, device),
  )
  t.deepEqual(recordsIn(after.subarray(record, record + securekey_dev_completion.size)), [
    { cookie: 0xfedc_ba98_7654_3210n, status: 0 },
  ])
  t.is(await digest(sys, buffer, 64, 256), sha256(plaintext))
})
