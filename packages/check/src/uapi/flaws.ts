import { type AbiDescription, type InlineRecord, type RecordLayout, sizeOf } from '@kseries/uapi-headers'
import { fieldsOf, inlineOf, isSpare } from './fields.ts'
import { type Flaw, flawOf, ofRecord } from './flaw.ts'

const recordsIn = ({ records }: AbiDescription, touched: ReadonlySet<string>): RecordLayout[] =>
  Object.values(records).filter(({ header }) => touched.has(header))

/**
 * What is refused in a struct whoever it is used by, as Documentation/driver-api/ioctl.rst and
 * Documentation/process/botching-up-ioctls.rst have it: bytes without a name leak what the kernel's stack had, and can
 * never be used; and what a struct cannot be extended by.
 */
export const flawsOf = (description: AbiDescription, touched: ReadonlySet<string>): readonly Flaw[] => {
  const records = recordsIn(description, touched)
  const parts = new Set(records.flatMap(record => [...partsOf(record)]))
  return records.flatMap(record => [
    ...gapsOf(description, record).map(text => flawOf(ofRecord(record), `${record.c} has ${text}`)),
    ...(parts.has(record.name) || isExtensible(description, record)
      ? []
      : [flawOf(ofRecord(record), `${record.c} has no flags, no size and nothing reserved: it stays as it is`, false)]),
  ])
}

/**
 * Structs that a program of 32 bits and the kernel of 64 see otherwise need code for that, which is not written here. All that differs
 * of each, in the order of its fields.
 */
export const widthFlaws = (
  wide: AbiDescription,
  narrow: AbiDescription,
  touched: ReadonlySet<string>,
): readonly Flaw[] =>
  recordsIn(wide, touched).flatMap(record => {
    const other = narrow.records[record.name]
    if (!other) return []
    const fields = new Map(fieldsOf(narrow, other).map(field => [field.path, field]))
    const differences = fieldsOf(wide, record).flatMap(({ path, at, width }) => {
      const its = fields.get(path)
      if (!its || (its.at === at && its.width === width)) return []
      if (its.at !== at) return [`'${path}' is at byte ${at / 8} and ${its.at / 8}`]
      return [`'${path}' has ${width / 8} and ${its.width / 8} bytes`]
    })
    const sizes = record.size === other.size ? [] : [`it has ${record.size} and ${other.size} bytes`]
    return [...differences, ...sizes].map(what =>
      flawOf(ofRecord(record), `${record.c} is not the same on ${wide.abi} and ${narrow.abi}: ${what}`),
    )
  })

/** Bytes that no member has. */
const gapsOf = (description: AbiDescription, record: InlineRecord): string[] => {
  const gaps: string[] = []
  let end = 0
  for (const { name, offset, type, bits } of record.members) {
    const size = sizeOf(description, type)
    // A bitfield takes the integer it is in.
    const start = bits ? Math.floor(bits.at / (8 * size)) * size : offset
    if (record.kind === 'struct' && start > end) gaps.push(`${bytes(start - end)} before '${name || type.kind}'`)
    end = Math.max(end, start + size)
    const inner = inlineOf(type)
    if (inner) gaps.push(...gapsOf(description, inner).map(gap => `${gap}${name ? ` of '${name}'` : ''}`))
  }
  if (end < record.size && !endsFlexibly(record)) gaps.push(`${bytes(record.size - end)} at its end`)
  return gaps
}

const bytes = (count: number) => `${count} ${count === 1 ? 'byte' : 'bytes'} of implicit padding`

const endsFlexibly = ({ members }: InlineRecord): boolean => {
  const type = members.at(-1)?.type
  if (type?.kind === 'struct' || type?.kind === 'union') return type.members.some(({ type: one }) => isFlexible(one))
  return type !== undefined && isFlexible(type)
}

const isFlexible = (type: InlineRecord['members'][number]['type']): boolean =>
  type.kind === 'array' && type.flexible === true

const isExtensible = (description: AbiDescription, record: RecordLayout): boolean =>
  record.kind === 'union' ||
  endsFlexibly(record) ||
  fieldsOf(description, record).some(({ path }) => isSpare(path) || /^(\w+_)?(flags|size|argsz|version)$/i.test(path))

/** Names of the structs that a struct is made of. */
const partsOf = (record: InlineRecord): Set<string> =>
  new Set(
    record.members.flatMap(({ type }) => {
      const inner = inlineOf(type)
      if (inner) return [...partsOf(inner)]
      const of = elementOf(type)
      return of.kind === 'record' ? [of.name] : []
    }),
  )

const elementOf = (type: InlineRecord['members'][number]['type']): typeof type =>
  type.kind === 'array' ? elementOf(type.of) : type
