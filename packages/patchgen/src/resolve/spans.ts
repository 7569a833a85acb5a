/** A piece of a text: offsets of UTF-16 units, `end` exclusive. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** Where the line that holds `offset` begins. */
export const lineStart = (text: string, offset: number): number => text.lastIndexOf('\n', offset - 1) + 1

/** Where the line that holds `offset` ends, its line break included. */
export const lineEnd = (text: string, offset: number): number => {
  const at = text.indexOf('\n', offset)
  return at < 0 ? text.length : at + 1
}

/** A span widened to whole lines. */
export const wholeLinesOf = (text: string, { start, end }: Span): Span => ({
  start: lineStart(text, start),
  end: end > start && text[end - 1] === '\n' ? end : lineEnd(text, end),
})

/** The number of the line that holds `offset`, from 1. */
export const lineNumber = (text: string, offset: number): number => {
  let line = 1
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++
  return line
}

/** Puts `lines` before `offset`, which is the start of a line; the line before it gets its line break if it has none. */
export const insertAt = (text: string, offset: number, lines: string): string => {
  const before = text.slice(0, offset)
  return `${before}${before === '' || before.endsWith('\n') ? '' : '\n'}${lines}${text.slice(offset)}`
}

/** All matches of a global pattern, as spans. */
export const matches = (text: string, pattern: RegExp, within: Span = { start: 0, end: text.length }): Span[] => {
  const spans: Span[] = []
  pattern.lastIndex = within.start
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const end = match.index + match[0].length
    if (end > within.end) break
    spans.push({ start: match.index, end })
    if (match[0] === '') pattern.lastIndex++
  }
  return spans
}

/** A pattern for a text in which whitespace matches any whitespace; names match whole. */
export const textPattern = (needle: string): RegExp => {
  const trimmed = needle.trim()
  const words = trimmed.split(/\s+/).map(word => RegExp.escape(word))
  return new RegExp(
    `${/^\w/.test(trimmed) ? '(?<!\\w)' : ''}${words.join('\\s+')}${/\w$/.test(trimmed) ? '(?!\\w)' : ''}`,
    'g',
  )
}
