import type { Arbitrary } from 'fast-check'
import { isBig, isBytes } from './codec/compile.ts'
import { UnknownStruct } from './errors.ts'
import {
  type AbiDescription,
  type HoistedMember,
  hoist,
  type InlineRecord,
  recordOf,
  type TypeLayout,
} from './layout.ts'

type FastCheck = typeof import('fast-check')

/** Elements of a flexible array at most. */
const flexibleLength = 5

/**
 * Random values for a struct, as `encode` takes them: any member may be missing, of a union one is given, integers like
 * their extremes, flexible arrays have any small length.
 *
 * @param fc - the fast-check to use, which is a dependency of tests only.
 * @throws UnknownStruct
 */
export const valuesOf = (
  fc: FastCheck,
  description: AbiDescription,
  name: string,
): Arbitrary<Record<string, unknown>> => {
  const record = description.records[name]
  if (!record) throw new UnknownStruct(description, name)
  return recordValues(fc, description, record, true)
}

const recordValues = (
  fc: FastCheck,
  description: AbiDescription,
  record: InlineRecord,
  mayGrow: boolean,
): Arbitrary<Record<string, unknown>> => {
  const choices = branches(record).map(members =>
    fc.record(
      Object.fromEntries(
        members.map(member => [member.name, memberValues(fc, description, member, mayGrow && member.isLast)]),
      ),
      { requiredKeys: [] },
    ),
  )
  return choices.length === 0 ? fc.constant({}) : fc.oneof(...choices)
}

/** Sets of members that can be given together: for each union within, one of its members is chosen. */
const branches = (record: InlineRecord): readonly (readonly HoistedMember[])[] => {
  const hoisted = new Map(hoist(record).map(member => [member.name, member]))
  const own = (inner: InlineRecord): readonly (readonly HoistedMember[])[] => {
    const perMember = inner.members.map(member => {
      const isAnonymous = member.name === '' && (member.type.kind === 'struct' || member.type.kind === 'union')
      if (isAnonymous) return own(member.type as InlineRecord)
      const found = hoisted.get(member.name)
      return found ? [[found]] : [[]]
    })
    if (inner.kind === 'union') return perMember.flat()
    return perMember.reduce<readonly (readonly HoistedMember[])[]>(
      (sets, options) => sets.flatMap(set => options.map(option => [...set, ...option])).slice(0, 64),
      [[]],
    )
  }
  return own(record)
}

const memberValues = (
  fc: FastCheck,
  description: AbiDescription,
  { type, bits }: HoistedMember,
  mayGrow: boolean,
): Arbitrary<unknown> =>
  bits && (type.kind === 'int' || type.kind === 'enum')
    ? integerValues(fc, bits.width, type.signed, type.kind === 'int' && isBig(type), type.kind === 'int' && type.bool)
    : typeValues(fc, description, type, mayGrow)

const typeValues = (
  fc: FastCheck,
  description: AbiDescription,
  type: TypeLayout,
  mayGrow: boolean,
): Arbitrary<unknown> => {
  switch (type.kind) {
    case 'int':
      return integerValues(fc, type.size * 8, type.signed, isBig(type), type.bool)
    case 'enum':
      return integerValues(fc, type.size * 8, type.signed, isBig(type), false)
    case 'pointer':
      return integerValues(fc, type.size * 8, false, true, false)
    case 'float':
      // A NaN may come back as another NaN.
      return type.size === 4 ? fc.float({ noNaN: true }) : fc.double({ noNaN: true })
    case 'array': {
      const length = type.flexible ? (mayGrow ? flexibleLength : 0) : type.count
      if (!isBytes(type.of)) {
        return fc.array(typeValues(fc, description, type.of, false), { maxLength: Math.min(length, 8) })
      }
      return type.of.kind === 'int' && type.of.char ? textValues(fc, length) : fc.uint8Array({ maxLength: length })
    }
    case 'record':
      return recordValues(fc, description, recordOf(description, type.name), mayGrow)
    case 'struct':
    case 'union':
      return recordValues(fc, description, type, mayGrow)
  }
}

/** Text that fits, in any script, without NUL: an array of char ends there. */
const textValues = (fc: FastCheck, bytes: number) =>
  fc
    .string({ unit: 'grapheme', maxLength: bytes })
    .map(text => text.replaceAll('\0', ''))
    .filter(text => Buffer.byteLength(text) <= bytes)

const integerValues = (
  fc: FastCheck,
  width: number,
  signed: boolean,
  big: boolean,
  bool: true | false | undefined,
): Arbitrary<unknown> => {
  if (bool) return fc.boolean()
  const low = signed ? -(1n << BigInt(width - 1)) : 0n
  const high = (1n << BigInt(signed ? width - 1 : width)) - 1n
  const any = fc.oneof({ weight: 4, arbitrary: fc.bigInt(low, high) }, fc.constantFrom(low, high))
  return big ? any : any.map(Number)
}
