import { isBytes } from '../../src/codec/compile.ts'
import { encodeText } from '../../src/codec/text.ts'
import { type AbiDescription, hoist, type InlineRecord, recordOf, type TypeLayout } from '../../src/layout.ts'

/**
 * A value as a C initialiser. The compiler that reads it is asked nothing about offsets or sizes by us, so the bytes it
 * makes are the word of a judge who does not know our layouts; the way for ABIs that this machine cannot run.
 */
export const initialiser = (description: AbiDescription, name: string, value: unknown): string =>
  record(description, recordOf(description, name), value)

const record = (description: AbiDescription, layout: InlineRecord, value: unknown): string => {
  const members = new Map(hoist(layout).map(member => [member.name, member]))
  const parts = Object.entries(value as Record<string, unknown>).flatMap(([name, item]) => {
    const member = members.get(name)
    return member && item !== undefined ? [`.${name} = ${typed(description, member.type, item)}`] : []
  })
  return `{ ${parts.join(', ')} }`
}

const typed = (description: AbiDescription, type: TypeLayout, item: unknown): string => {
  switch (type.kind) {
    case 'int':
      return integer(BigInt(item as bigint), type.size)
    case 'enum':
      return integer(BigInt(item as bigint), type.size)
    case 'pointer':
      return `(void *)(__UINTPTR_TYPE__)${integer(BigInt(item as bigint), 8)}`
    case 'float':
      return number(item as number)
    case 'array': {
      if (!isBytes(type.of)) {
        const items = Array.from(item as ArrayLike<unknown>, element => typed(description, type.of, element))
        return `{ ${items.join(', ')} }`
      }
      const bytes = typeof item === 'string' ? encodeText(item) : Uint8Array.from(item as Uint8Array)
      return `{ ${[...bytes].join(', ')} }`
    }
    case 'record':
      return record(description, recordOf(description, type.name), item)
    case 'struct':
    case 'union':
      return record(description, type, item)
  }
}

const integer = (value: bigint, size: number): string => {
  const bits = BigInt.asUintN(128, value)
  const words = [bits >> 64n, bits & 0xffffffffffffffffn].map(word => `0x${word.toString(16)}ull`)
  return size > 8 ? `((unsigned __int128)${words[0]} << 64 | ${words[1]})` : `${words[1]}`
}

const number = (value: number): string =>
  Number.isFinite(value)
    ? Object.is(value, -0)
      ? '-0.0'
      : value.toExponential()
    : `${value < 0 ? '-' : ''}__builtin_inf()`

/**
 * A value without the flexible data that GNU C cannot initialise: only `x[]` of the outermost struct can be, neither that
 * of a struct within nor the older `x[0]` (gcc manual, "Zero Length").
 */
export const withoutFlexible = (description: AbiDescription, name: string, value: unknown): object => {
  const strip = (layout: InlineRecord, item: unknown, isOuter: boolean): object => {
    const members = new Map(hoist(layout).map(member => [member.name, member]))
    const kept = Object.entries(item as object).flatMap(([key, one]: [string, unknown]) => {
      const member = members.get(key)
      if (!member) return []
      const isFlexible = member.type.kind === 'array' && member.type.flexible === true
      const isAllowed = isOuter && member.inside.length === 0 && !zeroLength.has(`${name}.${key}`)
      return isFlexible && !isAllowed ? [] : [[key, inner(member.type, one)] as const]
    })
    return Object.fromEntries(kept)
  }
  const inner = (type: TypeLayout, item: unknown): unknown => {
    if (type.kind === 'record') return strip(recordOf(description, type.name), item, false)
    if (type.kind === 'struct' || type.kind === 'union') return strip(type, item, false)
    if (type.kind !== 'array' || isBytes(type.of)) return item
    return Array.from(item as ArrayLike<unknown>, element => inner(type.of, element))
  }
  return strip(recordOf(description, name), value, true)
}

const zeroLength = new Set(['nasty_flexible_old.items', 'nasty_marker.start', 'nasty_marker.numbers'])
