import test from 'ava'
import { NotBtf, readBtf } from '../src/btf.ts'

/** A .BTF section of words, as Documentation/bpf/btf.rst lays it out. */
const makeBtf = (types: readonly number[], strings: string, little = true): Uint8Array => {
  const text = Buffer.from(`\0${strings}\0`)
  const view = new DataView(new ArrayBuffer(24 + types.length * 4 + text.length))
  view.setUint16(0, 0xeb9f, little)
  view.setUint8(2, 1)
  const words = [24, 0, types.length * 4, types.length * 4, text.length, ...types]
  for (const [index, word] of words.entries()) view.setUint32(4 + index * 4, word, little)
  new Uint8Array(view.buffer).set(text, 24 + types.length * 4)
  return new Uint8Array(view.buffer)
}

const info = (kind: number, count = 0, flag = 0) => ((flag << 31) | (kind << 24) | count) >>> 0
const strings = 'int\0a\0b' // int at 1, a at 5, b at 7

for (const little of [true, false]) {
  test(`reads types in ${little ? 'little' : 'big'}-endian order`, t => {
    const types = [
      [1, info(1), 4, (1 << 24) | 32],
      [0, info(3), 0, 1, 1, 3],
      [5, info(4, 2, 1), 8, 5, 1, (3 << 24) | 5, 7, 1, 32],
      [7, info(6, 2, 1), 4, 5, 0xffffffff, 7, 7],
      [7, info(19, 1), 8, 5, 1, 2],
      [0, info(2), 0],
      [5, info(8), 1],
      [0, info(10), 1],
      [5, info(14), 1, 0],
      [5, info(15, 1), 0, 1, 2, 3],
      [0, info(13, 1), 0, 5, 1],
      [7, info(16), 8],
    ]
    t.deepEqual(readBtf(makeBtf(types.flat(), strings, little)), [
      { kind: 'void' },
      { kind: 'int', name: 'int', size: 4, signed: true, bool: false, bits: 32 },
      { kind: 'array', type: 1, count: 3 },
      {
        kind: 'struct',
        name: 'a',
        size: 8,
        members: [
          { name: 'a', type: 1, bitOffset: 5, bits: 3 },
          { name: 'b', type: 1, bitOffset: 32, bits: 0 },
        ],
      },
      {
        kind: 'enum',
        name: 'b',
        size: 4,
        signed: true,
        values: [
          { name: 'a', value: -1n },
          { name: 'b', value: 7n },
        ],
      },
      { kind: 'enum', name: 'b', size: 8, signed: false, values: [{ name: 'a', value: 0x200000001n }] },
      { kind: 'pointer', type: 0 },
      { kind: 'typedef', name: 'a', type: 1 },
      { kind: 'qualifier', type: 1 },
      { kind: 'other', name: 'a' },
      { kind: 'other', name: 'a' },
      { kind: 'other', name: '' },
      { kind: 'float', name: 'b', size: 8 },
    ])
  })
}

test('refuses what is no BTF', t => {
  t.throws(() => readBtf(new Uint8Array(3)), { instanceOf: NotBtf, message: /magic number is 0x0/ })
  t.throws(() => readBtf(new Uint8Array()), { instanceOf: NotBtf, message: /ends too soon/ })
  t.throws(() => readBtf(makeBtf([1, info(31), 0], strings)), { instanceOf: NotBtf, message: /unknown kind 31/ })
  const cut = makeBtf([1, info(4, 200), 0], strings)
  t.throws(() => readBtf(cut), { instanceOf: NotBtf, message: /ends too soon/ })
})
