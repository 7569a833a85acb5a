import {
  type AbiDescription,
  hoist,
  type InlineRecord,
  type MemberLayout,
  recordOf,
  type TypeLayout,
} from '../layout.ts'
import { array, byteArray } from './arrays.ts'
import type { Codec } from './codec.ts'
import { type Field, record } from './records.ts'
import { bits, boolean, float, integer } from './scalars.ts'

/**
 * Makes codecs for the records of a description; each once, those that contain others share theirs.
 * @returns a function from a record's name to its codec.
 */
export const codecsOf = (description: AbiDescription): ((name: string) => Codec) => {
  const { littleEndian } = description
  const codecs = new Map<string, Codec>()

  const named = (name: string): Codec => {
    const known = codecs.get(name)
    if (known) return known
    const layout = recordOf(description, name)
    const codec = recordCodec(layout, layout.c)
    codecs.set(name, codec)
    return codec
  }

  const recordCodec = (layout: InlineRecord, name: string): Codec =>
    record(
      name,
      layout.size,
      hoist(layout).map(
        (member): Field => ({
          name: member.name,
          at: member.bits ? member.bits.at >> 3 : member.offset,
          codec: memberCodec(member),
          isLast: member.isLast,
        }),
      ),
    )

  const memberCodec = ({ type, bits: field, name }: MemberLayout): Codec => {
    if (!field) return typeCodec(type, name)
    const isInteger = type.kind === 'int' || type.kind === 'enum'
    if (!isInteger) throw new TypeError(`The bitfield '${name}' is of the kind '${type.kind}'`)
    return bits(field.at % 8, field.width, {
      signed: type.signed,
      littleEndian,
      big: type.kind === 'int' && isBig(type),
      bool: type.kind === 'int' && type.bool === true,
    })
  }

  const typeCodec = (type: TypeLayout, name: string): Codec => {
    switch (type.kind) {
      case 'int':
        return type.bool ? boolean() : integer(type.size, type.signed, littleEndian, isBig(type))
      case 'enum':
        return integer(type.size, type.signed, littleEndian)
      case 'pointer':
        return integer(type.size, false, littleEndian, true)
      case 'float':
        return float(type.size, littleEndian)
      case 'array': {
        const count = type.flexible ? undefined : type.count
        return isBytes(type.of)
          ? byteArray(count, type.of.kind === 'int' && type.of.char === true)
          : array(typeCodec(type.of, name), count)
      }
      case 'record':
        return named(type.name)
      case 'struct':
      case 'union':
        return recordCodec(type, `${type.kind} {…} ${name}`)
    }
  }
  return named
}

/** Whether TypeScript has it as bigint: 64 bits and more, or as wide as a register. */
export const isBig = (type: TypeLayout): boolean =>
  type.kind === 'pointer' ||
  ((type.kind === 'int' || type.kind === 'enum') && type.size > 4) ||
  (type.kind === 'int' && type.word === true)

/** Whether an array of it is text or bytes, and not a list of numbers. */
export const isBytes = (type: TypeLayout): boolean =>
  type.kind === 'int' && type.size === 1 && !type.bool && (type.char === true || !type.signed)
