import { isBytes } from './codec/compile.ts'
import { encodeText } from './codec/text.ts'
import {
  type AbiDescription,
  hoist,
  type InlineRecord,
  type MemberLayout,
  recordOf,
  type TypeLayout,
} from './layout.ts'

/**
 * The values of a struct by path, as the program of emitDecoderC prints them: integers in decimal, bytes and floats as
 * `x` and hexadecimal. Only what is given: members left out are not in it.
 *
 * @param value - as `encode` takes it or `decode` gives it.
 */
export const leavesOf = (description: AbiDescription, name: string, value: unknown): ReadonlyMap<string, string> => {
  const leaves = new Map<string, string>()
  const { littleEndian } = description

  const visitRecord = (record: InlineRecord, path: string, given: unknown): void => {
    const members = new Map(hoist(record).map(member => [member.name, member]))
    for (const [key, item] of Object.entries(given as Record<string, unknown>)) {
      const member = members.get(key)
      if (member && item !== undefined) visit(member.type, path === '' ? key : `${path}.${key}`, item, member)
    }
  }

  const visit = (type: TypeLayout, path: string, item: unknown, member?: MemberLayout): void => {
    switch (type.kind) {
      case 'int':
        if (type.size > 8 && !member?.bits) leaves.set(path, wide(BigInt(item as bigint), type.size, littleEndian))
        else leaves.set(path, String(typeof item === 'boolean' ? Number(item) : item))
        break
      case 'enum':
      case 'pointer':
        leaves.set(path, String(item))
        break
      case 'float': {
        const view = new DataView(new ArrayBuffer(type.size))
        if (type.size === 4) view.setFloat32(0, item as number, littleEndian)
        else view.setFloat64(0, item as number, littleEndian)
        leaves.set(path, hex(new Uint8Array(view.buffer)))
        break
      }
      case 'array': {
        if (isBytes(type.of)) {
          const bytes = typeof item === 'string' ? encodeText(item) : Uint8Array.from(item as Uint8Array)
          const padded = new Uint8Array(type.flexible ? bytes.length : type.count)
          padded.set(bytes)
          leaves.set(path, hex(padded))
        } else {
          for (const [index, element] of Array.from(item as ArrayLike<unknown>).entries()) {
            visit(type.of, `${path}[${index}]`, element)
          }
        }
        break
      }
      case 'record':
        visitRecord(recordOf(description, type.name), path, item)
        break
      case 'struct':
      case 'union':
        visitRecord(type, path, item)
        break
    }
  }
  visitRecord(recordOf(description, name), '', value)
  return leaves
}

const hex = (bytes: Uint8Array) => `x${Buffer.from(bytes).toString('hex')}`

const wide = (value: bigint, size: number, littleEndian: boolean): string => {
  const digits = BigInt.asUintN(size * 8, value)
    .toString(16)
    .padStart(size * 2, '0')
  const bytes = Buffer.from(digits, 'hex')
  return hex(littleEndian ? bytes.toReversed() : bytes)
}

/**
 * Compares what was given to `encode` with what a decoder printed. Members that were not given may have any value.
 * Flexible bytes may be followed by zeros: where they end is told by another member, and padding may follow.
 *
 * @returns a line for each difference; none if all is well.
 */
export const differences = (
  given: ReadonlyMap<string, string>,
  decoded: ReadonlyMap<string, string>,
): readonly string[] =>
  [...given].flatMap(([path, wanted]) => {
    const seen = decoded.get(path)
    if (seen === wanted) return []
    const isPadded = wanted.startsWith('x') && seen?.startsWith(wanted) && /^0+$/.test(seen.slice(wanted.length))
    return isPadded ? [] : [`${path}: given ${wanted}, decoded ${seen ?? 'nothing'}`]
  })
