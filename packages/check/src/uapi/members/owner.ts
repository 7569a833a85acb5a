import type { Syntax } from '@kseries/patchgen'
import { nameOf, type Types, tagOf } from './types.ts'

/**
 * The struct that an expression is, is an array of, or points to.
 * @returns its tag, '' for what is none, undefined where that cannot be told: macros, headers that were not read.
 */
export const ownerOf = (types: Types, node: Syntax | null): string | undefined => {
  switch (node?.type) {
    case 'identifier':
      return declaredTag(types, node)
    case 'field_expression': {
      const owner = ownerOf(types, node.childForFieldName('argument'))
      return owner === undefined ? undefined : memberTag(types, owner, node.childForFieldName('field')?.text ?? '')
    }
    case 'parenthesized_expression':
      return ownerOf(types, node.namedChildren.at(-1) ?? null)
    case 'pointer_expression':
    case 'subscript_expression':
      return ownerOf(types, node.childForFieldName('argument'))
    case 'type_descriptor':
      return tagOf(types, node)
    case 'cast_expression':
    case 'compound_literal_expression':
      return tagOf(types, node.childForFieldName('type'))
    case 'assignment_expression':
      return ownerOf(types, node.childForFieldName('right'))
    case 'conditional_expression':
      return ownerOf(types, node.childForFieldName('consequence') ?? node.childForFieldName('alternative'))
    case 'call_expression':
      return types.returns.get(node.childForFieldName('function')?.text ?? '') || undefined
    default:
      return undefined
  }
}

/** The struct that `.member = ` of an initialiser is a member of. */
export const ownerOfDesignator = (types: Types, designator: Syntax): string | undefined =>
  listTag(types, designator.parent?.parent ?? null)

const listTag = (types: Types, list: Syntax | null): string | undefined => {
  const holder = list?.parent
  switch (holder?.type) {
    case 'compound_literal_expression':
      return tagOf(types, holder.childForFieldName('type'))
    case 'init_declarator':
      return tagOf(types, holder.parent?.childForFieldName('type') ?? null)
    case 'initializer_list':
      return listTag(types, holder)
    case 'initializer_pair': {
      const owner = listTag(types, holder.parent)
      const [first] = holder.childrenForFieldName('designator')
      if (first?.type !== 'field_designator') return owner
      return owner === undefined ? undefined : memberTag(types, owner, first.namedChildren[0]?.text ?? '')
    }
    default:
      return undefined
  }
}

const memberTag = ({ records, aliases }: Types, owner: string, name: string): string | undefined => {
  const tag = records.get(owner)?.get(name)?.tag
  return tag === undefined ? undefined : (aliases.get(tag) ?? tag)
}

const declaredTag = (types: Types, identifier: Syntax): string | undefined => {
  const declaration = declarationOf(identifier)
  return declaration && tagOf(types, declaration.childForFieldName('type'))
}

/** The nearest declaration around a name, if any is seen. */
export const declarationOf = (identifier: Syntax): Syntax | undefined => {
  const name = identifier.text
  for (let around = identifier.parent; around; around = around.parent) {
    const declarations =
      around.type === 'function_definition'
        ? parametersOf(around)
        : around.namedChildren.filter(({ type }) => type === 'declaration')
    const found = declarations.find(one =>
      one.childrenForFieldName('declarator').some(declarator => nameOf(declarator) === name),
    )
    if (found) return found
  }
  return undefined
}

/** The parameters of a function's definition, in their order. */
export const parametersOf = (definition: Syntax): readonly Syntax[] => {
  let declarator = definition.childForFieldName('declarator')
  while (declarator && declarator.type !== 'function_declarator')
    declarator = declarator.childForFieldName('declarator') ?? null
  return (declarator?.childForFieldName('parameters')?.namedChildren ?? []).filter(
    ({ type }) => type === 'parameter_declaration',
  )
}
