import type { Hunk } from '../infer/hunks.ts'
import { BASE, type History } from './history.ts'

/** A change of a file at the head of a chain: some of its lines give way to others. */
export interface Piece {
  /** The first line that goes away, or before which lines come; from 0. */
  readonly start: number
  readonly count: number
  readonly added: readonly string[]
  /** Where it is in the edited file, from 1. */
  readonly line: number
}

/** The step after which a piece is carried out. */
export interface Placed {
  readonly piece: Piece
  readonly step: number
  /** For lines that only come: which neighbour they keep to where the two are apart. */
  readonly side: 'above' | 'below'
}

/**
 * Hunks in pieces that are of one step each where that can be told: lines that only go away, and as many lines for as many.
 * @param now - the lines of the edited file.
 */
export const piecesOf = (history: History, hunks: readonly Hunk[], now: readonly string[]): Piece[] =>
  hunks.flatMap(({ oldStart, oldCount, newStart, newCount }) => {
    const added = now.slice(newStart, newStart + newCount)
    const whole = { start: oldStart, count: oldCount, added, line: newStart + 1 }
    if (newCount !== 0 && newCount !== oldCount) return [whole]
    const pieces: Piece[] = []
    for (let from = 0; from < oldCount; ) {
      const owner = history.ownerOf(oldStart + from)
      let to = from + 1
      while (to < oldCount && history.ownerOf(oldStart + to) === owner) to++
      const line = newStart + 1 + (newCount === 0 ? 0 : from)
      pieces.push({ start: oldStart + from, count: to - from, added: added.slice(from, to), line })
      from = to
    }
    return pieces.length > 0 ? pieces : [whole]
  })

/** Where a piece may go. */
export type Home =
  | { readonly kind: 'clear'; readonly placed: Placed }
  /** Somebody must say to which patch; `patches` are the likely ones, none if any will do. */
  | { readonly kind: 'ambiguous'; readonly patches: readonly number[]; readonly why: string }

/** Where a piece belongs by the lines that it changes, or stands between. */
export const homeOf = (history: History, piece: Piece): Home => {
  const neighbours = neighboursOf(history, piece)
  const owners = neighbours.filter(({ step }) => step !== BASE)
  const patches = [...new Set(owners.map(({ step }) => history.patchOf(step) ?? 0))]
  const last = owners.reduce<Neighbour | undefined>((a, b) => (a && a.step >= b.step ? a : b), undefined)
  // Lines that go away were all there only after the last of their patches.
  if (last && (patches.length === 1 || piece.count > 0)) return { kind: 'clear', placed: { piece, ...last } }
  if (last) return { kind: 'ambiguous', patches, why: 'it stands between lines of two patches' }
  const editing = history.patches
  const [only] = editing
  const end = only === undefined || editing.length > 1 ? undefined : history.endOf(only)
  if (end !== undefined) return { kind: 'clear', placed: { piece, step: end, side: 'above' } }
  const why =
    editing.length > 1
      ? "it is on the kernel's own lines, of a file that several patches edit"
      : 'no patch edits this file'
  return { kind: 'ambiguous', patches: editing, why }
}

/**
 * A place in a patch that somebody named.
 * @returns undefined if the patch comes before the lines that the piece is about.
 */
export const placeIn = (history: History, piece: Piece, patch: number): Placed | undefined => {
  const neighbours = neighboursOf(history, piece)
  const its = neighbours.findLast(({ step }) => history.patchOf(step) === patch)
  const end = history.endOf(patch)
  if (its && (piece.count === 0 || neighbours.every(({ step }) => step <= its.step))) return { piece, ...its }
  if (end === undefined) return undefined
  const there = neighbours.filter(({ step }) => step <= end)
  if (piece.count > 0 ? there.length < neighbours.length : there.length === 0) return undefined
  return { piece, step: end, side: there[0]?.side ?? 'above' }
}

interface Neighbour {
  readonly step: number
  readonly side: 'above' | 'below'
}

/** The steps of the lines that go away; of those around for lines that only come. */
const neighboursOf = (history: History, { start, count }: Piece): Neighbour[] => {
  const of = (line: number, side: Neighbour['side']): Neighbour[] => {
    const step = history.ownerOf(line)
    return step === undefined ? [] : [{ step, side }]
  }
  if (count > 0) return Array.from({ length: count }, (_, index) => of(start + index, 'above')).flat()
  const around = [...of(start - 1, 'above'), ...of(start, 'below')]
  // An empty file has no lines: what came last brought it.
  return around.length > 0
    ? around
    : [{ step: history.steps.findLastIndex(({ kind }) => kind !== 'end'), side: 'above' }]
}
