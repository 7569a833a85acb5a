import { assertNever } from '@kseries/host'
import type { Anchor } from '../edits/types.ts'
import { findDeclaration, findFunction, findItem, type Item, withComment } from './items.ts'
import { mask } from './mask.ts'
import { lineEnd, lineStart, matches, type Span, textPattern, wholeLinesOf } from './spans.ts'
import { beginsStatement, statementAt } from './statements.ts'
import { impossible, type Target, theOne } from './target.ts'

/**
 * The whole lines an anchor stands for.
 * @throws AnchorNotFound, AnchorAmbiguous; EditImpossible if it shares a line with other code.
 */
export const resolveAnchor = async (target: Target, anchor: Anchor): Promise<Span> => {
  const { text } = target
  switch (anchor.kind) {
    case 'line': {
      const scope = await scopeOf(target, anchor)
      const found = uniqueSpans(matches(text, textPattern(anchor.text), scope).map(span => wholeLinesOf(text, span)))
      return theOne(target, described(anchor), found, firstLine(anchor.text), scope)
    }
    case 'statement': {
      const scope = await scopeOf(target, anchor)
      const { code } = mask(text)
      const found = matches(text, textPattern(anchor.text), scope).filter(
        // Not in a comment or a string, where the mask is blank.
        ({ start }) => code[start] === text[start] && beginsStatement(code, start),
      )
      const { start } = theOne(target, described(anchor), found, firstLine(anchor.text), scope)
      return ownLines(target, await statementAt(text, start), anchor.text)
    }
    case 'function':
      return itemLines(text, await findFunction(target, anchor.name))
    case 'declaration':
      return itemLines(text, await findDeclaration(target, anchor.name))
    case 'define':
      return defineLines(target, anchor.name)
    default:
      return assertNever(anchor)
  }
}

/** The part of a file that `in` and `following` leave. */
export const scopeOf = async (
  target: Target,
  { in: within, following }: { readonly in?: string; readonly following?: string },
): Promise<Span> => {
  const { start, end } = within === undefined ? { start: 0, end: target.text.length } : await findItem(target, within)
  if (following === undefined) return { start, end }
  const after = theOne(
    target,
    `text '${following}'${within === undefined ? '' : ` in ${within}`}`,
    matches(target.text, textPattern(following), { start, end }),
    firstLine(following),
    { start, end },
  )
  return { start: after.end, end }
}

/** `#define NAME` with its continuation lines. */
export const defineLines = (target: Target, name: string): Span => {
  const pattern = new RegExp(`^[ \\t]*#[ \\t]*define[ \\t]+${RegExp.escape(name)}\\b(?:\\\\\\n|[^\\n])*`, 'gm')
  const found = theOne(target, `#define ${name}`, matches(target.text, pattern), `#define ${name}`)
  return { start: found.start, end: endWithComment(target.text, found.end) }
}

/** The end of the line at `end`, or of the comment that begins on it and goes on below. */
export const endWithComment = (text: string, end: number): number => {
  const eol = lineEnd(text, end)
  const open = mask(text).comments.find(comment => comment.start < eol && comment.end > eol)
  return open ? lineEnd(text, open.end) : eol
}

const itemLines = (text: string, item: Item): Span => ({
  start: withComment(text, item),
  end: endWithComment(text, item.end),
})

const ownLines = (target: Target, span: Span, what: string): Span => {
  const { code } = mask(target.text)
  const lines = { start: lineStart(target.text, span.start), end: endWithComment(target.text, span.end) }
  if (code.slice(lines.start, span.start).trim() !== '' || code.slice(span.end, lines.end).trim() !== '')
    throw impossible(target, `the statement '${firstLine(what)}' shares a line with other code: use replaceText()`)
  return lines
}

/** @param spans - in their order. */
const uniqueSpans = (spans: readonly Span[]): Span[] =>
  spans.filter(({ start }, index) => spans[index - 1]?.start !== start)

const described = (anchor: Extract<Anchor, { text: string }>) =>
  `${anchor.kind} '${firstLine(anchor.text)}'${anchor.in === undefined ? '' : ` in ${anchor.in}`}${
    anchor.following === undefined ? '' : ` following '${firstLine(anchor.following)}'`
  }`

const firstLine = (text: string) => {
  const [first = '', ...rest] = text.trim().split('\n')
  return rest.length > 0 ? `${first} …` : first
}
