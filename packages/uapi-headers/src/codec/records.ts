import { type Codec, extentOf, mark, markValue, type Tail } from './codec.ts'
import { Fault, outOfRange, UnionConflict, UnknownMember, within } from './errors.ts'

/** A member with its codec; `at` counts from the start of the record. */
export interface Field {
  readonly name: string
  readonly at: number
  readonly codec: Codec
  /** Whether nothing follows it, so that flexible data at its end has room. */
  readonly isLast: boolean
}

/**
 * Structs and unions. Members of anonymous structs and unions are members of their own, as in C.
 *
 * Members that share bytes may be given together when they agree, as those of a decoded value do; the order in which
 * they are given does not matter.
 *
 * @param name - for errors: "struct sockaddr_alg".
 */
export const record = (name: string, size: number, fields: readonly Field[]): Codec => {
  const mask = new Uint8Array(size)
  for (const { at, codec } of fields) mark(mask, at, codec.mask)
  const byName = new Map(fields.map(field => [field.name, field]))
  const flexible = new Set(fields.filter(({ codec, isLast }) => isLast && codec.tail !== undefined))
  const shared = sharingFields(fields, flexible)

  const given = (value: unknown): readonly (readonly [Field, unknown])[] => {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
      throw outOfRange(value, `an object with members of ${name}`)
    }
    const pairs: (readonly [Field, unknown])[] = []
    for (const key of Object.keys(value)) {
      const item = (value as Record<string, unknown>)[key]
      const field = byName.get(key)
      if (!field) throw new Fault(`.${key}`, member => new UnknownMember(member, name, [...byName.keys()]))
      if (item !== undefined) pairs.push([field, item])
    }
    return pairs
  }

  const writeField = (view: DataView, at: number, field: Field, item: unknown) =>
    within(`.${field.name}`, () => {
      const { codec } = field
      if (codec.tail && !flexible.has(field) && codec.tail.extent(item) > codec.size) {
        throw outOfRange(item, 'empty, as other members follow it')
      }
      codec.write(view, at + field.at, item)
    })

  const write = (view: DataView, at: number, value: unknown) => {
    const pairs = given(value)
    const sharing = shared.size === 0 ? [] : pairs.filter(([field]) => shared.has(field))
    for (const [field, item] of pairs) {
      if (sharing.length < 2 || !shared.has(field)) writeField(view, at, field, item)
    }
    if (sharing.length > 1) overlay(view, at, sharing)
  }

  /** Writes each member alone, then all of them, provided that they agree where they overlap. */
  const overlay = (view: DataView, at: number, pairs: readonly (readonly [Field, unknown])[]) => {
    const extent = Math.max(size, ...pairs.map(([field, item]) => field.at + extentOf(field.codec, item)))
    const bytes = new Uint8Array(extent)
    const used = new Uint8Array(extent)
    const earlier: { field: Field; marks: Uint8Array }[] = []
    for (const [field, item] of pairs) {
      const own = new Uint8Array(extent)
      const marks = new Uint8Array(extent)
      writeField(new DataView(own.buffer), 0, field, item)
      markValue(field.codec, marks, field.at, item)
      for (let index = 0; index < extent; index++) {
        const differing = ((own[index] ?? 0) ^ (bytes[index] ?? 0)) & (marks[index] ?? 0) & (used[index] ?? 0)
        if (differing !== 0) {
          const other = earlier.find(one => ((one.marks[index] ?? 0) & differing) !== 0)?.field.name ?? ''
          throw new Fault(`.${field.name}`, member => new UnionConflict(member, other))
        }
      }
      mark(bytes, 0, own)
      mark(used, 0, marks)
      earlier.push({ field, marks })
    }
    for (let index = 0; index < extent; index++) {
      if (bytes[index] !== 0) view.setUint8(at + index, view.getUint8(at + index) | (bytes[index] ?? 0))
    }
  }

  const read = (view: DataView, at: number, end: number) => {
    const value: Record<string, unknown> = {}
    for (const field of fields) {
      const start = at + field.at
      value[field.name] = field.codec.read(view, start, flexible.has(field) ? end : start + field.codec.size)
    }
    return value
  }

  if (flexible.size === 0) return { size, mask, write, read }
  return { size, mask, write, read, tail: recordTail(size, [...flexible], given, fields) }
}

const recordTail = (
  size: number,
  flexible: readonly Field[],
  given: (value: unknown) => readonly (readonly [Field, unknown])[],
  fields: readonly Field[],
): Tail => {
  const [only] = flexible
  const isAlone = flexible.length === 1 && only && !fields.some(field => field !== only && endOf(field) > tailAt(only))
  return {
    at: Math.min(...flexible.map(tailAt)),
    step: isAlone ? (only.codec.tail?.step ?? 0) : 0,
    extent: value =>
      Math.max(
        size,
        ...given(value).map(([field, item]) =>
          flexible.includes(field) ? within(`.${field.name}`, () => field.at + extentOf(field.codec, item)) : 0,
        ),
      ),
    mark: (bytes, at, value) => {
      for (const [field, item] of given(value)) markValue(field.codec, bytes, at + field.at, item)
    },
  }
}

const endOf = (field: Field) => field.at + field.codec.size
const tailAt = (field: Field) => field.at + (field.codec.tail?.at ?? 0)

/** Members that have meaningful bits in common with another. */
const sharingFields = (fields: readonly Field[], flexible: ReadonlySet<Field>): ReadonlySet<Field> => {
  const shared = new Set<Field>()
  for (const [index, one] of fields.entries()) {
    for (const other of fields.slice(index + 1)) {
      if (overlaps(one, other) || reachesInto(one, other, flexible) || reachesInto(other, one, flexible)) {
        shared.add(one)
        shared.add(other)
      }
    }
  }
  return shared
}

const overlaps = (one: Field, other: Field): boolean => {
  const from = Math.max(one.at, other.at)
  const to = Math.min(endOf(one), endOf(other))
  for (let at = from; at < to; at++) {
    if (((one.codec.mask[at - one.at] ?? 0) & (other.codec.mask[at - other.at] ?? 0)) !== 0) return true
  }
  return false
}

const reachesInto = (one: Field, other: Field, flexible: ReadonlySet<Field>) =>
  flexible.has(one) && (endOf(other) > tailAt(one) || (flexible.has(other) && tailAt(other) >= tailAt(one)))
