/** Messages of any length, to anywhere in a buffer, in any number of pieces. */

import { test } from '@kseries/kselftest-ts'
import * as fc from 'fast-check'
import { allocate, digest } from '../../securekey/selftests/buffers.ts'
import { fault, inUse, turn } from '../../securekey/selftests/faults.ts'
import {
  type Cipher,
  encrypt,
  decrypt as plaintextOf,
  random,
  sha256,
  zeroes,
} from '../../securekey/selftests/reference.ts'
import { needsOrdinary } from '../../securekey/selftests/under-test.ts'
import { cipherSocket, decrypt, importKey, outcome, ready, request } from './securekey.ts'
import { MSG_MORE, SECUREKEY_FLAG_DECRYPT_ONLY, SO_SNDBUF, SOL_SOCKET } from './uapi.gen.ts'

const BUFFER = 128 * 1024
const MEBIBYTE = 1024 * 1024
const CIPHERS: readonly Cipher[] = ['cbc(aes)', 'ctr(aes)']

/** A cipher and a length it takes: whole blocks for cbc, any for ctr. */
const message = fc.oneof(
  fc.record({ cipher: fc.constant<Cipher>('cbc(aes)'), length: fc.integer({ min: 1, max: 4096 }).map(n => n * 16) }),
  fc.record({ cipher: fc.constant<Cipher>('ctr(aes)'), length: fc.integer({ min: 1, max: 65_536 }) }),
)

test('any message lands where it should, and nothing beside it', async t => {
  const { sys } = t.context
  const offsets = fc.integer({ min: 0, max: (BUFFER - 65_536) / 16 }).map(n => n * 16)
  const keyBytes = fc.constantFrom(16, 24, 32)

  await fc.assert(
    fc.asyncProperty(message, offsets, keyBytes, async ({ cipher, length }, off, bytes) => {
      const [key, iv, plaintext] = [random(bytes), random(16), random(length)]
      const { op, buffer } = await ready(sys, { cipher, key, length: BUFFER })

      t.is(await decrypt(sys, op, iv, encrypt(cipher, key, iv, plaintext), { fd: buffer, off, len: length }), 0)
      t.is(await digest(sys, buffer, off, length), sha256(plaintext))
      t.is(await digest(sys, buffer, 0, off), zeroes(off))
      t.is(await digest(sys, buffer, off + length, BUFFER - off - length), zeroes(BUFFER - off - length))
      await sys.close(op)
      await sys.close(buffer)
    }),
    { numRuns: 8 },
  )
})

test('MSG_MORE: a message in pieces is the same as in one', async t => {
  const { sys } = t.context
  const cuts = fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 6 })

  await fc.assert(
    fc.asyncProperty(message, cuts, async ({ cipher, length }, at) => {
      const [key, iv, plaintext] = [random(16), random(16), random(length)]
      const ciphertext = encrypt(cipher, key, iv, plaintext)
      const borders = [0, ...at.map(n => Math.min(n, length)).toSorted((a, b) => a - b), length]
      const pieces = borders.slice(1).map((end, index) => ciphertext.subarray(borders[index], end))
      const { op, buffer } = await ready(sys, { cipher, key, length: BUFFER })

      t.is(await decrypt(sys, op, iv, pieces, { fd: buffer, len: BUFFER }), 0)
      t.is(await digest(sys, buffer, 0, length), sha256(plaintext))
      await sys.close(op)
      await sys.close(buffer)
    }),
    { numRuns: 8 },
  )
})

test('a message gathered from pieces of memory is the same as in one', async t => {
  const { sys } = t.context
  const [key, iv, plaintext] = [random(16), random(16), random(10_000)]
  const ciphertext = encrypt('ctr(aes)', key, iv, plaintext)
  const { op, buffer } = await ready(sys, { cipher: 'ctr(aes)', key, length: 12_288 })

  const data = [ciphertext.subarray(0, 1), ciphertext.subarray(1, 4097), ciphertext.subarray(4097)]
  t.is(await sys.sendmsg(op, { data, control: request(iv, { fd: buffer, len: 10_000 }) }), 10_000)
  t.is(await outcome(sys, op), 0)
  t.is(await digest(sys, buffer, 0, 10_000), sha256(plaintext))
})

test('MSG_MORE: the buffer is not mapped before the request starts, nor after its end is told', async t => {
  const { sys } = t.context
  const [key, iv, plaintext] = [random(16), random(16), random(4096)]
  const { op, buffer } = await ready(sys, { key })
  const ciphertext = encrypt('cbc(aes)', key, iv, plaintext)

  const first = { data: ciphertext.subarray(0, 64), control: request(iv, { fd: buffer, len: 4096 }), flags: MSG_MORE }
  await sys.sendmsg(op, first)
  t.is(await inUse(sys), 'keys 1\nbuffers 0\nrequests 0\n')
  {
    await using _ = await fault(sys, 'hang', 1)
    await sys.send(op, ciphertext.subarray(64))
    t.is(await inUse(sys), 'keys 1\nbuffers 1\nrequests 1\n')
  }
  t.is(await outcome(sys, op), 0)
  t.is(await inUse(sys), 'keys 1\nbuffers 0\nrequests 0\n')
  t.is(await digest(sys, buffer, 0, 4096), sha256(plaintext))
})

test('MSG_MORE: closing the buffer while a message is collected does not take it away', async t => {
  const { sys } = t.context
  const [key, iv, plaintext] = [random(16), random(16), random(64)]
  const { op, buffer } = await ready(sys, { key })
  const copy = await sys.dup(buffer)
  const ciphertext = encrypt('cbc(aes)', key, iv, plaintext)

  const first = { data: ciphertext.subarray(0, 16), control: request(iv, { fd: buffer, len: 64 }), flags: MSG_MORE }
  await sys.sendmsg(op, first)
  await sys.close(buffer)
  await sys.send(op, ciphertext.subarray(16))
  t.is(await outcome(sys, op), 0)
  t.is(await digest(sys, copy, 0, 64), sha256(plaintext))
})

