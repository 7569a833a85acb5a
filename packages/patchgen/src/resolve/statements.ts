import { closing, mask, skipSpace } from './mask.ts'
import { lineEnd, type Span } from './spans.ts'
import { type Syntax, withSyntax } from './syntax.ts'

/**
 * The statement or declaration that begins at `start`, inside a function.
 *
 * The parser's answer is taken where it parsed well; a macro such as `list_for_each_entry()` or `scoped_guard()`, to which
 * it knows no body, is measured by its brackets.
 */
export const statementAt = async (text: string, start: number): Promise<Span> => {
  const { code } = mask(text)
  const end = (await withSyntax(text, root => parsedEnd(root, start))) ?? scanStatement(code, start)
  return { start, end: end ?? lineEnd(text, start) }
}

/** The end of the outermost statement that begins at an offset, if it was parsed without errors. */
const parsedEnd = (root: Syntax, start: number): number | undefined => {
  let best: Syntax | undefined
  for (let node = root.descendantForIndex(start, start); node && node.startIndex >= start; node = node.parent)
    if (node.startIndex === start && /^(?!case_|labeled_).*_statement$|^declaration$/.test(node.type)) best = node
  return best && !best.hasError && /[;}]$/.test(best.text) ? best.endIndex : undefined
}

/** Whether a statement begins at an offset of masked code: behind another, a label, a condition, or at a block's start. */
export const beginsStatement = (code: string, at: number): boolean => {
  const before = code.slice(Math.max(0, at - 2000), at).trimEnd()
  if (/[;{}]$|\b(?:else|do)$|(?:[;{}]|^)\s*(?:case\b[^:?;]*|\w+)\s*:$/.test(before)) return true
  // A condition, or a macro that is a loop; not the end of a call or a cast.
  return (
    before.endsWith(')') &&
    /\b(?:if|for|while|switch|\w*(?:for_each|guard|scoped)\w*)\s*$/.test(before.slice(0, opening(before)))
  )
}

/** Where the bracket opens that closes at the end of masked code. */
const opening = (code: string): number => {
  let depth = 0
  for (let at = code.length - 1; at >= 0; at--) {
    if (code[at] === ')') depth++
    else if (code[at] === '(' && --depth === 0) return at
  }
  return 0
}

const scanStatement = (code: string, start: number): number | undefined => {
  const at = skipSpace(code, start)
  const word = /^\w+/.exec(code.slice(at, at + 80))?.[0] ?? ''
  if (code[at] === '{') return closing(code, at)
  if (word === 'do') {
    const body = scanStatement(code, at + 2)
    return body === undefined ? undefined : simpleEnd(code, body)
  }
  if (word === 'case' || word === 'default' || /^\w+\s*:(?!:)/.test(code.slice(at, at + 80))) {
    const colon = code.indexOf(':', at)
    return colon < 0 ? undefined : colon + 1
  }
  const open = skipSpace(code, at + word.length)
  const close = word !== '' && code[open] === '(' ? closing(code, open) : undefined
  if (close !== undefined) {
    const next = skipSpace(code, close)
    // `foo(…)` and then neither an operator nor the end: a condition or a loop, the macro kind included.
    if (/^(if|for|while|switch)$/.test(word) || /[\w{*(]/.test(code[next] ?? '')) {
      const body = scanStatement(code, next)
      if (body === undefined) return undefined
      const rest = skipSpace(code, body)
      return word === 'if' && /^else\b/.test(code.slice(rest, rest + 5)) ? scanStatement(code, rest + 4) : body
    }
  }
  return simpleEnd(code, at)
}

const simpleEnd = (code: string, from: number): number | undefined => {
  for (let at = from; at < code.length; at++) {
    const char = code[at] ?? ''
    if (char === ';') return at + 1
    if ('([{'.includes(char)) {
      const close = closing(code, at)
      if (close === undefined) return undefined
      at = close - 1
    } else if (char === '}') return undefined
  }
  return undefined
}

/** Where the declarations end that a body begins with; `body` is the span of `{…}`. */
export const declarationsEnd = async (text: string, body: Span): Promise<number> => {
  const parsed = await withSyntax(text, root => parsedDeclarationsEnd(root, body))
  if (parsed !== undefined) return parsed
  // The parser lost the function: declarations stand before its first blank line, and none of them is a call.
  const { code } = mask(text)
  const paragraph = code.slice(body.start + 1, Math.min(body.end - 1, code.indexOf('\n\n', body.start)))
  const isDeclarations = !/^\s*\w+\s*\(|^\s*(?:if|for|while|return|switch)\b/m.test(paragraph)
  return body.start + 1 + (isDeclarations ? paragraph.trimEnd().length : 0)
}

const parsedDeclarationsEnd = (root: Syntax, body: Span): number | undefined => {
  const block = root.descendantForIndex(body.start, body.start)?.parent
  if (block?.type !== 'compound_statement' || block.startIndex !== body.start) return undefined
  let end = body.start + 1
  for (const child of block.namedChildren) {
    if (child.type === 'declaration') end = child.endIndex
    else if (child.type !== 'comment') break
  }
  return end
}
