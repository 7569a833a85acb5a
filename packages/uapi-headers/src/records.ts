import type { BtfMember, BtfType } from './btf.ts'
import type { InlineRecord, IntLayout, MemberLayout, RecordLayout, TypeLayout } from './layout.ts'

export interface RecordOptions {
  readonly pointerSize: 4 | 8
  readonly littleEndian: boolean
  /** Where tags and typedefs are declared; what is not here is left out. */
  readonly declared: ReadonlyMap<string, string>
  /** Whether the enum with this tag, or failing that with this enumerator, has negative values. */
  readonly enumSigned: (tag: string, firstName: string | undefined) => boolean
}

/** Declared before the headers, to see in which order this compiler writes the dimensions of an array. */
export const probeSource = 'struct kseries_probe { char probe[2][3]; };\n'

/**
 * Structs and unions of a translation unit from its BTF.
 *
 * @param types - what readBtf gave; the source must have begun with `probeSource`.
 * @returns layouts by tag, or by typedef name for structs without a tag.
 */
export const recordsOf = (types: readonly BtfType[], options: RecordOptions): Record<string, RecordLayout> => {
  const resolver = new Resolver(types, options)
  const records: [string, RecordLayout][] = []
  for (const type of types) {
    const isRecord = type.kind === 'struct' || type.kind === 'union'
    if (isRecord && type.name !== '') {
      const header = options.declared.get(type.name)
      if (header === undefined) continue
      records.push([type.name, { name: type.name, c: `${type.kind} ${type.name}`, header, ...resolver.record(type) }])
    } else if (type.kind === 'typedef') {
      const target = types[type.type]
      const header = options.declared.get(type.name)
      if (header === undefined || (target?.kind !== 'struct' && target?.kind !== 'union') || target.name !== '')
        continue
      records.push([type.name, { name: type.name, c: type.name, header, ...resolver.record(target) }])
    }
  }
  // A tag is met before a typedef of the same name and wins, as `struct x` can be nothing else.
  const byName = new Map<string, RecordLayout>()
  for (const [name, record] of records) if (!byName.has(name) || record.c !== name) byName.set(name, record)
  return Object.fromEntries([...byName].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** Integers that are as wide as a register by definition though their typedef may not say `long` (asm/posix_types.h). */
const wordTypedefs: ReadonlySet<string> = new Set([
  'size_t',
  'ssize_t',
  'ptrdiff_t',
  'intptr_t',
  'uintptr_t',
  '__kernel_size_t',
  '__kernel_ssize_t',
  '__kernel_ptrdiff_t',
])

class Resolver {
  readonly #types: readonly BtfType[]
  readonly #options: RecordOptions
  /** gcc before 14 writes char[2][3] as char[3][2] (gcc.gnu.org/PR114186). */
  readonly #reversed: boolean

  constructor(types: readonly BtfType[], options: RecordOptions) {
    this.#types = types
    this.#options = options
    const probe = types.find(type => type.kind === 'struct' && type.name === 'kseries_probe')
    const array = probe?.kind === 'struct' ? types[probe.members[0]?.type ?? 0] : undefined
    if (array?.kind !== 'array') throw new TypeError('The BTF lacks the probe that must be declared first')
    this.#reversed = array.count === 3
  }

  record({ kind, size, members }: Extract<BtfType, { kind: 'struct' | 'union' }>): InlineRecord {
    return { kind, size, members: members.map(member => this.#member(member)) }
  }

  #type(id: number): BtfType {
    const type = this.#types[id]
    if (!type) throw new TypeError(`The BTF refers to type ${id} and has ${this.#types.length}`)
    return type
  }

  #member({ name, type, bitOffset, bits }: BtfMember): MemberLayout {
    const member = { name, offset: Math.floor(bitOffset / 8), type: this.layout(type) }
    return bits === 0 ? member : { ...member, bits: { at: bitOffset, width: bits } }
  }

  /** @param c - the typedef name by which the type was reached, if any. */
  layout(id: number, c?: string): TypeLayout {
    const type = this.#type(id)
    switch (type.kind) {
      case 'qualifier':
        return this.layout(type.type, c)
      case 'typedef': {
        // The outermost name says most, and is what the header spells.
        const target = this.#unqualified(type.type)
        const name = c ?? type.name
        if ((target.kind === 'struct' || target.kind === 'union') && target.name === '') {
          if (this.#options.declared.has(type.name)) return { kind: 'record', name: type.name }
        }
        return this.layout(type.type, name)
      }
      case 'int':
        return type.size > 16 ? bytes(type.size) : intLayout(type, c)
      case 'float':
        // long double has another format on each ABI; its bytes are all that can be told.
        return type.size > 8 || type.name === 'long double'
          ? bytes(type.size)
          : { kind: 'float', size: type.size, c: c ?? type.name }
      case 'enum': {
        const signed = type.signed || this.#options.enumSigned(type.name, type.values[0]?.name)
        return { kind: 'enum', size: type.size, signed, c: c ?? (type.name === '' ? 'enum' : `enum ${type.name}`) }
      }
      case 'pointer':
        return { kind: 'pointer', size: this.#options.pointerSize, c: c ?? `${this.#spell(type.type)} *` }
      case 'array':
        return this.#array(id)
      case 'struct':
      case 'union':
        return type.name === '' ? this.record(type) : { kind: 'record', name: type.name }
      case 'void':
      case 'forward':
      case 'other':
        throw new TypeError(`The BTF has a member of the type '${type.kind}', which has no size`)
    }
  }

  #array(id: number): TypeLayout {
    const counts: number[] = []
    let at = id
    for (;;) {
      const type = this.#type(at)
      if (type.kind !== 'array') break
      counts.push(type.count)
      at = type.type
    }
    if (this.#reversed) counts.reverse()
    return counts.reduceRight<TypeLayout>(
      (of, count) => (count === 0 ? { kind: 'array', of, count, flexible: true } : { kind: 'array', of, count }),
      this.layout(at),
    )
  }

  #unqualified(id: number): BtfType {
    const type = this.#type(id)
    return type.kind === 'qualifier' ? this.#unqualified(type.type) : type
  }

  #spell(id: number): string {
    const type = this.#unqualified(id)
    switch (type.kind) {
      case 'pointer':
        return `${this.#spell(type.type)} *`
      case 'array':
        return `${this.#spell(type.type)} []`
      case 'struct':
      case 'union':
      case 'enum':
        return `${type.kind} ${type.name || '{…}'}`
      case 'forward':
        return `struct ${type.name}`
      case 'int':
      case 'float':
      case 'typedef':
        return type.name
      default:
        return 'void'
    }
  }
}

const bytes = (count: number): TypeLayout => ({
  kind: 'array',
  of: { kind: 'int', size: 1, signed: false, c: 'unsigned char' },
  count,
})

const intLayout = (type: Extract<BtfType, { kind: 'int' }>, c: string | undefined): IntLayout => ({
  kind: 'int',
  size: type.size,
  signed: type.signed,
  c: c ?? type.name,
  ...(/^long (unsigned )?int$/.test(type.name) || wordTypedefs.has(c ?? '') ? { word: true as const } : {}),
  ...(type.bool || type.name === '_Bool' ? { bool: true as const } : {}),
  ...(type.name === 'char' ? { char: true as const } : {}),
})
