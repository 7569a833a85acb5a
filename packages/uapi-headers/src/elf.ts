import { KseriesError } from '@kseries/host'

/** What the identification bytes of an ELF file say about all that follows. */
export interface ElfFile {
  readonly bits: 32 | 64
  readonly littleEndian: boolean
  /** e_machine: 3 i386, 40 arm, 62 x86_64, 183 arm64 (elf(5)). */
  readonly machine: number
  /** Section contents by name. Sections without contents (.bss) and without a name are left out. */
  readonly sections: ReadonlyMap<string, Uint8Array>
}

const shtNobits = 8

/**
 * Reads the sections of an ELF file: 32 or 64 bits, either byte order. Only what elf(5) calls the section header table is
 * looked at; relocations are not applied.
 *
 * @param bytes - the whole file.
 * @param name - what to call it in an error.
 * @throws NotElf for anything else, also for a file that ends too soon.
 */
export const readElf = (bytes: Uint8Array, name = 'object file'): ElfFile => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  try {
    if (view.getUint32(0) !== 0x7f454c46) throw new NotElf(name, 'it does not begin with \\x7fELF')
    const kind = view.getUint8(4)
    const order = view.getUint8(5)
    if ((kind !== 1 && kind !== 2) || (order !== 1 && order !== 2)) {
      throw new NotElf(name, `its class is ${kind} and its byte order ${order}; each must be 1 or 2`)
    }
    const wide = kind === 2
    const little = order === 1
    const word = (at: number) => (wide ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little))
    const tableAt = word(wide ? 0x28 : 0x20)
    const entrySize = view.getUint16(wide ? 0x3a : 0x2e, little)
    const count = view.getUint16(wide ? 0x3c : 0x30, little)
    const namesIndex = view.getUint16(wide ? 0x3e : 0x32, little)

    const headerOf = (index: number) => {
      const at = tableAt + index * entrySize
      return {
        nameAt: view.getUint32(at, little),
        type: view.getUint32(at + 4, little),
        offset: word(at + (wide ? 0x18 : 0x10)),
        size: word(at + (wide ? 0x20 : 0x14)),
      }
    }
    const contentOf = ({ offset, size }: { offset: number; size: number }) => {
      if (offset + size > bytes.length) throw new NotElf(name, 'a section reaches past its end')
      return bytes.subarray(offset, offset + size)
    }
    const names = count === 0 ? new Uint8Array() : contentOf(headerOf(namesIndex))
    const sections = new Map<string, Uint8Array>()
    for (let index = 1; index < count; index++) {
      const header = headerOf(index)
      const label = cString(names, header.nameAt)
      if (label !== '' && header.type !== shtNobits) sections.set(label, contentOf(header))
    }
    return { bits: wide ? 64 : 32, littleEndian: little, machine: view.getUint16(0x12, little), sections }
  } catch (error) {
    if (error instanceof RangeError) throw new NotElf(name, 'it ends too soon', error)
    throw error
  }
}

/** Text from `at` to the next NUL byte. */
export const cString = (bytes: Uint8Array, at: number): string => {
  const end = bytes.indexOf(0, at)
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, (end === -1 ? bytes.length : end) - at).toString('latin1')
}

/** What should be a compiled object is something else. */
export class NotElf extends KseriesError {
  constructor(name: string, why: string, cause?: unknown) {
    super(`Cannot read '${name}': it must be an ELF file, and ${why}`, {
      hint: 'Was it written by a compiler for Linux, and is the disk full?',
      cause,
    })
  }
}
