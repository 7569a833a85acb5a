import test from 'ava'
import fc from 'fast-check'
import { ByteReader, ByteWriter } from '../../src/program/bytes.ts'

test('unsigned numbers come back', t => {
  fc.assert(fc.property(fc.maxSafeNat(), value => new ByteReader(new ByteWriter().uleb(value).take()).uleb() === value))
  t.pass()
})

test('signed numbers come back: as numbers while they are exact, else as bigints', t => {
  const integers = fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.integer())
  fc.assert(
    fc.property(integers, value => {
      const found = new ByteReader(new ByteWriter().sleb(value).take()).sleb()
      t.is(BigInt(found), BigInt(value))
      t.is(
        typeof found,
        Number.isSafeInteger(Number(value)) && BigInt(Number(value)) === BigInt(value) ? 'number' : 'bigint',
      )
    }),
    { numRuns: 1000 },
  )
  t.pass()
})

test('an address in the upper half is taken as the same 64 bits', t => {
  const found = new ByteReader(new ByteWriter().sleb(0xffff_8000_0000_0001n).take()).sleb()
  t.is(BigInt.asUintN(64, BigInt(found)), 0xffff_8000_0000_0001n)
})

test('what ends too early is an error', t => {
  t.throws(() => new ByteReader(Uint8Array.of(0x80)).uleb(), { instanceOf: RangeError })
  t.throws(() => new ByteReader(Uint8Array.of(1, 2)).take(3), { instanceOf: RangeError })
})

test('alignment is by zeros', t => {
  const writer = new ByteWriter().u8(1)
  t.is(writer.align(8), 8)
  t.deepEqual([...writer.take()], [1, 0, 0, 0, 0, 0, 0, 0])
})
