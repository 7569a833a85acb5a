import type { Operation } from '../edits/types.ts'

/** One thing that was done to a file, and its lines afterwards. */
export type Step =
  /** A patch brought the file in its tree/. */
  | { readonly kind: 'tree'; readonly patch: number; readonly lines: readonly string[] }
  | {
      readonly kind: 'operation'
      readonly patch: number
      readonly operation: Operation
      readonly lines: readonly string[]
    }
  /** A patch was through with the file: here it may do more. */
  | { readonly kind: 'end'; readonly patch: number; readonly lines: readonly string[] }

/** The step that stands for the base. */
export const BASE = -1

/**
 * How a file came to be what it is at the head of a chain, operation by operation, and which of them each line is from. Finer
 * than `git blame`, which knows commits; between commits the two agree.
 */
export class History {
  /** Lines of the base; undefined if it has no such file. */
  readonly base: readonly string[] | undefined
  readonly steps: readonly Step[]
  readonly #positions: readonly (readonly (number | undefined)[])[]

  constructor(base: readonly string[] | undefined, steps: readonly Step[]) {
    this.base = base
    this.steps = steps
    this.#positions = positionsOf(base, steps)
  }

  /** The lines at the head. */
  get head(): readonly string[] {
    return this.steps.at(-1)?.lines ?? this.base ?? []
  }

  /** Where a line of the head stood after a step, from 0; undefined if it was not there yet. */
  at(step: number, line: number): number | undefined {
    return this.#positions[step + 1]?.[line]
  }

  /** The step that a line of the head is from; undefined for a line that the head has not. */
  ownerOf(line: number): number | undefined {
    if (line < 0 || line >= this.head.length) return undefined
    const first = this.#positions.findIndex(positions => positions[line] !== undefined)
    return first - 1
  }

  /** The patch of a step; undefined for the base. */
  patchOf(step: number): number | undefined {
    return this.steps[step]?.patch
  }

  /** The step after which a patch is through with the file; undefined if the file was not there then. */
  endOf(patch: number): number | undefined {
    const step = this.steps.findIndex(one => one.kind === 'end' && one.patch === patch)
    return step < 0 ? undefined : step
  }

  /** The patches that change the file, in order. */
  get patches(): readonly number[] {
    return [...new Set(this.steps.flatMap(step => (step.kind === 'end' ? [] : [step.patch])))]
  }
}

/** For the base and each step: where each line of the head stands. */
const positionsOf = (base: readonly string[] | undefined, steps: readonly Step[]): (number | undefined)[][] => {
  const states = [base ?? [], ...steps.map(({ lines }) => lines)]
  let current: (number | undefined)[] = [...(states.at(-1)?.keys() ?? [])]
  const positions = [current]
  for (let index = steps.length - 1; index >= 0; index--) {
    const [before = [], after = []] = [states[index], states[index + 1]]
    if (before !== after) {
      const step = steps[index]
      const text = step?.kind === 'operation' && 'text' in step.operation ? step.operation.text : undefined
      const { start, oldCount, newCount } = regionOf(before, after, text)
      current = current.map(at => {
        if (at === undefined || at < start) return at
        return at < start + newCount ? undefined : at - newCount + oldCount
      })
    }
    positions.unshift(current)
  }
  return positions
}

/** A run of lines that gave way to another. */
export interface Region {
  readonly start: number
  readonly oldCount: number
  readonly newCount: number
}

/**
 * Where two lists of lines differ, as one region.
 * @param text - lines that are new. Lines put in may be the same as those around them; it tells which are which.
 */
export const regionOf = (before: readonly string[], after: readonly string[], text?: string): Region => {
  const most = Math.min(before.length, after.length)
  let head = 0
  while (head < most && before[head] === after[head]) head++
  let tail = 0
  while (tail < most - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++
  const [oldCount, newCount] = [before.length - head - tail, after.length - head - tail]
  if (oldCount === 0 && text !== undefined) {
    for (let start = head; start >= 0; start--) {
      if (after.slice(start, start + newCount).join('') === text) return { start, oldCount, newCount }
      if (after[start - 1] !== after[start - 1 + newCount]) break
    }
  }
  return { start: head, oldCount, newCount }
}
