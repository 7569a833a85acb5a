import { dirname } from 'node:path'
import { contentKey, KseriesError, type Report, silent, withLock } from '@kseries/host'
import type { PatchPlace } from '../errors.ts'
import { type Generated, generate } from '../generate/generate.ts'
import { git } from '../git/repository.ts'
import { absent } from '../git/tree-diff.ts'
import type { Series } from '../series/load.ts'
import { carryOut, type Outcome } from './carry-out.ts'
import { changesOf, type EditedTree, readable } from './edited.ts'
import { FoldRefused, HomeUnclear } from './errors.ts'
import { type FileChange, replaceFiles } from './folder.ts'
import type { History } from './history.ts'
import { type Change, changesIn, questionsOf, type Settled, settle } from './homes.ts'
import { PatchParts } from './parts.ts'
import { type Answer, placeOf, type Question } from './questions.ts'
import { type ChainPatch, patchesOf, traceFiles } from './trace.ts'
import { verify } from './verify.ts'

export interface FoldJob {
  /** Of loadChain(). */
  readonly chain: readonly Series[]
  readonly gitDir: string
  /** What the chain was generated onto. */
  readonly base: string
  readonly label: string
  readonly edited: EditedTree
  readonly signal?: AbortSignal | undefined
}

/** Changes of a tree, before they are folded. */
export interface Edits {
  readonly job: FoldJob
  readonly generated: Generated
  readonly changes: readonly Change[]
  readonly histories: ReadonlyMap<string, History>
  /** What somebody must say before it can go on. */
  readonly questions: readonly Question[]
}

/** A hunk and where it went. */
export interface FoldedHunk extends PatchPlace {
  readonly file: string
  /** In the edited tree, from 1; 0 for the file as a whole. */
  readonly line: number
  /** 'tree file', 'text of insertAfter()', 'added replace()', … */
  readonly how: string
}

export interface Folded {
  readonly hunks: readonly FoldedHunk[]
  /** Files of the series folders that change, below the folder that they stand in. */
  readonly files: readonly string[]
  /** What the changed folders give: a commit with the edited tree. */
  readonly generated: Generated
}

/**
 * Finds what somebody changed in a generated tree, and which patch each hunk belongs to: the last one that touched its lines.
 * @throws what generate() throws; NotTheSeries for a tree that is not the series with more on top; FoldRefused for what a
 * series cannot say.
 */
export const readEdits = async (job: FoldJob): Promise<Edits> => {
  const { chain, gitDir, base, label, edited, signal } = job
  const generated = await generate(chain, { gitDir, base, label, branches: false, signal })
  const differences = await changesOf(generated, edited, signal)
  const heads = new Map(
    differences.flatMap(({ path, oldMode, was }) => (oldMode === absent ? [] : [[path, was] as const])),
  )
  const histories = await traceFiles(
    chain,
    { gitDir: generated.gitDir, base: generated.base.commit, label },
    heads,
    signal,
  )
  const renamed = await renamedFiles(generated, edited, signal)
  const changes = changesIn(differences, histories, patchesOf(chain), renamed)
  return { job, generated, changes, histories, questions: questionsOf(changes) }
}

/**
 * Brings changes home. The changed folders are made beside, generated onto the same base, and must give the edited tree to the
 * letter; only then is anything written, and then all of it or nothing.
 *
 * @param answer - names the patch for each of `questions`.
 * @param options.dryRun - everything but the writing.
 * @throws HomeUnclear for questions without an answer; FoldRefused naming what cannot be placed; FoldInterrupted if the folder
 * was changed meanwhile.
 */
export const foldEdits = async (
  edits: Edits,
  answer: Answer,
  { dryRun = false, report = silent }: { readonly dryRun?: boolean; readonly report?: Report } = {},
): Promise<Folded> => {
  const { job, generated } = edits
  const patches = patchesOf(job.chain)
  const { settled, open } = settle(edits.changes, patches, answer)
  if (open.length > 0)
    throw new HomeUnclear(
      open.map(one => ({ ...one, patches: one.patches.map(({ series, patch }) => `${series}/${patch}`) })),
    )
  if (settled.length === 0) return { hunks: [], files: [], generated }
  const home = dirname(job.chain.at(-1)?.folder ?? '')
  const work = async () => {
    const { outcome, changes, made } = await placedSoThatItHolds(edits, settled, report)
    if (!dryRun) await replaceFiles(home, changes)
    return { hunks: hunksOf(settled, patches, outcome), files: changes.map(({ path }) => path), generated: made }
  }
  return await withLock(`fold-${contentKey(home)}`, work, { signal: job.signal })
}

interface Held {
  readonly outcome: Outcome
  readonly changes: readonly FileChange[]
  readonly made: Generated
}

/**
 * Changes operations where they are written, if that gives the tree; if it does not, as when code made them, adds operations
 * to the patch instead.
 */
const placedSoThatItHolds = async (edits: Edits, settled: readonly Settled[], report: Report): Promise<Held> => {
  const { job, histories } = edits
  let added: ReadonlySet<string> = new Set()
  for (;;) {
    const parts = await Promise.all(patchesOf(job.chain).map(PatchParts.read))
    const outcome = await carryOut(settled, histories, parts, added)
    const changes = parts.flatMap(part => part.changes())
    report({ kind: 'update', id: 'fold', text: `generate with ${changes.length} changed files` })
    const found = await verify(job, changes)
    if (found.kind === 'holds') return { outcome, changes, made: found.generated }
    const files = found.files.length > 0 ? found.files : [...new Set(settled.map(({ difference }) => difference.path))]
    if (files.every(file => added.has(file)))
      throw new FoldRefused(
        files,
        found.why,
        'Bring these hunks into the series folder by hand; nothing was written.',
        found.cause,
      )
    added = new Set([...added, ...files])
  }
}

const hunksOf = (settled: readonly Settled[], patches: readonly ChainPatch[], outcome: Outcome): FoldedHunk[] =>
  settled.map(one => {
    const { patch, how } = outcome.get(one) ?? { patch: 0, how: '' }
    const its = patches[patch]
    if (!its) throw new KseriesError(`This is a defect of kseries: there is no patch ${patch}`)
    return { file: one.difference.path, line: one.kind === 'lines' ? one.placed.piece.line : 0, ...placeOf(its), how }
  })

/** New paths of files that git takes for renamed, by new path. */
const renamedFiles = async (
  generated: Generated,
  edited: EditedTree,
  signal?: AbortSignal,
): Promise<Map<string, string>> => {
  const { stdout } = await git(
    generated.gitDir,
    ['diff-tree', '-r', '-M', '--diff-filter=R', '--raw', '-z', generated.head, edited.tree],
    { signal, pure: true, env: readable(edited) },
  )
  return new Map([...stdout.matchAll(/ R\d+\0([^\0]+)\0([^\0]+)\0/g)].map(([, from = '', to = '']) => [to, from]))
}
