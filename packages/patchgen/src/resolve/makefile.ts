import type { Place } from '../edits/types.ts'
import { insertAt, lineEnd } from './spans.ts'
import { type Target, theOne } from './target.ts'

interface Assignment {
  readonly start: number
  readonly end: number
  readonly operator: string
  /** The column its operator stands in, and whether tabs lead there. */
  readonly column: number
  readonly usesTabs: boolean
  readonly gap: string
  readonly values: readonly string[]
}

/** Adds `variable += value` beside the line that assigns a value. */
export const addMakefileObject = (target: Target, variable: string, value: string, place: Place): string => {
  const { text } = target
  const all = assignmentsOf(text)
  const [, name = variable, operator = '+='] = /^(.*?)\s*([:+?]?=)?$/s.exec(variable.trim()) ?? []
  const wanted = place.after ?? place.before
  const last = all.at(-1)
  if (wanted === undefined)
    return insertAt(text, text.length, last ? laidOut(name, operator, value, last) : `${name} ${operator} ${value}\n`)
  const named = all.filter(({ values }) => values.includes(wanted))
  const sibling = theOne(target, `Makefile object '${wanted}'`, named, wanted)
  const line = laidOut(name, operator, value, sibling)
  return insertAt(text, place.after === undefined ? sibling.start : sibling.end, line)
}

const laidOut = (name: string, operator: string, value: string, { column, usesTabs, gap }: Assignment): string => {
  let padded = usesTabs ? `${name}\t` : `${name} `
  if (usesTabs) while (width(padded) < column) padded += '\t'
  return `${padded}${operator}${gap}${value}\n`
}

const assignmentsOf = (text: string): Assignment[] => {
  const pattern = /^([^\s#:=+?][^\s=+?]*?)([ \t]*)([:+?]?=)([ \t]*)((?:\\\n|[^\n])*)/gm
  return [...text.matchAll(pattern)].map(
    ({ 0: all, 1: name = '', 2: pad = '', 3: operator = '', 4: gap = '', 5: rest = '', index }) => ({
      start: index,
      end: lineEnd(text, index + all.length),
      operator,
      column: width(name + pad),
      usesTabs: pad.includes('\t'),
      gap: gap === '' ? ' ' : gap,
      values: rest
        .replace(/#.*$/m, '')
        .split(/[\s\\]+/)
        .filter(word => word !== ''),
    }),
  )
}

/** The column behind a text, tabs every eight. */
const width = (text: string): number => {
  let column = 0
  for (const char of text) column = char === '\t' ? (Math.floor(column / 8) + 1) * 8 : column + 1
  return column
}
