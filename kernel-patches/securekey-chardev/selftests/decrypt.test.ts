/** What is decrypted: the right bytes at the right place, one by one and in batches. */

import { test } from '@kseries/kselftest-ts'
import * as fc from 'fast-check'
import { allocate, digest } from '../../securekey/selftests/buffers.ts'
import { inUse } from '../../securekey/selftests/faults.ts'
import { PLAINTEXT, VECTORS } from '../../securekey/selftests/nist-sp800-38a.ts'
import {
  type Cipher,
  encrypt,
  decrypt as plaintextOf,
  random,
  sha256,
  zeroes,
} from '../../securekey/selftests/reference.ts'
import { needsOrdinary } from '../../securekey/selftests/under-test.ts'
import { openDevice } from './commands.ts'
import { importKey, load, prepare } from './key-commands.ts'
import { decrypt, MODES, ready } from './ready.ts'
import { attach, type Completion, completions, session, submit, submitIn } from './session-commands.ts'
import {
  POLLERR,
  POLLIN,
  POLLOUT,
  SECUREKEY_DEV_SUBMIT,
  SECUREKEY_FLAG_DECRYPT_ONLY,
  securekey_dev_completion,
  securekey_dev_request,
  securekey_dev_submit,
} from './uapi.gen.ts'

const BUFFER = 65_536
const MEBIBYTE = 1024 * 1024

for (const { section, cipher, key, iv, ciphertext } of VECTORS) {
  test(`SP 800-38A ${section}: ${cipher}, ${key.length * 8} bits`, async t => {
    const { sys } = t.context
    const device = await openDevice(sys)
    const longTerm = await importKey(sys, device, key)

    for (const blob of [longTerm, await prepare(sys, device, longTerm), longTerm]) {
      const buffer = await allocate(sys, 4096)
      const s = await session(sys, device, await load(sys, device, blob), { mode: MODES[cipher] })
      const dst = await attach(sys, s, buffer)
      t.is(await decrypt(sys, s, { data: ciphertext, iv, dst }), 0)
      t.is(await digest(sys, buffer, 0, PLAINTEXT.length), sha256(PLAINTEXT))
      t.is(await digest(sys, buffer, PLAINTEXT.length, 1024), zeroes(1024), 'nothing behind it is written')
    }
  })
}

/** A cipher and a length it takes: whole blocks for cbc, any for ctr. */
const message = fc.oneof(
  fc.record({ cipher: fc.constant<Cipher>('cbc(aes)'), length: fc.integer({ min: 1, max: 2048 }).map(n => n * 16) }),
  fc.record({ cipher: fc.constant<Cipher>('ctr(aes)'), length: fc.integer({ min: 1, max: 32_768 }) }),
)

test('any request lands where it should, and nothing beside it', async t => {
  const { sys } = t.context
  const offsets = fc.integer({ min: 0, max: (BUFFER - 32_768) / 16 }).map(n => n * 16)
  const keyBytes = fc.constantFrom(16, 24, 32)

  await fc.assert(
    fc.asyncProperty(message, offsets, keyBytes, async ({ cipher, length }, offset, bytes) => {
      const [key, iv, plaintext] = [random(bytes), random(16), random(length)]
      const { s, dst, buffer } = await ready(sys, { cipher, key, length: BUFFER })

      t.is(await decrypt(sys, s, { data: encrypt(cipher, key, iv, plaintext), iv, dst, offset }), 0)
      t.is(await digest(sys, buffer, offset, length), sha256(plaintext))
      t.is(await digest(sys, buffer, 0, offset), zeroes(offset))
      t.is(await digest(sys, buffer, offset + length, BUFFER - offset - length), zeroes(BUFFER - offset - length))
      await sys.close(s)
      await sys.close(buffer)
    }),
    { numRuns: 8 },
  )
})

test('a batch of 64: one call to start it, each cookie exactly once, each plaintext at its place', async t => {
  const { sys } = t.context
  const [key, LENGTH] = [random(32), 512]
  const { s, dst, buffer } = await ready(sys, { cipher: 'ctr(aes)', key, length: 64 * LENGTH })
  const parts = Array.from({ length: 64 }, () => ({ iv: random(16), plaintext: random(LENGTH) }))
  const requests = parts.map(({ iv, plaintext }, index) => ({
    cookie: 0xfedc_ba98_0000_0000n + BigInt(index),
    data: encrypt('ctr(aes)', key, iv, plaintext),
    iv,
    dst,
    offset: index * LENGTH,
  }))

  t.is(await submit(sys, s, ...requests), 64)
  const records: Completion[] = []
  while (records.length < 64) records.push(...(await completions(sys, s, 7)))

  const cookies = records.map(({ cookie }) => cookie).toSorted((a, b) => Number(a - b))
  t.deepEqual(
    cookies,
    requests.map(({ cookie }) => cookie),
  )
  t.true(records.every(({ status }) => status === 0))
  t.is(await sys.poll(s, POLLIN | POLLOUT | POLLERR, 0), POLLOUT, 'there is no record more')
  t.is(await digest(sys, buffer, 0, 64 * LENGTH), sha256(Buffer.concat(parts.map(({ plaintext }) => plaintext))))
  t.is(await inUse(sys), 'keys 1\nbuffers 1\nrequests 0\n')
})

