import type { Syntax } from '@kseries/patchgen'

/** A member of a struct, by what a C text says; sizes are the compiler's business. */
export interface Member {
  readonly name: string
  /** The struct or union it is, is an array of, or points to; '' for anything else. */
  readonly tag: string
  readonly isPointer: boolean
  /** It is one of those of a union: what it has is another's. So is what an anonymous struct in a union has. */
  readonly isShared: boolean
  /** From 1. */
  readonly line: number
}

/** Structs and unions by tag, members of anonymous ones among theirs. What has no tag but a name is 'outer.name'. */
export type Records = Map<string, Map<string, Member>>

/** What C texts say of types. */
export interface Types {
  readonly records: Records
  /** Names of typedefs, and the tag that each is of. */
  readonly aliases: Map<string, string>
  /** Functions by name, and the tag of what each returns or points to. */
  readonly returns: Map<string, string>
}

export const noTypes = (): Types => ({ records: new Map(), aliases: new Map(), returns: new Map() })

/** Adds what a text declares, wherever in it. */
export const addTypes = (types: Types, root: Syntax): void => {
  for (const node of root.descendantsOfType(['struct_specifier', 'union_specifier'])) {
    const tag = node.childForFieldName('name')?.text
    if (tag !== undefined) addRecord(types.records, tag, node)
  }
  for (const node of root.descendantsOfType('type_definition')) {
    const type = node.childForFieldName('type')
    for (const declarator of node.childrenForFieldName('declarator')) {
      const name = nameOf(declarator)
      if (!type || name === undefined) continue
      const tag = type.childForFieldName('name')?.text
      if (tag === undefined) addRecord(types.records, name, type)
      types.aliases.set(name, tag ?? name)
    }
  }
  for (const node of root.descendantsOfType('function_definition')) {
    const name = functionName(node)
    if (name !== undefined) types.returns.set(name, tagOf(types, node.childForFieldName('type')) ?? '')
  }
}

/** The tag that a type in a declaration is of; '' for none; undefined where it is no type that one can tell: typeof(), macros. */
export const tagOf = ({ aliases }: Pick<Types, 'aliases'>, type: Syntax | null): string | undefined => {
  switch (type?.type) {
    case 'struct_specifier':
    case 'union_specifier':
      return type.childForFieldName('name')?.text ?? ''
    case 'type_identifier':
      return aliases.get(type.text) ?? ''
    case 'type_descriptor':
      return tagOf({ aliases }, type.childForFieldName('type'))
    case 'primitive_type':
    case 'sized_type_specifier':
    case 'enum_specifier':
      return ''
    default:
      return undefined
  }
}

/** What a declarator declares: 'a' of `*a[2]`. */
export const nameOf = (declarator: Syntax): string | undefined => {
  let inner: Syntax | null = declarator
  while (inner && !inner.type.endsWith('identifier'))
    inner =
      inner.childForFieldName('declarator') ??
      inner.namedChildren.find(child => /declarator|identifier/.test(child.type)) ??
      null
  return inner?.text
}

export const functionName = (definition: Syntax): string | undefined => {
  const declarator = definition.childForFieldName('declarator')
  return declarator ? nameOf(declarator) : undefined
}

const addRecord = (records: Records, tag: string, node: Syntax): void => {
  const body = node.childForFieldName('body')
  if (!body) return
  const members = new Map<string, Member>()
  records.set(tag, members)
  addMembers(records, tag, members, body)
}

const addMembers = (
  records: Records,
  owner: string,
  members: Map<string, Member>,
  body: Syntax,
  isInUnion = false,
): void => {
  const isShared = isInUnion || body.parent?.type === 'union_specifier'
  for (const field of body.namedChildren) {
    // Conditions of the preprocessor, and what macros such as struct_group() make of a declaration.
    if (/^(preproc_|ERROR)/.test(field.type)) addMembers(records, owner, members, field, isShared)
    if (field.type !== 'field_declaration') continue
    const type = field.childForFieldName('type')
    const isInline = type?.childForFieldName('body') !== null && !type?.childForFieldName('name')
    const declarators = field.childrenForFieldName('declarator')
    const inner = type?.childForFieldName('body')
    if (isInline && inner && declarators.length === 0) addMembers(records, owner, members, inner, isShared)
    for (const declarator of declarators) {
      const name = nameOf(declarator)
      if (name === undefined) continue
      const tag = isInline ? `${owner}.${name}` : (type?.childForFieldName('name')?.text ?? type?.text ?? '')
      if (isInline && type) addRecord(records, tag, type)
      const isPointer = declarator.type === 'pointer_declarator' || declarator.type === 'function_declarator'
      members.set(name, { name, tag, isPointer, isShared, line: declarator.startPosition.row + 1 })
    }
  }
}
