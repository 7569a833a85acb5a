import type { Node, Parser } from 'web-tree-sitter'
import type { FileEdit, Operation } from '../edits/types.ts'
import type { Span } from '../resolve/spans.ts'
import { loadParser } from '../resolve/syntax.ts'
import { type Literal, literalsIn } from './literals.ts'

/** `( … )` or `[ … ]`, without the brackets themselves. */
export interface Brackets extends Span {
  readonly elements: readonly Span[]
}

/** A call in an edits.ts. */
export interface Call extends Span {
  readonly name: string
  /** Where its `(` stands. */
  readonly open: number
  readonly arguments: readonly Span[]
  /** The brackets it stands in, with what else is there: of a call, or a list. */
  readonly within: Brackets | undefined
  /** The strings in it, those of its anchors too. */
  readonly literals: readonly Literal[]
}

/** Where things stand in an edits.ts. What a person's own code makes (a loop, a function of theirs) is not there. */
export interface EditsSource {
  readonly text: string
  readonly operations: ReadonlyMap<Operation, Call>
  /** The entries of the list, but not those within when(). */
  readonly edits: ReadonlyMap<FileEdit, Call>
  /** The list that is exported, and its entries; undefined if it is not written as a list. */
  readonly list: Brackets | undefined
  /** `{ … }` of the import from this package, and the names there. */
  readonly imported: { readonly statement: Span; readonly names: readonly string[] } | undefined
}

let parser: Promise<Parser> | undefined

/**
 * Finds the calls that made edits.
 * @param edits - what the module exports: entries and calls are matched by their order.
 */
export const readSource = async (text: string, edits: readonly FileEdit[]): Promise<EditsSource> => {
  parser ??= loadParser('tree-sitter-typescript')
  const tree = (await parser).parse(text)
  if (!tree) throw new Error('tree-sitter gave no tree')
  try {
    const root = tree.rootNode
    const operations = new Map<Operation, Call>()
    const list = exportedList(root)
    const located = new Map<FileEdit, Call>()
    if (list)
      for (const [node, edit] of pairs([list], edits)) {
        const call = callOf(node)
        if (!call) continue
        located.set(edit, call)
        locate(node, edit, operations)
      }
    return {
      text,
      operations,
      edits: located,
      list: list && bracketsOf(list),
      imported: importOf(root),
    }
  } finally {
    tree.delete()
  }
}

const spanOf = ({ startIndex, endIndex }: Node): Span => ({ start: startIndex, end: endIndex })

const bracketsOf = (node: Node): Brackets => ({
  start: node.startIndex + 1,
  end: node.endIndex - 1,
  elements: elementsOf(node).map(spanOf),
})

const elementsOf = (node: Node): Node[] => node.namedChildren.filter(({ type }) => type !== 'comment')

const argumentsOf = (node: Node): Node[] => {
  const its = node.childForFieldName('arguments')
  return its?.type === 'arguments' ? elementsOf(its) : []
}

const callOf = (node: Node): Call | undefined => {
  if (node.type !== 'call_expression' || node.childForFieldName('arguments')?.type !== 'arguments') return undefined
  return {
    ...spanOf(node),
    name: node.childForFieldName('function')?.text ?? '',
    open: node.childForFieldName('arguments')?.startIndex ?? node.startIndex,
    arguments: argumentsOf(node).map(spanOf),
    within: node.parent && /^(arguments|array)$/.test(node.parent.type) ? bracketsOf(node.parent) : undefined,
    literals: argumentsOf(node).flatMap(literalsIn),
  }
}

/** The nodes that made values, in order. Of what one cannot tell how many it makes, only those before and behind are known. */
const pairs = <T>(nodes: readonly Node[], values: readonly T[]): [Node, T][] => {
  const flat = nodes.flatMap(node => (node.type === 'array' ? flattened(node) : [node]))
  const isKnown = ({ type }: Node) => type === 'call_expression'
  const first = flat.findIndex(node => !isKnown(node))
  if (first < 0) return flat.length === values.length ? zip(flat, values) : []
  const last = flat.findLastIndex(node => !isKnown(node))
  const [front, back] = [flat.slice(0, first), flat.slice(last + 1)]
  if (front.length + back.length > values.length) return []
  return [...zip(front, values), ...zip(back, back.length > 0 ? values.slice(-back.length) : [])]
}

const flattened = (list: Node): Node[] =>
  elementsOf(list).flatMap(node => (node.type === 'array' ? flattened(node) : [node]))

const zip = <T>(nodes: readonly Node[], values: readonly T[]): [Node, T][] =>
  nodes.flatMap((node, index): [Node, T][] => {
    const value = values[index]
    return value === undefined ? [] : [[node, value]]
  })

/** The operations of an entry, through conditions. */
const locate = (node: Node, edit: FileEdit, found: Map<Operation, Call>): void => {
  const name = node.childForFieldName('function')?.text
  const [, ...rest] = argumentsOf(node)
  if (edit.kind === 'edit' && name === 'edit') locateOperations(rest, edit.operations, found)
  if (edit.kind === 'when' && name === 'when') {
    const [edits, otherwise] = rest
    for (const [inner, its] of [
      ...pairs(edits ? [edits] : [], edit.edits),
      ...pairs(otherwise ? [otherwise] : [], edit.otherwise),
    ])
      locate(inner, its, found)
  }
}

const locateOperations = (nodes: readonly Node[], operations: readonly Operation[], found: Map<Operation, Call>) => {
  for (const [node, operation] of pairs(nodes, operations)) {
    const call = callOf(node)
    if (!call) continue
    if (operation.op !== 'when') {
      found.set(operation, call)
      continue
    }
    const [, edits, otherwise] = argumentsOf(node)
    if (call.name !== 'when') continue
    if (edits) locateOperations([edits], operation.edits, found)
    if (otherwise) locateOperations([otherwise], operation.otherwise, found)
  }
}

/** The list of `export default […]`, or of the constant that it names. */
const exportedList = (root: Node): Node | undefined => {
  const exported = root.namedChildren.find(
    ({ type, children }) => type === 'export_statement' && children.some(child => child.type === 'default'),
  )
  let value = bare(exported?.childForFieldName('value') ?? undefined)
  if (value?.type === 'identifier') {
    const name = value.text
    const made = root
      .descendantsOfType('variable_declarator')
      .find(node => node?.childForFieldName('name')?.text === name)
    value = bare(made?.childForFieldName('value') ?? undefined)
  }
  return value?.type === 'array' ? value : undefined
}

/** Without `as` and `satisfies`. */
const bare = (node: Node | undefined): Node | undefined =>
  node && /^(as|satisfies|parenthesized)_expression$/.test(node.type) ? bare(node.namedChildren[0]) : node

const importOf = (root: Node): EditsSource['imported'] => {
  const statement = root.namedChildren.find(
    node =>
      node.type === 'import_statement' &&
      !/^import\s+type\b/.test(node.text) &&
      node.childForFieldName('source')?.text.slice(1, -1) === '@kseries/patchgen' &&
      node.descendantsOfType('named_imports').length > 0,
  )
  return (
    statement && {
      statement: spanOf(statement),
      names: statement.descendantsOfType('import_specifier').flatMap(node => (node ? [node.text] : [])),
    }
  )
}
