import { isBig, isBytes } from './codec/compile.ts'
import { UnknownConstant, UnknownStruct } from './errors.ts'
import { type AbiDescription, type ConstantValue, hoist, type InlineRecord, type TypeLayout } from './layout.ts'

export interface EmitTypesOptions {
  /** Headers whose constants and structs are all wanted: "linux/if_alg.h". */
  readonly headers?: readonly string[]
  /** Further constants and structs, by name. `*` stands for any characters: "SOCK_*"; such a pattern may match nothing. */
  readonly names?: readonly string[]
  /** The command that makes the file again, for its first lines. */
  readonly command?: string
}

/**
 * The text of a `*.gen.ts` file: for each struct an interface and a codec of the same name, for each constant an export.
 * Types are those of the description, which should be x86_64's: no type differs between ABIs. Values and layouts are not
 * in the file but in the ABI bound at run time (KSERIES_ABI), save as comments, so that a change of a number shows in a diff.
 *
 * Same description and options: same text, formatted as the rest of the project is.
 *
 * @throws UnknownConstant, UnknownStruct for a name (without `*`) that the headers do not have.
 */
export const emitTypes = (description: AbiDescription, options: EmitTypesOptions): string => {
  const { headers = [], names = [], command } = options
  const wanted = select(description, headers, names)
  const constants = wanted.constants.filter(([name]) => !wanted.records.includes(name))
  const helpers = [
    ...new Set(constants.map(([, value]) => helperOf(value))),
    ...(wanted.records.length > 0 ? ['type Struct', 'struct'] : []),
  ].toSorted((a, b) => sortKey(a).localeCompare(sortKey(b), 'en'))

  const blocks = [
    [
      `// Made from the kernel's exported headers${command === undefined ? '' : ` by \`${command}\``}: do not edit, make it again.`,
      ...(headers.length === 0 ? [] : [`// Whole headers: ${headers.toSorted().join(', ')}.`]),
      `// Sizes and values in comments are those of ${description.abi}; at run time those of the ABI under test count.`,
    ].join('\n'),
    ...(helpers.length === 0 ? [] : [importLine(helpers)]),
    ...wanted.records.map(name => recordBlock(description, name)),
    ...groupByHeader(constants),
  ]
  return `${blocks.join('\n\n')}\n`
}

const sortKey = (helper: string) => helper.replace(/^type /, '')

const importLine = (helpers: readonly string[]): string => {
  const line = `import { ${helpers.join(', ')} } from '@kseries/uapi-headers'`
  return line.length <= 120
    ? line
    : `import {\n${helpers.map(one => `  ${one},\n`).join('')}} from '@kseries/uapi-headers'`
}

type NamedConstant = readonly [name: string, value: ConstantValue, header: string]

const select = (description: AbiDescription, headers: readonly string[], names: readonly string[]) => {
  const all = Object.entries(description.constants).flatMap(([header, group]) =>
    Object.entries(group).map(([name, value]): NamedConstant => [name, value, header]),
  )
  const patterns = names.filter(name => name.includes('*')).map(name => new RegExp(`^${name.replaceAll('*', '.*')}$`))
  const exact = new Set(names.filter(name => !name.includes('*')))
  const isWanted = (name: string, header: string) =>
    exact.has(name) || (!isPrivate(name) && (headers.includes(header) || patterns.some(one => one.test(name))))

  const constants = all.filter(([name, , header]) => isWanted(name, header))
  const roots = Object.values(description.records).filter(({ name, header }) => isWanted(name, header))
  const found = new Set([...constants.map(([name]) => name), ...roots.map(({ name }) => name)])
  for (const name of exact) {
    if (found.has(name)) continue
    throw /^[a-z]/.test(name) ? new UnknownStruct(description, name) : new UnknownConstant(description, name)
  }
  const records = new Set<string>()
  for (const { name } of roots) addWithParts(description, name, records)
  return { constants, records: [...records].toSorted() }
}

/** Include guards and helpers of the headers' own. */
const isPrivate = (name: string) => name.startsWith('_')

const addWithParts = (description: AbiDescription, name: string, into: Set<string>): void => {
  if (into.has(name)) return
  into.add(name)
  const visit = (type: TypeLayout): void => {
    if (type.kind === 'record') addWithParts(description, type.name, into)
    else if (type.kind === 'array') visit(type.of)
    else if (type.kind === 'struct' || type.kind === 'union') for (const member of type.members) visit(member.type)
  }
  const record = description.records[name]
  for (const member of record?.members ?? []) visit(member.type)
}