test('a batch to several buffers', async t => {
  const { sys } = t.context
  const key = random(16)
  const { s } = await ready(sys, { key })
  const parts = await Promise.all(
    [16, 4096, 32, 8192].map(async length => {
      const buffer = await allocate(sys, length)
      return { buffer, dst: await attach(sys, s, buffer), iv: random(16), plaintext: random(length) }
    }),
  )
  const requests = parts.map(({ dst, iv, plaintext }) => ({ data: encrypt('cbc(aes)', key, iv, plaintext), iv, dst }))
  t.is(await submit(sys, s, ...requests), 4)
  const records: Completion[] = []
  while (records.length < 4) records.push(...(await completions(sys, s)))
  for (const { buffer, plaintext } of parts) t.is(await digest(sys, buffer, 0, plaintext.length), sha256(plaintext))
})

for (const cipher of ['cbc(aes)', 'ctr(aes)'] as const) {
  test(`1 MiB in one request: ${cipher}`, async t => {
    const { sys } = t.context
    const [key, iv, ciphertext] = [random(32), random(16), random(MEBIBYTE)]
    const { s, dst, buffer } = await ready(sys, { cipher, key, length: MEBIBYTE })
    await using memory = await sys.alloc(ciphertext)
    await using request = await sys.alloc(
      securekey_dev_request.encode({ cookie: 7, src: memory.address, len: MEBIBYTE, dst, iv }),
    )
    const bytes = securekey_dev_submit.encode({
      size: securekey_dev_submit.size,
      requests: request.address,
      request_size: securekey_dev_request.size,
      count: 1,
    })
    t.is((await sys.ioctl(s, SECUREKEY_DEV_SUBMIT, bytes)).value, 1)
    t.deepEqual(await completions(sys, s), [{ cookie: 7n, status: 0 }])
    t.is(await digest(sys, buffer, 0, MEBIBYTE), sha256(plaintextOf(cipher, key, iv, ciphertext)))
  })
}

test('the ciphertext may be written over as soon as it was submitted', async t => {
  const { sys } = t.context
  const [key, iv, plaintext] = [random(16), random(16), random(4096)]
  const { s, dst, buffer } = await ready(sys, { key })
  // submit() has its ciphertext in memory of a program, which is used for the next one.
  const ciphertext = encrypt('cbc(aes)', key, iv, plaintext)
  t.is(await submit(sys, s, { cookie: 1, data: ciphertext, iv, dst }), 1)
  await sys.write(await sys.memfd_create('other', 0), random(4096))
  t.is((await completions(sys, s))[0]?.status, 0)
  t.is(await digest(sys, buffer, 0, 4096), sha256(plaintext))
})

test('a key that may be used with ordinary memory decrypts to memory that can be read', async t => {
  const { sys } = t.context
  needsOrdinary(sys)
  const [key, iv, plaintext] = [random(32), random(16), random(8192)]
  const given = { flags: SECUREKEY_FLAG_DECRYPT_ONLY }
  const { s, dst, buffer } = await ready(sys, { key, given, length: 16_384, heap: 'system' })
  t.is(await decrypt(sys, s, { data: encrypt('cbc(aes)', key, iv, plaintext), iv, dst, offset: 4096 }), 0)

  const address = await sys.mmap({ length: 16_384, prot: 'PROT_READ', flags: 'MAP_SHARED', fd: buffer })
  const memory = await sys.peek(address, 16_384)
  t.is(sha256(memory.subarray(0, 4096)), zeroes(4096))
  t.is(sha256(memory.subarray(4096, 12_288)), sha256(plaintext))
  t.is(sha256(memory.subarray(12_288)), zeroes(4096))
})

test('read() gives records and never plaintext, however much room there is', async t => {
  const { sys } = t.context
  const [key, iv, plaintext] = [random(16), random(16), random(4096)]
  const { s, dst } = await ready(sys, { key })
  await sys.program(p => submitIn(p, s, [{ cookie: 5, data: encrypt('cbc(aes)', key, iv, plaintext), iv, dst }]))
  const bytes = await sys.read(s, 8192)
  t.deepEqual(Uint8Array.from(bytes), Uint8Array.from(securekey_dev_completion.encode({ cookie: 5 })))
})
