import type { AbiName } from './abis.ts'

/** The type of a member. `c` is how the header spells it, without qualifiers. Sizes are bytes. */
export type TypeLayout =
  | IntLayout
  | { readonly kind: 'enum'; readonly size: number; readonly signed: boolean; readonly c: string }
  | { readonly kind: 'float'; readonly size: number; readonly c: string }
  | { readonly kind: 'pointer'; readonly size: number; readonly c: string }
  | ArrayLayout
  /** A struct or union with a name: look it up in `records`. */
  | { readonly kind: 'record'; readonly name: string }
  /** A struct or union without a name. */
  | InlineRecord

export interface IntLayout {
  readonly kind: 'int'
  readonly size: number
  readonly signed: boolean
  readonly c: string
  /** As wide as the ABI's registers (long, size_t): a bigint in TypeScript on every ABI, so that types do not depend on it. */
  readonly word?: true
  readonly bool?: true
  /** Plain `char`: an array of it is text. */
  readonly char?: true
}

export interface ArrayLayout {
  readonly kind: 'array'
  readonly of: TypeLayout
  /** 0 when flexible. */
  readonly count: number
  /** `x[]` or the older `x[0]`: as long as the data. */
  readonly flexible?: true
}

export interface MemberLayout {
  /** Empty for an anonymous struct or union, whose members are named as if they were of the outer one. */
  readonly name: string
  /** From the start of the record; of a bitfield, the byte its first bit is in. */
  readonly offset: number
  readonly type: TypeLayout
  /**
   * Of a bitfield: its first bit from the start of the record, and its width. On a little-endian ABI bit 0 is the least
   * significant of byte 0, on a big-endian one the most significant.
   */
  readonly bits?: { readonly at: number; readonly width: number }
}

export interface InlineRecord {
  readonly kind: 'struct' | 'union'
  readonly size: number
  readonly members: readonly MemberLayout[]
}

export interface RecordLayout extends InlineRecord {
  readonly name: string
  /** How C names the type: "struct sockaddr_alg", or "siginfo_t" for a typedef of an anonymous struct. */
  readonly c: string
  /** The header it is from, as one writes it in #include. */
  readonly header: string
}

/** A number, text, or, when a double cannot hold it, a decimal number in a string. */
export type ConstantValue = number | string | { readonly bigint: string }

/** What user space can know of a kernel, for one ABI. Plain JSON. */
export interface AbiDescription {
  readonly format: 1
  /** Content key: headers that were read, compiler, ABI; also the name of the file in the cache. */
  readonly key: string
  readonly abi: AbiName
  readonly littleEndian: boolean
  readonly pointerSize: 4 | 8
  /** The first line of `gcc --version`. */
  readonly compiler: string
  /** The headers asked for, sorted. */
  readonly includes: readonly string[]
  /** By header, as one writes it in #include, then by name. */
  readonly constants: Readonly<Record<string, Readonly<Record<string, ConstantValue>>>>
  /** Numbers of system calls by name, without `__NR_`. */
  readonly syscalls: Readonly<Record<string, number>>
  /** Structs and unions by tag, or by typedef name if they have no tag. */
  readonly records: Readonly<Record<string, RecordLayout>>
}

/** A member that C names directly: anonymous structs and unions are gone, offsets count from the outer record. */
export interface HoistedMember extends MemberLayout {
  /** The anonymous records it is in, outermost first: a number for each, unique in the outer record. */
  readonly inside: readonly number[]
  /** Whether it ends the record: nothing follows it, other than what shares its place in a union. */
  readonly isLast: boolean
}

/** The members as C sees them: those of anonymous structs and unions take part as if they were the record's own. */
export const hoist = (record: InlineRecord): readonly HoistedMember[] => {
  let anonymous = 0
  const visit = (inner: InlineRecord, base: number, inside: readonly number[], isOuterLast: boolean): HoistedMember[] =>
    inner.members.flatMap((member, index) => {
      const offset = base + member.offset
      const isLast = isOuterLast && (inner.kind === 'union' || index === inner.members.length - 1)
      if (member.name === '' && (member.type.kind === 'struct' || member.type.kind === 'union')) {
        return visit(member.type, offset, [...inside, ++anonymous], isLast)
      }
      if (member.name === '') return []
      const bits = member.bits && { bits: { at: base * 8 + member.bits.at, width: member.bits.width } }
      return [{ ...member, offset, ...bits, inside, isLast }]
    })
  return visit(record, 0, [], true)
}

/** Size in bytes of a type; a flexible array has none, as in C. */
export const sizeOf = (description: Pick<AbiDescription, 'records'>, type: TypeLayout): number => {
  switch (type.kind) {
    case 'array':
      return type.count * sizeOf(description, type.of)
    case 'record':
      return recordOf(description, type.name).size
    default:
      return type.size
  }
}

/** The record a type refers to, by name or inline. */
export const recordOf = (description: Pick<AbiDescription, 'records'>, name: string): RecordLayout => {
  const record = description.records[name]
  if (!record) throw new TypeError(`The description refers to '${name}' and does not have it`)
  return record
}
