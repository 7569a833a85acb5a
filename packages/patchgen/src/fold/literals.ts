import type { Node } from 'web-tree-sitter'
import { c } from '../edits/text.ts'
import { block, literal, quote } from '../infer/print.ts'
import type { Span } from '../resolve/spans.ts'

/** A string that stands in a source: what it is worth, and how to write another in its place. */
export interface Literal extends Span {
  readonly value: string
  /** Verbatim lines in backticks behind a tag of this name, such as c`…`; else a string in quotes. */
  readonly tag: string | undefined
  /** The source. */
  readonly source: string
}

/** The strings without `${…}` in a piece of a syntax tree. */
export const literalsIn = (node: Node): Literal[] => {
  const found = literalOf(node)
  return found ? [found] : node.namedChildren.flatMap(literalsIn)
}

/** A node that is a string. */
export const literalOf = (node: Node): Literal | undefined => {
  const span = { start: node.startIndex, end: node.endIndex, source: node.text }
  switch (node.type) {
    case 'string':
      return { ...span, value: unescape(node.text.slice(1, -1)), tag: undefined }
    case 'template_string':
      return isPlain(node) ? { ...span, value: unescape(node.text.slice(1, -1)), tag: undefined } : undefined
    case 'call_expression': {
      const template = node.childForFieldName('arguments')
      const tag = node.childForFieldName('function')?.text ?? ''
      if (template?.type !== 'template_string' || !/^(c|text)$/.test(tag) || !isPlain(template)) return undefined
      const raw = template.text.slice(1, -1)
      return raw.trim() === '' ? undefined : { ...span, value: c(Object.assign([raw], { raw: [raw] })), tag }
    }
    default:
      return undefined
  }
}

const isPlain = (template: Node) => template.namedChildren.every(({ type }) => type !== 'template_substitution')

/** The source of another value, in the style of this one. */
export const rewritten = (old: Literal, value: string): string => {
  if (old.tag === undefined) return value.includes('\n') && !old.source.includes('\\n') ? literal(value) : quote(value)
  const made = block(value)
  if (!made.startsWith('c`')) return made
  // The blanks before the closing backtick are not the text's: they stay.
  const closing = /\n([ \t]*)`$/.exec(old.source)?.[1] ?? ''
  return `${old.tag}${made.slice(1, -1)}${closing}\``
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  v: '\v',
  '0': '\0',
  '\n': '',
}

const unescape = (source: string): string =>
  source.replaceAll(
    /\\(?:u\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([^]))/g,
    (_whole, braced?: string, four?: string, two?: string, char = '') => {
      const code = braced ?? four ?? two
      return code === undefined ? (escapes[char] ?? char) : String.fromCodePoint(Number.parseInt(code, 16))
    },
  )