/** Names that TypeScript does not allow for a declaration get an underscore behind. */
const reserved = new Set(
  'arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with yield any bigint boolean never number object string symbol undefined unknown Struct struct constant bigConstant textConstant'.split(
    ' ',
  ),
)

const identifier = (name: string) => (reserved.has(name) ? `${name}_` : name)

const recordBlock = (description: AbiDescription, name: string): string => {
  const record = description.records[name]
  if (!record) throw new UnknownStruct(description, name)
  const id = identifier(name)
  const open = `export interface ${id} {`
  const members = memberLines(record, '  ')
  const body = members.length === 0 ? `${open}}` : `${open}\n${members.join('\n')}\n}`
  const codec = breakable(`export const ${id}: Struct<${id}> = struct(`, `'${name}'`)
  return `/** ${record.c}, ${record.header}, ${record.size} bytes */\n${body}\n${codec}`
}

const memberLines = (record: InlineRecord, indent: string): string[] =>
  hoist(record).flatMap(member => [
    `${indent}/** ${spell(member.type)}${member.bits ? `:${member.bits.width}` : ''} */`,
    `${indent}${member.name}: ${typeScriptType(member.type, indent)}`,
  ])

/** The member's type as C spells it. */
const spell = (type: TypeLayout): string => {
  switch (type.kind) {
    case 'array': {
      const [of, dimensions] = flattenArray(type)
      return `${spell(of)}${dimensions.map(count => `[${count ?? ''}]`).join('')}`
    }
    case 'record':
      return type.name
    case 'struct':
    case 'union':
      return type.kind
    default:
      return type.c.replaceAll('*/', '* /')
  }
}

const flattenArray = (type: TypeLayout): readonly [TypeLayout, readonly (number | undefined)[]] => {
  if (type.kind !== 'array') return [type, []]
  const [of, dimensions] = flattenArray(type.of)
  return [of, [type.flexible ? undefined : type.count, ...dimensions]]
}

const typeScriptType = (type: TypeLayout, indent: string): string => {
  switch (type.kind) {
    case 'int':
      return type.bool ? 'boolean' : isBig(type) ? 'bigint' : 'number'
    case 'enum':
    case 'pointer':
      return isBig(type) ? 'bigint' : 'number'
    case 'float':
      return 'number'
    case 'array':
      if (isBytes(type.of)) return type.of.kind === 'int' && type.of.char ? 'string' : 'Uint8Array'
      return `${typeScriptType(type.of, indent)}[]`
    case 'record':
      return identifier(type.name)
    case 'struct':
    case 'union': {
      const lines = memberLines(type, `${indent}  `)
      return lines.length === 0 ? 'object' : `{\n${lines.join('\n')}\n${indent}}`
    }
  }
}

const helperOf = (value: ConstantValue) =>
  typeof value === 'number' ? 'constant' : typeof value === 'string' ? 'textConstant' : 'bigConstant'

const groupByHeader = (constants: readonly NamedConstant[]): string[] => {
  const headers = [...new Set(constants.map(([, , header]) => header))].toSorted()
  return headers.map(header => {
    const lines = constants.filter(([, , of]) => of === header).map(([name, value]) => constantLine(name, value))
    return `// ${header}\n${lines.join('\n')}`
  })
}

const constantLine = (name: string, value: ConstantValue): string => {
  const helper = helperOf(value)
  const type = helper === 'constant' ? 'number' : helper === 'textConstant' ? 'string' : 'bigint'
  return `/** ${shown(value)} */\n${breakable(`export const ${identifier(name)}: ${type} = ${helper}(`, `'${name}'`)}`
}

const shown = (value: ConstantValue): string => {
  if (typeof value === 'string') return JSON.stringify(value).replaceAll('*/', '* /')
  if (typeof value === 'object') return value.bigint
  return value > 0xffff ? `0x${value.toString(16)}` : String(value)
}

/** `start` ends with the bracket of a call that has one argument; broken as Biome does when it is too long for a line. */
const breakable = (start: string, argument: string): string => {
  if (start.length + argument.length + 1 <= 120) return `${start}${argument})`
  return start.length <= 120 ? `${start}\n  ${argument},\n)` : `${start.replace(/ = (\w+\()$/, ' =\n  $1')}${argument})`
}
