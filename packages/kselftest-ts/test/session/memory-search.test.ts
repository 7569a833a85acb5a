import { randomBytes } from 'node:crypto'
import test from 'ava'
import { BadNeedle } from '../../src/session/errors.ts'
import { searchMemory } from '../../src/session/memory-search.ts'

/** Memory from an address on, in pieces of so many bytes. */
async function* pieces(memory: Uint8Array, size: number, address = 0n) {
  for (let at = 0; at < memory.length; at += size)
    yield { address: address + BigInt(at), bytes: memory.subarray(at, at + size) }
}

/** Random memory with bytes put in. */
const memoryWith = (length: number, ...put: readonly (readonly [number, Uint8Array])[]): Uint8Array => {
  const memory = Uint8Array.from(randomBytes(length))
  for (const [at, bytes] of put) memory.set(bytes, at)
  return memory
}

test('each place of each needle, whatever its alignment', async t => {
  const needles = [randomBytes(16), randomBytes(33), randomBytes(1000), randomBytes(16)]
  const [one, two, three, four] = needles as [Buffer, Buffer, Buffer, Buffer]
  const memory = memoryWith(
    10_001,
    [0, one],
    [101, one],
    [202, one],
    [303, one],
    [1001, two],
    [3002, three],
    [9985, four],
  )
  t.deepEqual(await searchMemory(pieces(memory, 20_000, 0x4000_0000n), needles), [
    [0x4000_0000n, 0x4000_0065n, 0x4000_00can, 0x4000_012fn],
    [0x4000_03e9n],
    [0x4000_0bban],
    [0x4000_2701n],
  ])
})

test('wherever the borders of the pieces are: once, and not twice', async t => {
  const [small, large] = [randomBytes(16), randomBytes(40)]
  const memory = memoryWith(300, [99, small], [130, large], [284, small])
  for (let size = 1; size <= 300; size++)
    t.deepEqual(await searchMemory(pieces(memory, size), [small, large]), [[99n, 284n], [130n]], `${size} bytes`)
})

test('no needle lies across a gap', async t => {
  const needle = randomBytes(32)
  const parts = async function* (to: bigint) {
    yield { address: 0n, bytes: memoryWith(64, [48, needle.subarray(0, 16)]) }
    yield { address: to, bytes: memoryWith(64, [0, needle.subarray(16)]) }
  }
  t.deepEqual(await searchMemory(parts(64n), [needle]), [[48n]])
  t.deepEqual(await searchMemory(parts(65n), [needle]), [[]])
})

test('what is behind the end of memory is not taken for zeroes', async t => {
  const memory = memoryWith(18)
  t.deepEqual(await searchMemory(pieces(memory, 18), [Buffer.concat([memory.subarray(2), Buffer.alloc(1)])]), [[]])
})

test('what is looked for twice, and what begins alike', async t => {
  const needle = randomBytes(32)
  const memory = memoryWith(100, [8, needle])
  const other = Buffer.concat([needle.subarray(0, 31), Buffer.of((needle[31] ?? 0) ^ 1)])
  const found = await searchMemory(pieces(memory, 100), [needle, needle, needle.subarray(0, 16), other])
  t.deepEqual(found, [[8n], [8n], [8n], []])
})

test('places that overlap, ascending', async t => {
  const memory = memoryWith(100, [9, new Uint8Array(20).fill(7)])
  memory[8] = memory[29] = 1
  t.deepEqual(await searchMemory(pieces(memory, 7), [new Uint8Array(16).fill(7)]), [[9n, 10n, 11n, 12n, 13n]])
})

test('nothing is looked for, or nothing is there', async t => {
  t.deepEqual(await searchMemory(pieces(new Uint8Array(100), 10), []), [])
  t.deepEqual(await searchMemory(pieces(new Uint8Array(0), 10), [randomBytes(16)]), [[]])
})

test('too short a needle, or one that lies about everywhere: BadNeedle', async t => {
  const search = async (needle: Uint8Array) => await searchMemory(pieces(new Uint8Array(20_000), 4096), [needle])
  await t.throwsAsync(search(randomBytes(15)), { instanceOf: BadNeedle, message: /16 bytes or more: it has 15$/ })
  await t.throwsAsync(search(new Uint8Array(16)), { instanceOf: BadNeedle, message: /rare/ })
})
