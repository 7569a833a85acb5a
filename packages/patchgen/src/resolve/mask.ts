import type { Span } from './spans.ts'

/** A C text in which only code is left; as long as the text, so offsets are the same. */
export interface Masked {
  /** Comments, contents of strings and preprocessor lines are blanks. */
  readonly code: string
  readonly comments: readonly Span[]
}

const token =
  // comment | string or character | preprocessor line with its continuations (which may hold comments over lines)
  /\/\*[\s\S]*?(?:\*\/|$(?![\s\S]))|\/\/[^\n]*|"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*'|(?<=^[ \t]*)#(?:\\\n|\/\*[\s\S]*?\*\/|[^\n])*/gm

const masks = new Map<string, Masked>()

/** Blanks whatever is not code. The last few results are remembered: edits of one file ask again and again. */
export const mask = (text: string): Masked => {
  const known = masks.get(text)
  if (known) return known
  const comments: Span[] = []
  const code = text.replaceAll(token, (found, start: number) => {
    if (found.startsWith('/*') || found.startsWith('//')) comments.push({ start, end: start + found.length })
    const quote = found[0] ?? ''
    return quote === '"' || quote === "'" ? `${quote}${blank(found.slice(1, -1))}${quote}` : blank(found)
  })
  const masked = { code, comments }
  if (masks.size > 8) masks.delete(masks.keys().next().value ?? '')
  masks.set(text, masked)
  return masked
}

const blank = (found: string) => found.replaceAll(/[^\n]/g, ' ')

const closers: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }

/** The offset behind the bracket that closes the one at `open`; undefined if none does. `code` is masked. */
export const closing = (code: string, open: number, limit = code.length): number | undefined => {
  const stack: string[] = []
  for (let at = open; at < limit; at++) {
    const char = code[at] ?? ''
    const closer = closers[char]
    if (closer) stack.push(closer)
    else if (char === ')' || char === ']' || char === '}') {
      if (stack.pop() !== char) return undefined
      if (stack.length === 0) return at + 1
    }
  }
  return undefined
}

/** The next offset from `at` that is not whitespace. */
export const skipSpace = (code: string, at: number): number => {
  while (at < code.length && /\s/.test(code[at] ?? '')) at++
  return at
}
