import type { Operation } from '../edits/types.ts'
import { linesOf } from '../infer/hunks.ts'
import { gives, inferOperations } from '../infer/infer.ts'
import { printOperation } from '../infer/print.ts'
import { compose } from './compose.ts'
import { BASE, type History, regionOf } from './history.ts'
import { rewordings } from './in-place.ts'
import type { Placed } from './pieces.ts'

/** What must change in a series so that a file comes out changed. */
export type Remedy =
  /** The whole file in tree/. */
  | { readonly kind: 'tree'; readonly patch: number; readonly text: string }
  /** An operation gives way to others; to none if it has nothing to do any more. */
  | {
      readonly kind: 'operation'
      readonly patch: number
      readonly operation: Operation
      readonly now: readonly Operation[]
    }
  /** More operations at the end of a patch. */
  | { readonly kind: 'end'; readonly patch: number; readonly operations: readonly Operation[] }

export interface Solution {
  readonly remedies: readonly Remedy[]
  /** How each piece came home, in words. */
  readonly how: ReadonlyMap<Placed, string>
}

/** A patch's operation needs another anchor, and cannot get one. */
export class Unsolvable extends Error {
  readonly patch: number

  constructor(patch: number, why: string) {
    super(why)
    this.patch = patch
  }
}

/**
 * Works out how a series must change so that a file comes out with pieces carried out, each after its step. Steps before a
 * piece and those that it does not touch stay as they are; a later operation whose anchor it changed gets a new one.
 *
 * @param canChange - whether an operation may be changed where it is written.
 * @throws Unsolvable; EditImpossible for a text that no operation makes.
 */
export const solve = async (
  path: string,
  history: History,
  placed: readonly Placed[],
  canChange: (operation: Operation) => boolean,
): Promise<Solution> => {
  const remedies: Remedy[] = []
  const how = new Map<Placed, string>()
  let previous = compose(history, BASE, []).from
  for (const [index, step] of history.steps.entries()) {
    const own = placed.filter(one => one.step === index)
    const earlier = placed.filter(one => one.step < index)
    const { from, to, hunks } = compose(history, index, earlier, own)
    switch (step.kind) {
      case 'tree':
        if (own.length > 0) remedies.push({ kind: 'tree', patch: step.patch, text: to })
        for (const one of own) how.set(one, 'tree file')
        break
      case 'end': {
        if (own.length === 0) break
        const operations = await inferOperations(path, from, to, hunks)
        remedies.push({ kind: 'end', patch: step.patch, operations })
        for (const one of own) how.set(one, `added ${namesOf(operations)}`)
        break
      }
      case 'operation': {
        const { operation, patch } = step
        if (own.length === 0 && (await gives(path, previous, [operation], to))) break
        if (!canChange(operation)) throw new Unsolvable(patch, `an anchor of ${nameOf(operation)} is on these lines`)
        const changed = await change(path, previous, operation, { history, index, earlier, own })
        remedies.push({ kind: 'operation', patch, operation, now: changed.now })
        for (const one of own) how.set(one, changed.how.get(one) ?? `instead of ${nameOf(operation)}`)
      }
    }
    previous = to
  }
  return { remedies, how }
}

interface Turn {
  readonly history: History
  readonly index: number
  readonly earlier: readonly Placed[]
  readonly own: readonly Placed[]
}

/** What an operation must become: with another text, with others behind it, or others in its place. */
const change = async (
  path: string,
  previous: string,
  operation: Operation,
  { history, index, earlier, own }: Turn,
): Promise<{ readonly now: readonly Operation[]; readonly how: ReadonlyMap<Placed, string> }> => {
  const how = new Map<Placed, string>()
  const { from, to } = compose(history, index, earlier, own)
  if (previous === to) {
    for (const one of own) how.set(one, `${nameOf(operation)} taken away`)
    return { now: [], how }
  }
  // Its anchor first, if that has gone; then its text.
  const [anchored, ...more] = (await gives(path, previous, [operation], from))
    ? [operation]
    : await inferred(path, previous, from)
  if (!anchored || more.length > 0) return { now: await inferred(path, previous, to), how }
  let current = anchored
  let done: readonly Placed[] = earlier
  for (const one of own) {
    const wanted = compose(history, index, [...done, one])
    const reworded = await firstThatGives(
      path,
      previous,
      rewordings(current, compose(history, index, done).from, wanted.from),
      wanted.from,
    )
    if (!reworded) continue
    how.set(one, `text of ${nameOf(reworded)}`)
    current = reworded
    done = [...done, one]
  }
  const rest = own.filter(one => !done.includes(one))
  const left = compose(history, index, done, rest)
  const added = rest.length > 0 ? await inferOperations(path, left.from, left.to, left.hunks) : []
  for (const one of rest) how.set(one, `added ${namesOf(added)}`)
  return { now: [current, ...added], how }
}

/** Operations that make one text of another, which differ in one region. */
const inferred = async (path: string, before: string, after: string): Promise<readonly Operation[]> => {
  const { start, oldCount, newCount } = regionOf(linesOf(before), linesOf(after))
  return await inferOperations(path, before, after, [{ oldStart: start, oldCount, newStart: start, newCount }])
}

const firstThatGives = async (
  path: string,
  before: string,
  candidates: Iterable<Operation>,
  wanted: string,
): Promise<Operation | undefined> => {
  for (const candidate of candidates) if (await gives(path, before, [candidate], wanted)) return candidate
  return undefined
}

/** The builder of an operation, as a person calls it: "insertAfter()". */
export const nameOf = (operation: Operation): string => `${printOperation(operation, '').split('(')[0]}()`

const namesOf = (operations: readonly Operation[]) => [...new Set(operations.map(nameOf))].join(', ')
