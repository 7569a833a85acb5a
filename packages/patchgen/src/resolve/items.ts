import { closing, mask, skipSpace } from './mask.ts'
import { lineEnd, lineStart, type Span } from './spans.ts'
import { type Syntax, withSyntax } from './syntax.ts'
import { type Target, theOne } from './target.ts'

/** A thing of a C file's top level, without the comment above it. */
export interface Item extends Span {
  readonly kind: 'function' | 'declaration'
  readonly names: readonly string[]
}

/**
 * The function of that name.
 *
 * tree-sitter is asked first. Where macros have made it lose the function, or take it for more than it is, the kernel's own
 * layout decides: a definition begins in the first column and ends with the next `}` that stands there.
 */
export const findFunction = async (target: Target, name: string): Promise<Item> =>
  theOne(target, `function '${name}'`, await find(target.text, 'function', name), `${name}(`)

/** The struct, enum, union, variable, prototype or typedef of that name. */
export const findDeclaration = async (target: Target, name: string): Promise<Item> => {
  const wanted = name.trim().replaceAll(/\s+/g, ' ')
  return theOne(target, `declaration of '${wanted}'`, await find(target.text, 'declaration', wanted), `${wanted} {`)
}

/** A function or a declaration, to look inside. */
export const findItem = async (target: Target, name: string): Promise<Item> => {
  const functions = await find(target.text, 'function', name)
  return functions.length > 0 ? findFunction(target, name) : findDeclaration(target, name)
}

const find = async (text: string, kind: Item['kind'], name: string): Promise<Item[]> => {
  const wanted = (item: Item) => item.kind === kind && item.names.includes(name)
  const parsed = (await withSyntax(text, syntaxItems)).filter(wanted)
  const scanned = scanItems(text).filter(wanted)
  // The scan sees every definition in the kernel's layout, also in the branches of an #if and where the parser is lost.
  return scanned.length > 0 ? scanned : parsed.filter(item => text[item.end - 1] === '}' || text[item.end - 1] === ';')
}

/** By the parser, through preprocessor conditions and through its own errors. */
const syntaxItems = (node: Syntax): Item[] =>
  node.namedChildren.flatMap((child): Item[] => {
    switch (child.type) {
      case 'function_definition':
        return [{ kind: 'function', names: declared(child), start: child.startIndex, end: child.endIndex }]
      case 'declaration':
      case 'type_definition':
        return [{ kind: 'declaration', names: declared(child), start: child.startIndex, end: child.endIndex }]
      case 'preproc_if':
      case 'preproc_ifdef':
      case 'preproc_else':
      case 'preproc_elif':
      case 'ERROR':
        return syntaxItems(child)
      default:
        return []
    }
  })

const declared = (node: Syntax): string[] =>
  node.childrenForFieldName('declarator').flatMap(declarator => {
    let inner: Syntax | null = declarator
    while (inner && !inner.type.endsWith('identifier'))
      inner =
        inner.childForFieldName('declarator') ??
        inner.namedChildren.find(child => /declarator|identifier/.test(child.type)) ??
        null
    return inner ? [inner.text] : []
  })

/** By layout: what begins in the first column, up to the `;` or `}` that ends it. */
export const scanItems = (text: string): Item[] => {
  const { code } = mask(text)
  const items: Item[] = []
  for (let at = 0; at < code.length; ) {
    const start = skipSpace(code, at)
    if (start >= code.length) break
    const end = itemEnd(code, start)
    const names = namesOf(code.slice(start, end))
    if (names) items.push({ start, end, ...names })
    at = Math.max(end, start + 1)
  }
  return items
}

const itemEnd = (code: string, start: number): number => {
  for (let at = start; at < code.length; at++) {
    const char = code[at]
    if (char === ';') return at + 1
    if (char === '(' || char === '[') {
      const close = closing(code, at)
      if (close === undefined) return lineEnd(code, at)
      // DEFINE_FREE(…), module_init(…) and the like may stand without a `;`.
      if (/^\w+\s*\($/.test(code.slice(start, at + 1)) && /^[ \t]*\n(?![ \t{])/.test(code.slice(close))) return close
      at = close - 1
    } else if (char === '{') {
      const isFunction = isFunctionHead(code.slice(start, at))
      const close = braceEnd(code, at, isFunction)
      if (isFunction) return close
      at = close - 1
    }
  }
  return code.length
}

/** A brace in the first column ends a function, however the branches of an #if count up. */
const braceEnd = (code: string, open: number, isFunction: boolean): number => {
  const close = closing(code, open)
  if (close !== undefined && (!isFunction || close <= lineEnd(code, open))) return close
  const column0 = code.indexOf('\n}', open)
  return column0 >= 0 ? column0 + 2 : (close ?? code.length)
}

const isFunctionHead = (head: string) => /\)[^()=]*$/.test(head) || /\)\s*(?:__\w+\([^()]*\)\s*)+$/.test(head)

const namesOf = (code: string): Pick<Item, 'kind' | 'names'> | undefined => {
  const brace = code.indexOf('{')
  const head = brace < 0 ? code : code.slice(0, brace)
  if (code.endsWith('}') && isFunctionHead(head)) {
    const macro = /^\s*(?:\w+\s+)*[A-Z][A-Z0-9_]*\(\s*(\w+)/.exec(head)
    const name = /(\w+)\s*\(/.exec(
      head.replaceAll(/__(?:attribute__|printf|must_hold\w*|acquires|releases)\s*\(+[^()]*\)+/g, ''),
    )
    const names = [name?.[1], macro?.[1]].filter(found => found !== undefined)
    return names.length > 0 ? { kind: 'function', names } : undefined
  }
  const names: string[] = []
  const tag = /\b(struct|union|enum)\s+(\w+)\s*(?:__\w+\s*)*$/.exec(head)
  if (brace >= 0 && tag) names.push(`${tag[1]} ${tag[2]}`)
  const outside = code.replaceAll(/\{[\s\S]*\}/g, ' ')
  const variable = /\b(\w+)\s*(?:\[[^\]]*\]\s*)*(?:__\w+(?:\([^()]*\))?\s*)*(?:=[^=]|;$)/.exec(outside)
  const prototype = /^[\w\s*]*?\b(\w+)\s*\(/.exec(outside)
  const pointer = /\(\s*\*\s*(\w+)\s*\)\s*\(/.exec(outside)
  for (const found of [variable, /=/.test(outside) ? null : prototype, pointer]) if (found?.[1]) names.push(found[1])
  // `struct x;` only names it; `MODULE_LICENSE("GPL");` declares nothing.
  if (/^\s*(?:struct|union|enum)\s+\w+\s*;$/.test(code) || /^\s*[A-Z][A-Z0-9_]*\s*\(/.test(code)) return undefined
  return names.length > 0 ? { kind: 'declaration', names } : undefined
}

/** Where an item begins with the comment, and the lines of its head, that stand right above it. */
export const withComment = (text: string, { start }: Span): number => {
  const { comments } = mask(text)
  let at = lineStart(text, start)
  for (;;) {
    const above = comments.findLast(
      ({ end }) => end <= at && text.slice(end, at).trim() === '' && !/\n\s*\n/.test(text.slice(end, at)),
    )
    const from = above && lineStart(text, above.start)
    // A comment behind code belongs to that code.
    if (!above || from === undefined || text.slice(from, above.start).trim() !== '') return at
    at = from
  }
}
