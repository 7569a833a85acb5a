import type { Place } from '../edits/types.ts'
import { defineLines } from './anchors.ts'
import { insertAt, lineEnd, matches, type Span } from './spans.ts'
import { impossible, type Target, theOne } from './target.ts'

interface Include extends Span {
  readonly header: string
}

/** Adds an #include; the text itself if it is there. */
export const addInclude = (target: Target, header: string, place: Place): string => {
  const { text } = target
  const all = includesOf(text)
  if (all.some(include => include.header === header)) return text
  const line = `#include ${header}\n`
  const wanted = place.after ?? place.before
  if (wanted !== undefined) {
    const sibling = theOne(
      target,
      `#include ${wanted}`,
      all.filter(include => include.header === wanted),
      all,
    )
    return insertAt(text, place.after === undefined ? sibling.start : sibling.end, line)
  }
  const block = nearestBlock(all, header)
  const last = block.at(-1)
  if (!last) throw impossible(target, `it has no #include that ${header} could stand beside; use insertAfter()`)
  const isSorted = block.every(({ header: one }, index) => one <= (block[index + 1]?.header ?? one))
  const next = isSorted ? block.find(({ header: one }) => one > header) : undefined
  return insertAt(text, next ? next.start : last.end, line)
}

/** Adds #define lines. */
export const addDefine = (target: Target, lines: string, place: Place): string => {
  const wanted = place.after ?? place.before
  if (wanted !== undefined) {
    const sibling = defineLines(target, wanted)
    return insertAt(target.text, place.after === undefined ? sibling.start : sibling.end, lines)
  }
  const last = matches(target.text, /^[ \t]*#[ \t]*define\b(?:\\\n|[^\n])*/gm).at(-1)
  if (!last) throw impossible(target, 'it has no #define to stand beside; use insertAfter()')
  return insertAt(target.text, lineEnd(target.text, last.end), lines)
}

/** The #includes outside of conditions; an include guard is none. */
const includesOf = (text: string): Include[] => {
  const guard = /^[ \t]*#[ \t]*ifndef[ \t]+(\w+)[^\n]*\n[ \t]*#[ \t]*define[ \t]+\1\b/m.exec(text)
  const found: Include[] = []
  let depth = guard ? -1 : 0
  for (const { 0: line, index, 1: word, 2: header } of text.matchAll(
    /^[ \t]*#[ \t]*(if|ifdef|ifndef|endif|include)\b(?:[ \t]+(<[^>\n]*>|"[^"\n]*"))?[^\n]*(?:\n|$)/gm,
  )) {
    if (word === 'endif') depth--
    else if (word !== 'include') depth++
    else if (depth === 0 && header) found.push({ header, start: index, end: index + line.length })
  }
  return found
}

/** Those of the same folder, else of the same kind of bracket, else all; of several runs of lines the longest. */
const nearestBlock = (all: readonly Include[], header: string): Include[] => {
  const folder = /^.[^/]*\//.exec(header)?.[0]
  const alike = [
    all.filter(({ header: one }) => folder !== undefined && one.startsWith(folder)),
    all.filter(({ header: one }) => one[0] === header[0]),
    all,
  ].find(some => some.length > 0)
  const runs: Include[][] = []
  for (const include of alike ?? []) {
    const run = runs.at(-1)
    if (run?.at(-1)?.end === include.start) run.push(include)
    else runs.push([include])
  }
  return runs.toSorted((a, b) => b.length - a.length)[0] ?? []
}
