import { define, fn, insertAfter, insertBefore, line, remove, replace } from '../edits/builders.ts'
import type { Anchor, Operation } from '../edits/types.ts'
import { type Item, scanItems, withComment } from '../resolve/items.ts'
import { lineEnd } from '../resolve/spans.ts'
import { type Change, isC, offsetOf } from './change.ts'
import { telling } from './telling.ts'

/** As many lines as an anchor may have, unless nothing shorter is unique. */
const LONGEST_ANCHOR = 6

/** Lines that an insertion is shifted by: what git shows otherwise than a person meant it is nearer. */
const LONGEST_SLIDE = 20

/** The ways to say a change, the most telling first. Not all of them are right: whoever asks tries them. */
export function* candidatesFor(change: Change): Generator<readonly Operation[]> {
  const scopes = scopesAt(change)
  // Blank lines alone are no text that an edit may have.
  const isBlank = change.added.length > 0 && change.added.every(one => one.trim() === '')
  if (!isBlank && change.count > 0) yield* replacements(change, scopes)
  if (!isBlank && change.count === 0) {
    const variants = [...slides(change)]
    for (const variant of variants) yield* telling(variant)
    for (const variant of variants) yield* besideItems(variant)
    for (const variant of variants) yield* insertions(variant, scopes)
  }
  yield* widened(change, scopes)
}

/** Where an anchor is looked for: anywhere, else in the function or struct that the change is in. */
const scopesAt = (change: Change): readonly (string | undefined)[] => {
  if (!isC(change.file)) return [undefined]
  const offset = offsetOf(change)
  const inside = scanItems(change.text).find(item => item.start < offset && offset < item.end)
  return [undefined, ...(inside?.names ?? [])]
}

/** The same insertion with its lines shifted: what git shows as "text, blank" may as well be "blank, text". */
function* slides(change: Change): Generator<Change> {
  yield change
  for (const step of [-1, 1] as const) {
    let { start, added } = change
    for (let moved = 0; moved < Math.min(change.added.length, LONGEST_SLIDE); moved++) {
      const passed = change.lines[step < 0 ? start - 1 : start]
      const leaving = step < 0 ? added.at(-1) : added[0]
      if (passed === undefined || passed !== leaving) break
      start += step
      added = step < 0 ? [passed, ...added.slice(0, -1)] : [...added.slice(1), passed]
      yield { ...change, start, added }
    }
  }
}

/** Before or after a whole function or `#define`. */
function* besideItems(change: Change): Generator<readonly Operation[]> {
  const { file, text } = change
  if (!isC(file)) return
  const offset = offsetOf(change)
  const items = scanItems(text).filter(({ kind }) => kind === 'function')
  const above = items.find(({ end }) => lineEnd(text, end) === offset)
  const below = items.find(item => withComment(text, item) === offset)
  const added = change.added.join('')
  if (above?.names[0]) yield [insertAfter(fn(above.names[0]), added)]
  if (below?.names[0]) yield [insertBefore(fn(below.names[0]), added)]
}

/** After the line above, before the line below, then with more lines as the anchor. */
function* insertions(
  { lines, start, added }: Change,
  scopes: readonly (string | undefined)[],
): Generator<readonly Operation[]> {
  const text = added.join('')
  for (let count = 1; count <= LONGEST_ANCHOR; count++) {
    const above = lines.slice(Math.max(0, start - count), start)
    const below = lines.slice(start, start + count)
    for (const scope of scopes) {
      if (isAnchor(above, above.at(-1))) yield [insertAfter(anchor(above, scope), text)]
      if (isAnchor(below, below[0])) yield [insertBefore(anchor(below, scope), text)]
    }
  }
}

function* replacements(change: Change, scopes: readonly (string | undefined)[]): Generator<readonly Operation[]> {
  const { file, text, lines, start, count, added } = change
  const old = lines.slice(start, start + count)
  const say = (where: Anchor) => [added.length === 0 ? remove(where) : replace(where, added.join(''))]
  const offset = offsetOf(change)
  const end = offset + old.join('').length
  const whole = (item: Item) => withComment(text, item) >= offset && item.end <= end
  const item = isC(file) ? scanItems(text).find(one => one.kind === 'function' && whole(one)) : undefined
  if (item?.names[0]) yield say(fn(item.names[0]))
  const macro = /^#define (\w+)/.exec(old[0] ?? '')?.[1]
  if (macro) yield say(define(macro))
  if (old.every(one => one.trim() === '')) return
  for (const scope of scopes) yield say(anchor(old, scope))
}

/** The lines around it too, more and more of them: in the end the whole file, which is there once. */
function* widened(
  { lines, start, count, added }: Change,
  scopes: readonly (string | undefined)[],
): Generator<readonly Operation[]> {
  for (let more = 1; ; more *= 2) {
    const from = Math.max(0, start - more)
    const to = Math.min(lines.length, start + count + more)
    const old = lines.slice(from, to)
    const now = [...lines.slice(from, start), ...added, ...lines.slice(start + count, to)]
    if (isAnchor(old, old[0]) && isAnchor(old, old.at(-1)) && now.some(one => one.trim() !== ''))
      for (const scope of scopes) yield [replace(anchor(old, scope), now.join(''))]
    if (from === 0 && to === lines.length) return
  }
}

const anchor = (lines: readonly string[], scope: string | undefined): Anchor =>
  line(lines.length === 1 ? lines.join('').trim() : lines.join(''), scope === undefined ? {} : { in: scope })

/** Whether lines can be an anchor whose edge is where `edge` is: blank lines at an edge are not part of it. */
const isAnchor = (lines: readonly string[], edge: string | undefined): boolean =>
  lines.length > 0 && edge !== undefined && edge.trim() !== ''
