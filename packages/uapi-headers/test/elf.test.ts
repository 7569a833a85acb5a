import test from 'ava'
import { cString, NotElf, readElf } from '../src/elf.ts'

/** The smallest file with sections: header, names, two sections, the table. */
const makeElf = ({ wide, little }: { wide: boolean; little: boolean }): Uint8Array => {
  const names = Buffer.from('\0.data\0.names\0.bss\0')
  const data = Buffer.from([1, 2, 3])
  const [headerSize, entrySize] = wide ? [64, 64] : [52, 40]
  const namesAt = headerSize
  const dataAt = namesAt + names.length
  const tableAt = dataAt + data.length
  const view = new DataView(new ArrayBuffer(tableAt + 4 * entrySize))
  const bytes = new Uint8Array(view.buffer)
  const word = (at: number, value: number) =>
    wide ? view.setBigUint64(at, BigInt(value), little) : view.setUint32(at, value, little)
  bytes.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, little ? 1 : 2])
  view.setUint16(0x12, 62, little)
  word(wide ? 0x28 : 0x20, tableAt)
  view.setUint16(wide ? 0x3a : 0x2e, entrySize, little)
  view.setUint16(wide ? 0x3c : 0x30, 4, little)
  view.setUint16(wide ? 0x3e : 0x32, 2, little)
  bytes.set(names, namesAt)
  bytes.set(data, dataAt)
  const section = (index: number, nameAt: number, type: number, at: number, size: number) => {
    const entry = tableAt + index * entrySize
    view.setUint32(entry, nameAt, little)
    view.setUint32(entry + 4, type, little)
    word(entry + (wide ? 0x18 : 0x10), at)
    word(entry + (wide ? 0x20 : 0x14), size)
  }
  section(1, 1, 1, dataAt, data.length)
  section(2, 7, 3, namesAt, names.length)
  section(3, 14, 8, 0, 1 << 20)
  return bytes
}

for (const wide of [false, true]) {
  for (const little of [false, true]) {
    test(`reads sections: ${wide ? 64 : 32} bits, ${little ? 'little' : 'big'}-endian`, t => {
      const elf = readElf(makeElf({ wide, little }))
      t.is(elf.bits, wide ? 64 : 32)
      t.is(elf.littleEndian, little)
      t.is(elf.machine, 62)
      t.deepEqual([...elf.sections.keys()], ['.data', '.names'])
      t.deepEqual(elf.sections.get('.data'), new Uint8Array([1, 2, 3]))
    })
  }
}

test('refuses what is no ELF file, and one that is cut anywhere', t => {
  t.throws(() => readElf(new TextEncoder().encode('#!/bin/sh\n'), 'a.o'), {
    instanceOf: NotElf,
    message: "Cannot read 'a.o': it must be an ELF file, and it does not begin with \\x7fELF",
  })
  const whole = makeElf({ wide: true, little: true })
  // What is behind the size in the last entry of the table is not needed.
  for (let length = 0; length < whole.length - 24; length += 7) {
    t.throws(() => readElf(whole.subarray(0, length)), { instanceOf: NotElf })
  }
  const odd = whole.slice()
  odd[4] = 3
  t.throws(() => readElf(odd), { instanceOf: NotElf, message: /its class is 3/ })
})

test('text ends at NUL or at the end', t => {
  const bytes = new TextEncoder().encode('ab\0cd')
  t.is(cString(bytes, 0), 'ab')
  t.is(cString(bytes, 1), 'b')
  t.is(cString(bytes, 3), 'cd')
})
