import type { Hunk } from '../infer/hunks.ts'
import type { History } from './history.ts'
import type { Placed } from './pieces.ts'

/** What a file should be after a step. */
export interface Composed {
  /** With the pieces of `before`. */
  readonly from: string
  /** With those of `after` too. */
  readonly to: string
  /** How the two differ. */
  readonly hunks: readonly Hunk[]
}

/**
 * A file after a step of its history, with pieces carried out that were made at its head.
 * @param before - pieces that are there already.
 * @param after - pieces that are new. Both must be of lines that are there after this step.
 */
export const compose = (
  history: History,
  step: number,
  before: readonly Placed[],
  after: readonly Placed[] = [],
): Composed => {
  const lines = (step < 0 ? history.base : history.steps[step]?.lines) ?? []
  const [old, fresh] = [placing(history, step, before), placing(history, step, [...before, ...after])]
  const [from, to]: [string[], string[]] = [[], []]
  const hunks: { oldStart: number; oldCount: number; newStart: number; newCount: number }[] = []
  for (let at = 0; at <= lines.length; at++) {
    const line = lines[at]
    const was = [...(old.added.get(at) ?? []), ...(line === undefined || old.removed.has(at) ? [] : [line])]
    const is = [...(fresh.added.get(at) ?? []), ...(line === undefined || fresh.removed.has(at) ? [] : [line])]
    if (was.join('') !== is.join('') || was.length !== is.length) {
      // Only what is really different: the line itself may stay.
      const kept = line !== undefined && was.at(-1) === line && is.at(-1) === line ? 1 : 0
      const [oldCount, newCount] = [was.length - kept, is.length - kept]
      const last = hunks.at(-1)
      if (last && last.oldStart + last.oldCount === from.length && last.newStart + last.newCount === to.length) {
        last.oldCount += oldCount
        last.newCount += newCount
      } else hunks.push({ oldStart: from.length, oldCount, newStart: to.length, newCount })
    }
    from.push(...was)
    to.push(...is)
  }
  return { from: from.join(''), to: to.join(''), hunks }
}

/** By line of the step's own text: what comes before it, and whether it goes away. */
const placing = (history: History, step: number, pieces: readonly Placed[]) => {
  const added = new Map<number, string[]>()
  const removed = new Set<number>()
  const inOrder = pieces.toSorted((a, b) => a.piece.start - b.piece.start || a.piece.count - b.piece.count)
  for (const { piece, side } of inOrder) {
    const { start, count } = piece
    for (let line = start; line < start + count; line++) {
      const at = history.at(step, line)
      if (at === undefined) throw new Error(`line ${line} is not there after step ${step}`)
      removed.add(at)
    }
    const at = count > 0 ? history.at(step, start) : gapOf(history, step, start, side)
    added.set(at ?? 0, [...(added.get(at ?? 0) ?? []), ...piece.added])
  }
  return { added, removed }
}

const gapOf = (history: History, step: number, start: number, side: Placed['side']): number => {
  const above = history.at(step, start - 1)
  const below = history.at(step, start)
  const [first, second] =
    side === 'above'
      ? [above === undefined ? undefined : above + 1, below]
      : [below, above === undefined ? undefined : above + 1]
  return first ?? second ?? 0
}
