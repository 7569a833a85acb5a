import { KseriesError } from '@kseries/host'
import { cString } from './elf.ts'

/** A member of a struct or union; `bits` is 0 for anything but a bitfield. */
export interface BtfMember {
  readonly name: string
  readonly type: number
  readonly bitOffset: number
  readonly bits: number
}

/** A type of a .BTF section, numbers as they are there. Type 0 is void. */
export type BtfType =
  | { readonly kind: 'void' }
  | {
      readonly kind: 'int'
      readonly name: string
      readonly size: number
      readonly signed: boolean
      readonly bool: boolean
      readonly bits: number
    }
  | { readonly kind: 'pointer'; readonly type: number }
  | { readonly kind: 'array'; readonly type: number; readonly count: number }
  | {
      readonly kind: 'struct' | 'union'
      readonly name: string
      readonly size: number
      readonly members: readonly BtfMember[]
    }
  | {
      readonly kind: 'enum'
      readonly name: string
      readonly size: number
      /** Whether the section marks it as signed; old compilers never do. */
      readonly signed: boolean
      readonly values: readonly { readonly name: string; readonly value: bigint }[]
    }
  | { readonly kind: 'typedef'; readonly name: string; readonly type: number }
  | { readonly kind: 'qualifier'; readonly type: number }
  | { readonly kind: 'float'; readonly name: string; readonly size: number }
  | { readonly kind: 'forward'; readonly name: string }
  | { readonly kind: 'other'; readonly name: string }

/** BTF_KIND_* of include/uapi/linux/btf.h. */
const Kind = {
  int: 1,
  pointer: 2,
  array: 3,
  struct: 4,
  union: 5,
  enum: 6,
  forward: 7,
  typedef: 8,
  volatile: 9,
  const: 10,
  restrict: 11,
  func: 12,
  funcProto: 13,
  variable: 14,
  dataSection: 15,
  float: 16,
  declTag: 17,
  typeTag: 18,
  enum64: 19,
} as const

/**
 * Reads a .BTF section (Documentation/bpf/btf.rst), in the byte order of its own magic number.
 *
 * @param bytes - the section's contents.
 * @returns the types; the index in the array is the type's id, [0] is void.
 * @throws NotBtf
 */
export const readBtf = (bytes: Uint8Array): readonly BtfType[] => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  try {
    const little = byteOrder(view)
    const u32 = (at: number) => view.getUint32(at, little)
    const headerSize = u32(4)
    const typesAt = headerSize + u32(8)
    const typesEnd = typesAt + u32(12)
    const stringsAt = headerSize + u32(16)
    const strings = bytes.subarray(stringsAt, stringsAt + u32(20))

    const types: BtfType[] = [{ kind: 'void' }]
    let at = typesAt
    while (at < typesEnd) {
      const { type, size } = readType(view, little, strings, at)
      types.push(type)
      at += size
    }
    return types
  } catch (error) {
    if (error instanceof RangeError) throw new NotBtf('it ends too soon', error)
    throw error
  }
}

const byteOrder = (view: DataView): boolean => {
  for (const little of [true, false]) if (view.getUint16(0, little) === 0xeb9f) return little
  throw new NotBtf(`its magic number is 0x${view.getUint16(0).toString(16)}, not 0xeb9f`)
}

/** One struct btf_type and what follows it. */
const readType = (
  view: DataView,
  little: boolean,
  strings: Uint8Array,
  at: number,
): { type: BtfType; size: number } => {
  const u32 = (offset: number) => view.getUint32(at + offset, little)
  const name = cString(strings, u32(0))
  const info = u32(4)
  const count = info & 0xffff
  const kind = (info >>> 24) & 0x1f
  const flag = info >>> 31 === 1
  const sizeOrType = u32(8)
  const rest = 12

  switch (kind) {
    case Kind.int: {
      const encoding = u32(rest)
      return {
        type: {
          kind: 'int',
          name,
          size: sizeOrType,
          signed: ((encoding >>> 24) & 1) !== 0,
          bool: ((encoding >>> 24) & 4) !== 0,
          bits: encoding & 0xff,
        },
        size: rest + 4,
      }
    }
    case Kind.pointer:
      return { type: { kind: 'pointer', type: sizeOrType }, size: rest }
    case Kind.array:
      return { type: { kind: 'array', type: u32(rest), count: u32(rest + 8) }, size: rest + 12 }
    case Kind.struct:
    case Kind.union: {
      const members = Array.from({ length: count }, (_, index): BtfMember => {
        const offset = u32(rest + index * 12 + 8)
        return {
          name: cString(strings, u32(rest + index * 12)),
          type: u32(rest + index * 12 + 4),
          // With the flag set, the upper 8 bits hold the width of a bitfield.
          bitOffset: flag ? offset & 0xffffff : offset,
          bits: flag ? offset >>> 24 : 0,
        }
      })
      const structKind = kind === Kind.struct ? 'struct' : 'union'
      return { type: { kind: structKind, name, size: sizeOrType, members }, size: rest + count * 12 }
    }
    case Kind.enum:
    case Kind.enum64: {
      const step = kind === Kind.enum ? 8 : 12
      const values = Array.from({ length: count }, (_, index) => {
        const low = u32(rest + index * step + 4)
        const high = kind === Kind.enum ? 0 : u32(rest + index * step + 8)
        const wide = (BigInt(high) << 32n) | BigInt(low)
        const value = flag ? BigInt.asIntN(kind === Kind.enum ? 32 : 64, wide) : wide
        return { name: cString(strings, u32(rest + index * step)), value }
      })
      return { type: { kind: 'enum', name, size: sizeOrType, signed: flag, values }, size: rest + count * step }
    }
    case Kind.typedef:
      return { type: { kind: 'typedef', name, type: sizeOrType }, size: rest }
    case Kind.volatile:
    case Kind.const:
    case Kind.restrict:
    case Kind.typeTag:
      return { type: { kind: 'qualifier', type: sizeOrType }, size: rest }
    case Kind.float:
      return { type: { kind: 'float', name, size: sizeOrType }, size: rest }
    case Kind.forward:
      return { type: { kind: 'forward', name }, size: rest }
    case Kind.func:
      return { type: { kind: 'other', name }, size: rest }
    case Kind.funcProto:
      return { type: { kind: 'other', name }, size: rest + count * 8 }
    case Kind.variable:
    case Kind.declTag:
      return { type: { kind: 'other', name }, size: rest + 4 }
    case Kind.dataSection:
      return { type: { kind: 'other', name }, size: rest + count * 12 }
    default:
      throw new NotBtf(`it has a type of the unknown kind ${kind}`)
  }
}

/** The section is not BTF as we know it. */
export class NotBtf extends KseriesError {
  constructor(why: string, cause?: unknown) {
    super(`Cannot read the .BTF section: ${why}`, {
      hint: 'The compiler must write BTF (gcc 12 or newer, -gbtf).',
      cause,
    })
  }
}
