import type { Syntax } from '@kseries/patchgen'
import { ownerOf, ownerOfDesignator } from './owner.ts'
import type { Types } from './types.ts'

/** Where a value is kept. */
export type Place =
  | { readonly kind: 'member'; readonly owner: string; readonly name: string }
  | { readonly kind: 'parameter'; readonly function: string; readonly index: number }
  /** `scope` is where the function begins. */
  | { readonly kind: 'variable'; readonly file: string; readonly scope: number; readonly name: string }

/** What is done with a value where it is named. */
export type Use =
  /** It gets another one. */
  | { readonly kind: 'written' }
  /** Its size is asked, or it is shown. */
  | { readonly kind: 'named' }
  /** Some of its bits are looked at. */
  | { readonly kind: 'masked' }
  /** It is compared, or given to what may do so. */
  | { readonly kind: 'checked' }
  | { readonly kind: 'copied'; readonly to: Place }

export interface UseContext {
  readonly types: Types
  readonly file: string
  /** Functions of the series. */
  readonly functions: ReadonlySet<string>
  /** Macros whose value has a ~. */
  readonly inverses: ReadonlySet<string>
}

/** Calls that look at no value. */
const silent =
  /^(offsetof(end)?|sizeof_field|typeof|ARRAY_SIZE|BUILD_BUG_ON\w*|static_assert|_*(pr|dev|netdev|drm)_(dbg|debug|info|notice|warn|err|crit)\w*|(seq|trace)_\w+|printk\w*|\w*s\w?n?printf|sysfs_emit\w*)$/

/** Calls that fill what their first argument is. */
const filling = /^(mem(set|cpy|move|zero\w*)|str\w*cpy\w*|copy_from_\w+|get_random_bytes|put_unaligned\w*)$/

/** Calls that have the value of their argument. */
const transparent =
  /^_*((le|be)\d+_to_cpup?|cpu_to_(le|be)\d+|(le|be|cpu)\w*_to_\w+|READ_ONCE|likely|unlikely|force_cast)$/

/** What an expression, whose value is the one in question, is used for. */
export const useOf = (context: UseContext, node: Syntax): Use => {
  const { types, inverses } = context
  const above = node.parent
  const is = (field: string) => above?.childForFieldName(field)?.id === node.id
  switch (above?.type) {
    case 'parenthesized_expression':
      return /^(if|while|do)_statement$/.test(above.parent?.type ?? '') ? checked : useOf(context, above)
    case 'cast_expression':
      return useOf(context, above)
    case 'pointer_expression':
    case 'subscript_expression':
      return is('argument') ? useOf(context, above) : checked
    case 'assignment_expression': {
      if (is('left')) return written
      const place =
        above.childForFieldName('operator')?.text === '='
          ? placeOf(context, above.childForFieldName('left'))
          : undefined
      return place ? { kind: 'copied', to: place } : checked
    }
    case 'update_expression':
    case 'field_designator':
      return written
    case 'init_declarator': {
      const place = placeOf(context, above.childForFieldName('declarator'))
      return place ? { kind: 'copied', to: place } : checked
    }
    case 'initializer_pair': {
      const [designator] = above.childrenForFieldName('designator')
      const owner = designator ? ownerOfDesignator(types, designator) : undefined
      const name = designator?.namedChildren[0]?.text
      return owner === undefined || name === undefined
        ? checked
        : { kind: 'copied', to: { kind: 'member', owner, name } }
    }
    case 'sizeof_expression':
      return named
    case 'argument_list':
      return useInCall(context, node, above)
    case 'binary_expression': {
      const operator = above.childForFieldName('operator')?.text
      if (operator === '|') return useOf(context, above)
      if (operator !== '&') return checked
      const mask = above.childForFieldName(is('left') ? 'right' : 'left')
      const isInverse = mask?.text.includes('~') || mask?.text.match(/\w+/g)?.some(name => inverses.has(name))
      return isInverse ? checked : masked
    }
    default:
      return checked
  }
}

const written: Use = { kind: 'written' }
const named: Use = { kind: 'named' }
const masked: Use = { kind: 'masked' }
const checked: Use = { kind: 'checked' }

const useInCall = (context: UseContext, node: Syntax, list: Syntax): Use => {
  const call = list.parent
  const name = call?.childForFieldName('function')?.text ?? ''
  const index = list.namedChildren.findIndex(({ id }) => id === node.id)
  if (silent.test(name)) return named
  if (filling.test(name) && index === 0) return written
  // put_user(value, &theirs->member)
  if (/^_*(put_user|copy_to_user)\w*$/.test(name) && index === 1 && node.type === 'pointer_expression') return written
  if (transparent.test(name) && call) return useOf(context, call)
  return context.functions.has(name) ? { kind: 'copied', to: { kind: 'parameter', function: name, index } } : checked
}

/** Where what is assigned to an expression is kept, if that can be told. */
const placeOf = (context: UseContext, target: Syntax | null): Place | undefined => {
  if (target?.type === 'identifier') {
    const scope = scopeOf(target)
    return scope && { kind: 'variable', file: context.file, scope: scope.startIndex, name: target.text }
  }
  if (target?.type !== 'field_expression') return undefined
  const owner = ownerOf(context.types, target.childForFieldName('argument'))
  const name = target.childForFieldName('field')?.text
  return owner === undefined || name === undefined ? undefined : { kind: 'member', owner, name }
}

/** The whole of the function that a node is in. */
export const scopeOf = (node: Syntax): Syntax | undefined => {
  let scope: Syntax | undefined
  for (let around: Syntax | null = node; around; around = around.parent)
    if (around.type === 'function_definition' || around.type === 'compound_statement') scope = around
  return scope
}
