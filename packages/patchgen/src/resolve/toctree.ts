import type { Place } from '../edits/types.ts'
import { insertAt, lineEnd } from './spans.ts'
import { type Target, theOne } from './target.ts'

interface Toctree {
  readonly start: number
  readonly end: number
  readonly caption: string | undefined
  readonly indent: string
  readonly entries: readonly { readonly name: string; readonly start: number; readonly end: number }[]
}

/** Adds an entry to a toctree directive of a reStructuredText file. */
export const addIndexEntry = (target: Target, entry: string, place: Place, toctree?: string): string => {
  const { text } = target
  const all = toctreesOf(text)
  const wanted = place.after ?? place.before
  const named = toctree === undefined ? all : all.filter(one => one.caption === toctree || has(one, toctree))
  const found = wanted !== undefined && named.length > 1 ? named.filter(one => has(one, wanted)) : named
  const tree = theOne(
    target,
    `toctree${toctree === undefined ? '' : ` '${toctree}'`}`,
    found,
    all.length > 0 ? all : '.. toctree::',
  )
  const line = `${tree.indent}${entry}\n`
  if (wanted === undefined) return insertAt(text, tree.entries.at(-1)?.end ?? tree.end, line)
  const siblings = tree.entries.filter(({ name }) => name === wanted)
  const sibling = theOne(target, `toctree entry '${wanted}'`, siblings, tree.entries)
  return insertAt(text, place.after === undefined ? sibling.start : sibling.end, line)
}

const has = ({ entries }: Toctree, name: string) => entries.some(one => one.name === name)

const toctreesOf = (text: string): Toctree[] =>
  [...text.matchAll(/^([ \t]*)\.\. toctree::[^\n]*\n/gm)].map(({ 0: head, 1: margin = '', index }) => {
    const entries: { name: string; start: number; end: number }[] = []
    let caption: string | undefined
    let indent = `${margin}   `
    let end = index + head.length
    for (let at = end; at < text.length; at = lineEnd(text, at)) {
      const line = text.slice(at, lineEnd(text, at))
      if (line.trim() === '') continue
      const lead = /^[ \t]*/.exec(line)?.[0] ?? ''
      if (lead.length <= margin.length) break
      end = lineEnd(text, at)
      indent = lead
      const option = /^:(\w+):\s*(.*)$/.exec(line.trim())
      if (option) caption = option[1] === 'caption' ? option[2] : caption
      else if (!line.trim().startsWith('..')) entries.push({ name: line.trim(), start: at, end })
    }
    return { start: index, end, caption, indent, entries }
  })
