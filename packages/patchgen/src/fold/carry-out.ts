import { EditImpossible } from '../errors.ts'
import { absent, type FileDifference } from '../git/tree-diff.ts'
import { FoldRefused } from './errors.ts'
import type { History } from './history.ts'
import { creatorOf, type Settled } from './homes.ts'
import type { PatchParts } from './parts.ts'
import type { Placed } from './pieces.ts'
import { type Solution, solve, Unsolvable } from './solve.ts'
import { encodingOf } from './trace.ts'

/** Where each change went, and how. */
export type Outcome = ReadonlyMap<Settled, { readonly patch: number; readonly how: string }>

/**
 * Says what must change in the patches.
 * @param parts - of each patch of the chain; they are told.
 * @param added - files for which operations are to be added, not changed.
 * @throws FoldRefused for what cannot be.
 */
export const carryOut = async (
  settled: readonly Settled[],
  histories: ReadonlyMap<string, History>,
  parts: readonly PatchParts[],
  added: ReadonlySet<string>,
): Promise<Outcome> => {
  const outcome = new Map<Settled, { patch: number; how: string }>()
  for (const one of settled) {
    if (one.kind === 'lines') continue
    outcome.set(one, { patch: one.patch, how: putFile(one, histories, parts) })
  }
  const texts = Map.groupBy(
    settled.filter(one => one.kind === 'lines'),
    ({ difference }) => difference,
  )
  for (const [difference, pieces] of texts) {
    const history = histories.get(difference.path)
    if (!history) continue
    const canChange: Parameters<typeof solve>[3] = operation =>
      parts.some(({ source }) => source?.operations.has(operation))
    const placed = new Map(
      pieces.map(one => [one, atEndIf(history, one.placed, added.has(difference.path), canChange)] as const),
    )
    const { remedies, how } = await solved(difference, history, [...placed.values()], canChange)
    for (const remedy of remedies) {
      const part = partOf(parts, remedy.patch)
      if (remedy.kind === 'tree')
        part.tree.set(difference.path, {
          ...contentOf(difference),
          content: Buffer.from(remedy.text, encodingOf(difference.was)),
        })
      else if (remedy.kind === 'operation') part.operations.set(remedy.operation, remedy.now)
      else part.added.push({ kind: 'edit', path: difference.path, operations: remedy.operations })
    }
    for (const [one, its] of placed)
      outcome.set(one, { patch: history.patchOf(its.step) ?? 0, how: how.get(its) ?? '' })
  }
  return outcome
}

const partOf = (parts: readonly PatchParts[], patch: number): PatchParts => {
  const part = parts[patch]
  if (!part) throw new RangeError(`there is no patch ${patch}`)
  return part
}

const contentOf = ({ is, newMode }: FileDifference) => ({ content: is, isExecutable: newMode === '100755' })

/** An operation that cannot be changed where it is written leaves the end of its patch. */
const atEndIf = (
  history: History,
  placed: Placed,
  isAdded: boolean,
  canChange: Parameters<typeof solve>[3],
): Placed => {
  const step = history.steps[placed.step]
  if (step?.kind !== 'operation' || (!isAdded && canChange(step.operation))) return placed
  return { ...placed, step: history.endOf(step.patch) ?? placed.step }
}

const solved = async (
  { path }: FileDifference,
  history: History,
  placed: readonly Placed[],
  canChange: Parameters<typeof solve>[3],
): Promise<Solution> => {
  const places = () => placed.map(({ piece }) => `${path}:${piece.line}`)
  try {
    return await solve(path, history, placed, canChange)
  } catch (error) {
    if (error instanceof Unsolvable)
      throw new FoldRefused(
        places(),
        `${error.message}, and it is not written where it could be changed`,
        'Change edits.ts by hand first.',
        error,
      )
    if (error instanceof EditImpossible)
      throw new FoldRefused(
        places(),
        'no edit says this: a last line without its line break, or nothing left but blank lines',
        'Put back what is missing.',
        error,
      )
    throw error
  }
}

/** A new file, one that goes away, or one of tree/ as a whole. */
const putFile = (
  { kind, difference, patch }: Extract<Settled, { patch: number }>,
  histories: ReadonlyMap<string, History>,
  parts: readonly PatchParts[],
): string => {
  const { path, newMode, was } = difference
  const part = partOf(parts, patch)
  const history = histories.get(path)
  if (kind === 'mode') {
    const lines = history?.steps[0]?.lines ?? []
    part.tree.set(path, { ...contentOf(difference), content: Buffer.from(lines.join(''), encodingOf(was)) })
    return 'mode of the tree file'
  }
  if (newMode !== absent) {
    part.tree.set(path, contentOf(difference))
    return kind === 'file' ? 'new tree file' : 'tree file'
  }
  if (creatorOf(history) === patch) {
    part.tree.set(path, undefined)
    for (const later of parts.slice(patch)) later.dropEdits(path)
    return 'tree file taken away'
  }
  part.dropEdits(path)
  part.added.push({ kind: 'delete', path })
  return 'added deleteFile()'
}