test('MSG_MORE: an empty message ends a request', async t => {
  const { sys } = t.context
  const [key, iv, plaintext] = [random(16), random(16), random(4096)]
  const { op, buffer } = await ready(sys, { key })

  const pieces = [encrypt('cbc(aes)', key, iv, plaintext), new Uint8Array()]
  t.is(await decrypt(sys, op, iv, pieces, { fd: buffer, len: 4096 }), 0)
  t.is(await digest(sys, buffer, 0, 4096), sha256(plaintext))
})

for (const cipher of CIPHERS) {
  test(`1 MiB in one message, more than SO_SNDBUF: ${cipher}`, async t => {
    const { sys } = t.context
    const [key, iv, piece] = [random(32), random(16), random(MEBIBYTE / 16)]
    const { op, buffer } = await ready(sys, { cipher, key, length: MEBIBYTE })
    t.true((await sys.getsockoptInt(op, SOL_SOCKET, SO_SNDBUF)) < MEBIBYTE)

    // The same memory sixteen times over is as good as much memory.
    await using memory = await sys.alloc(piece)
    const data = Array.from({ length: 16 }, () => memory)
    t.is(await sys.sendmsg(op, { data, control: request(iv, { fd: buffer, len: MEBIBYTE }) }), MEBIBYTE)
    t.is(await outcome(sys, op), 0)

    const ciphertext = Buffer.concat(Array.from({ length: 16 }, () => piece))
    t.is(await digest(sys, buffer, 0, MEBIBYTE), sha256(plaintextOf(cipher, key, iv, ciphertext)))
  })
}

test('the counter of ctr(aes) carries through all 128 bits', async t => {
  const { sys } = t.context
  const [key, iv, plaintext] = [random(16), new Uint8Array(16).fill(0xff), random(100)]
  const { op, buffer } = await ready(sys, { cipher: 'ctr(aes)', key })

  t.is(await decrypt(sys, op, iv, encrypt('ctr(aes)', key, iv, plaintext), { fd: buffer, len: 100 }), 0)
  t.is(await digest(sys, buffer, 0, 100), sha256(plaintext))
})

test('the destination may be longer than the data', async t => {
  const { sys } = t.context
  const [key, iv, plaintext] = [random(16), random(16), random(48)]
  const { op, buffer } = await ready(sys, { key })

  t.is(await decrypt(sys, op, iv, encrypt('cbc(aes)', key, iv, plaintext), { fd: buffer, off: 16, len: 4080 }), 0)
  t.is(await digest(sys, buffer, 16, 48), sha256(plaintext))
  t.is(await digest(sys, buffer, 64, 4032), zeroes(4032))
})

test('one socket, one request after the other, each to another buffer', async t => {
  const { sys } = t.context
  const key = random(16)
  const { op } = await ready(sys, { key })

  for (const length of [16, 4096, 32, 65_536]) {
    const [iv, plaintext] = [random(16), random(length)]
    const buffer = await allocate(sys, length)
    t.is(await decrypt(sys, op, iv, encrypt('cbc(aes)', key, iv, plaintext), { fd: buffer, len: length }), 0)
    t.is(await digest(sys, buffer, 0, length), sha256(plaintext))
  }
})

test('eight accepted sockets share a key and decrypt to one buffer at the same time', async t => {
  const { sys } = t.context
  // Small, so that all are on their way before the first is given up, also over a slow line.
  const PART = 2048
  const key = random(16)
  const socket = await cipherSocket(sys, 'ctr(aes)', await importKey(sys, key))
  const buffer = await allocate(sys, 8 * PART)
  const started: { op: number; plaintext: Uint8Array }[] = []

  await using _ = await fault(sys, 'hang', 1)
  for (let part = 0; part < 8; part++) {
    const [iv, plaintext] = [random(16), random(PART)]
    const op = await sys.accept(socket)
    await sys.sendmsg(op, {
      data: encrypt('ctr(aes)', key, iv, plaintext),
      control: request(iv, { fd: buffer, off: part * PART, len: PART }),
    })
    started.push({ op, plaintext })
  }

  t.is(await inUse(sys), 'keys 1\nbuffers 8\nrequests 8\n')
  await turn(sys, 'hang', 0)

  for (const [part, { op, plaintext }] of started.entries()) {
    t.is(await outcome(sys, op), 0)
    t.is(await digest(sys, buffer, part * PART, PART), sha256(plaintext))
  }
})

test('a key that may be used with ordinary memory decrypts to memory that can be read', async t => {
  const { sys } = t.context
  needsOrdinary(sys)
  const [key, iv, plaintext] = [random(32), random(16), random(8192)]
  const given = { flags: SECUREKEY_FLAG_DECRYPT_ONLY }
  const { op, buffer } = await ready(sys, { key, given, length: 16_384, heap: 'system' })

  t.is(await decrypt(sys, op, iv, encrypt('cbc(aes)', key, iv, plaintext), { fd: buffer, off: 4096, len: 8192 }), 0)

  const address = await sys.mmap({ length: 16_384, prot: 'PROT_READ', flags: 'MAP_SHARED', fd: buffer })
  const memory = await sys.peek(address, 16_384)
  t.is(sha256(memory.subarray(0, 4096)), zeroes(4096))
  t.is(sha256(memory.subarray(4096, 12_288)), sha256(plaintext))
  t.is(sha256(memory.subarray(12_288)), zeroes(4096))
})
