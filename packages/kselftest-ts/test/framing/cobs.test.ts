import test from 'ava'
import fc from 'fast-check'
import { pack, stuff, unpack, unstuff } from '../../src/framing/cobs.ts'
import { binary, shared } from '../../src/framing/codec.ts'

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 600 }),
  // Long runs without a zero, and of zeros: where blocks end.
  fc.array(fc.constantFrom(0, 1, 127, 255), { maxLength: 600 }).map(values => Uint8Array.from(values)),
  fc.nat({ max: 600 }).map(length => new Uint8Array(length).fill(9)),
)

test('bytes come back from 8-bit stuffing, whose delimiter is at its ends only', t => {
  fc.assert(
    fc.property(bytes, data => {
      const out = stuff(data, binary)
      const inner = Buffer.from(out.subarray(1, -1))
      t.is(out[0], 0)
      t.is(out.at(-1), 0)
      t.false(inner.includes(0))
      t.deepEqual(Buffer.from(unstuff(inner, binary) ?? []), Buffer.from(data))
    }),
  )
  t.pass()
})

test('bytes come back from 7-bit packing, every byte of which has the top bit set', t => {
  fc.assert(
    fc.property(bytes, data => {
      const out = stuff(pack(data), shared)
      t.true(out.every(byte => byte >= 0x80))
      const inner = Buffer.from(out.subarray(1, -1))
      t.false(inner.includes(0x80))
      const values = unstuff(
        inner.map(byte => byte & 0x7f),
        shared,
      )
      t.deepEqual(Buffer.from(values ? unpack(values) : []), Buffer.from(data))
    }),
  )
  t.pass()
})

test('stuffing costs a byte in 254, packing one in seven', t => {
  t.is(stuff(new Uint8Array(2540).fill(1), binary).length, 2540 + 11 + 2)
  t.is(pack(new Uint8Array(700)).length, 800)
})

test('a block that no encoder made is refused', t => {
  t.is(unstuff(Uint8Array.of(5, 1, 2), binary), undefined)
  t.is(unstuff(Uint8Array.of(0), binary), undefined)
  t.is(unstuff(Uint8Array.of(128, 1), shared), undefined)
})
