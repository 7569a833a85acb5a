import type { Place } from '../edits/types.ts'
import { insertAt, lineEnd, lineStart, matches, type Span } from './spans.ts'
import { impossible, type Target, theOne } from './target.ts'

// https://docs.kernel.org/kbuild/kconfig-language.html: what begins a line in the first column begins something new.
const keyword =
  /^(?:config|menuconfig|choice|endchoice|comment|menu|endmenu|if|endif|source|rsource|osource|mainmenu)\b[^\n]*/gm

interface Entry extends Span {
  readonly head: string
}

/** Entries from their first line to their last that is neither blank nor a comment of what follows. */
const entriesOf = (text: string): Entry[] => {
  const heads = matches(text, keyword)
  return heads.map(({ start, end }, index) => {
    const whole = text.slice(start, heads[index + 1]?.start ?? text.length)
    const own = whole.replace(/(?:\n[ \t]*(?:#[^\n]*)?)+$/, '\n')
    return { start, end: start + own.length, head: text.slice(start, end).trim() }
  })
}

const ofSymbol = (target: Target, symbol: string, entries: readonly Entry[]): Entry =>
  theOne(
    target,
    `Kconfig entry '${symbol}'`,
    entries.filter(({ head }) => new RegExp(`^(?:menu)?config\\s+${RegExp.escape(symbol)}$`).test(head)),
    `config ${symbol}`,
  )

/** Adds an entry, with a blank line on the side of each neighbour. */
export const addKconfigEntry = (target: Target, lines: string, place: Place): string => {
  const { text } = target
  const wanted = place.after ?? place.before
  if (wanted === undefined) return insertAt(text, text.length, `\n${lines.replace(/^\n+/, '')}`)
  const entry = ofSymbol(target, wanted.replace(/^CONFIG_/, ''), entriesOf(text))
  const own = lines.replace(/^\n+/, '').replace(/\n+$/, '\n')
  return place.after === undefined
    ? insertAt(text, withCommentLines(text, entry.start), `${own}\n`)
    : insertAt(text, entry.end, `\n${own}`)
}

/** Adds `source "path"`. */
export const addKconfigSource = (target: Target, path: string, place: Place): string => {
  const { text } = target
  const wanted = place.after ?? place.before
  if (wanted === undefined) throw impossible(target, `say next to which source line "${path}" goes: { after: … }`)
  const sources = entriesOf(text).filter(({ head }) => /^[ro]?source\b/.test(head))
  const named = sources.filter(({ head }) => head.replace(/^\w+\s+"?/, '').replace(/"$/, '') === wanted)
  const sibling = theOne(target, `source "${wanted}"`, named, `source "${wanted}"`)
  const line = `source "${path}"\n`
  const eol = lineEnd(text, sibling.start)
  if (place.after === undefined) {
    const spaced = text.slice(0, sibling.start).endsWith('\n\n')
    return insertAt(text, sibling.start, spaced ? `${line}\n` : line)
  }
  const spaced = text.startsWith('\n', eol)
  return insertAt(text, eol, spaced ? `\n${line}` : line)
}

const order = ['depends', 'select', 'imply']

/** Adds a line to an entry: after those of its own kind, else after those that stand before it, else after its type. */
export const addKconfigAttribute = (target: Target, symbol: string, line: string): string => {
  const { text } = target
  const entry = ofSymbol(target, symbol.replace(/^CONFIG_/, ''), entriesOf(text))
  const attributes = attributesOf(text, entry)
  const word = /\w+/.exec(line)?.[0] ?? ''
  const before = order.slice(0, order.indexOf(word) + 1).toReversed()
  const type = attributes.findLast(({ word: one }) => /^(?:def_)?(?:bool|tristate|string|hex|int)$/.test(one))
  const chosen =
    attributes.findLast(one => one.word === word) ??
    before.map(kind => attributes.findLast(one => one.word === kind)).find(one => one !== undefined) ??
    (order.includes(word) ? type : attributes.at(-1))
  return insertAt(text, chosen?.end ?? lineEnd(text, entry.start), line)
}

/** The attribute lines of an entry, with continuations, up to its help. */
const attributesOf = (text: string, entry: Span): (Span & { readonly word: string })[] => {
  const body = text.slice(lineEnd(text, entry.start), entry.end)
  const help = /^[ \t]+(?:---)?help(?:---)?[ \t]*$/m.exec(body)
  const upTo = help ? body.slice(0, help.index) : body
  const from = lineEnd(text, entry.start)
  return [...upTo.matchAll(/^[ \t]+(\w+)(?:\\\n|[^\n])*\n/gm)].map(({ 0: all, 1: word, index }) => ({
    word: word ?? '',
    start: from + index,
    end: from + index + all.length,
  }))
}

const withCommentLines = (text: string, start: number): number => {
  let at = start
  while (at > 0 && text[lineStart(text, at - 1)] === '#') at = lineStart(text, at - 1)
  return at
}
