import { KseriesError } from '@kseries/host'
import type { CompilerRun } from './compiler.ts'
import { readElf } from './elf.ts'
import { type AbiDescription, hoist, type InlineRecord, type RecordLayout, sizeOf, type TypeLayout } from './layout.ts'

type Described = Pick<AbiDescription, 'records' | 'includes' | 'littleEndian'>

/** The #include lines a C file needs for the records of a description. */
export const includeLines = (description: Pick<AbiDescription, 'includes'>): string =>
  description.includes.map(header => `#include <${header}>\n`).join('')

/**
 * A C file that compiles only if the compiler agrees with every offset, size and signedness of the description: a proof
 * by a way that has nothing to do with how the layouts were got. It needs no libc. Bitfields have no offset in C: what
 * `checkLayouts` does for them needs more than a compilation.
 *
 * @param names - records to check; all if not given.
 */
export const emitLayoutAssertsC = (
  description: Described,
  names: readonly string[] = Object.keys(description.records),
): string => {
  const checks = names.flatMap(name => {
    const record = description.records[name]
    return record ? assertsOf(description, record) : []
  })
  return `${includeLines(description)}\n${checks.map(({ condition, what }) => assertLine(condition, what)).join('\n')}\n`
}

const assertLine = (condition: string, what: string) => `_Static_assert(${condition}, ${JSON.stringify(what)});`

interface Check {
  readonly condition: string
  readonly what: string
}

const assertsOf = (description: Described, record: RecordLayout): readonly Check[] => {
  const object = `((${record.c} *)0)`
  const visitType = (type: TypeLayout, path: string, offset: number): Check[] => {
    const what = `${record.name}.${path}`
    const expression = `${object}->${path}`
    switch (type.kind) {
      case 'int':
      case 'enum':
        return [
          { condition: `sizeof(${expression}) == ${type.size}`, what: `size of ${what}` },
          { condition: `((__typeof__(${expression}))-1 < 0) == ${type.signed ? 1 : 0}`, what: `sign of ${what}` },
        ]
      case 'array':
        return [
          ...(type.flexible
            ? []
            : [{ condition: `sizeof(${expression}) == ${sizeOf(description, type)}`, what: `size of ${what}` }]),
          ...visitType(type.of, `${path}[0]`, offset),
        ]
      case 'struct':
      case 'union':
        return [
          { condition: `sizeof(${expression}) == ${type.size}`, what: `size of ${what}` },
          ...visitMembers(type, `${path}.`, offset),
        ]
      case 'record':
      case 'float':
      case 'pointer':
        return [{ condition: `sizeof(${expression}) == ${sizeOf(description, type)}`, what: `size of ${what}` }]
    }
  }
  const visitMembers = (inner: InlineRecord, prefix: string, base: number): Check[] =>
    hoist(inner).flatMap(member => {
      if (member.bits) return []
      const path = `${prefix}${member.name}`
      const offset = base + member.offset
      return [
        {
          condition: `__builtin_offsetof(${record.c}, ${path}) == ${offset}`,
          what: `offset of ${record.name}.${path}`,
        },
        ...visitType(member.type, path, offset),
      ]
    })
  return [
    { condition: `sizeof(${record.c}) == ${record.size}`, what: `size of ${record.name}` },
    ...visitMembers(record, '', 0),
  ]
}

interface Bitfield {
  readonly record: RecordLayout
  readonly path: string
  readonly at: number
  readonly width: number
}

const bitfieldsOf = (record: RecordLayout): readonly Bitfield[] => {
  const visit = (inner: InlineRecord, prefix: string, base: number): Bitfield[] =>
    hoist(inner).flatMap(member => {
      const path = `${prefix}.${member.name}`
      if (member.bits) return [{ record, path, at: base * 8 + member.bits.at, width: member.bits.width }]
      let { type } = member
      let index = ''
      while (type.kind === 'array' && !type.flexible) {
        type = type.of
        index += '[0]'
      }
      const isInline = type.kind === 'struct' || type.kind === 'union'
      return isInline ? visit(type as InlineRecord, `${path}${index}`, base + member.offset) : []
    })
  return visit(record, '', 0)
}

/**
 * Checks every layout of a description against the compiler: offsets, sizes and signs by static assertions, bitfields by
 * looking which bits of the object file are set when a field of a constant is -1.
 *
 * @throws LayoutMismatch naming each member that differs.
 */
export const checkLayouts = async (compiler: CompilerRun, description: Described, prelude: string): Promise<void> => {
  const records = Object.values(description.records)
  const checks = records.flatMap(record => assertsOf(description, record))
  const bitfields = records.flatMap(record => bitfieldsOf(record))
  const source = [
    prelude,
    ...checks.map(
      ({ condition, what }, index) => `#line ${index + 1} "kseries-assert"\n${assertLine(condition, what)}`,
    ),
    ...bitfields.map(
      ({ record, path }, index) =>
        `#line ${index + 1} "kseries-bits"\nconst ${record.c} kseries_bits_${index} __attribute__((section(".kseries.${index}"))) = { ${path} = -1 };`,
    ),
  ].join('\n')
  const object = await compiler.compile(`${source}\n`)
  if (!(object instanceof Uint8Array)) {
    throw new LayoutMismatch(object.map(error => `${error.message} (${error.file}:${error.line})`))
  }
  const { sections } = readElf(object)
  const wrong = bitfields.filter(({ at, width }, index) => {
    const bytes = sections.get(`.kseries.${index}`)
    return !bytes || !bitsAre(bytes, at, width, description.littleEndian)
  })
  if (wrong.length > 0) throw new LayoutMismatch(wrong.map(({ record, path }) => `bits of ${record.name}${path}`))
}

/** Whether exactly the bits `at` to `at + width` are set. */
const bitsAre = (bytes: Uint8Array, at: number, width: number, littleEndian: boolean): boolean => {
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const shift = littleEndian ? bit % 8 : 7 - (bit % 8)
    const isSet = (((bytes[bit >> 3] ?? 0) >> shift) & 1) === 1
    if (isSet !== (bit >= at && bit < at + width)) return false
  }
  return true
}

/** The compiler and the layouts that its debug information gave do not agree. */
export class LayoutMismatch extends KseriesError {
  readonly mismatches: readonly string[]

  constructor(mismatches: readonly string[]) {
    super(
      `The compiler does not agree with the layouts read from its BTF:\n  ${mismatches.slice(0, 12).join('\n  ')}`,
      {
        hint: 'A compiler that writes BTF in a way we do not know? Try another compiler, and report the version of this one.',
      },
    )
    this.mismatches = mismatches
  }
}
