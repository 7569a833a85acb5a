import { ExitCode, exists, KseriesError, type Report } from '@kseries/host'
import { checkout, LocalChanges, takeSnapshot, workTreePath } from '@kseries/kernel'
import { type Edits, type Folded, foldEdits, type Generated, patchNamed, readEdits } from '@kseries/patchgen'
import { type CommitsContext, commitStages } from '../run/commits.ts'
import { workTreeName } from '../run/image.ts'
import { chainsFor, nameOf } from '../series.ts'
import { askPatches, canAsk } from '../ui/ask-patch.ts'
import { chooseView, runStages, type Stage } from '../ui/stage.ts'
import { setupStage } from './setup.ts'

export interface FoldCommandOptions {
  readonly base?: string
  /** A checkout of the generated commits; default: the cache's own. */
  readonly tree?: string
  readonly into?: string
  /** False with --no-input. */
  readonly input: boolean
  readonly dryRun?: boolean
  readonly json?: boolean
  readonly quiet?: boolean
}

interface Context extends CommitsContext {
  edits?: Edits
  folded?: Folded
}

/** `kseries fold`: what somebody changed in a generated tree goes home into the patches of the series. */
export const fold = async (
  name: string | undefined,
  options: FoldCommandOptions,
  signal: AbortSignal,
): Promise<ExitCode> => {
  const chains = await chainsFor(name === undefined ? [] : [name])
  const [chain] = chains
  if (!chain || chains.length > 1) throw new SeriesUnclear(chains.map(nameOf))
  const into = options.into === undefined ? undefined : patchNamed(chain, options.into)
  const context: Context = {}
  const view = chooseView(options)
  const bringing: readonly Stage<Context>[] = [
    setupStage([], signal),
    ...commitStages(chain, options.base, signal, { branches: false }),
  ]
  await runStages<Context>(bringing, context, view)
  if (!context.tree || !context.generated) return ExitCode.infra
  const { gitDir, commit, label } = context.tree
  const workTree = workTreeName(chain, context.generated)
  const folder = options.tree ?? workTreePath(workTree)
  if (!(await exists(folder))) throw new NoTree(folder, nameOf(chain))
  const isOurs = options.tree === undefined && options.dryRun !== true
  // An old one that nobody edited is no error: it is put where the next edits can begin.
  if (isOurs && (await isUntouched(folder, signal))) await moveOwn(workTree, context.generated, signal)
  await using edited = await takeSnapshot(folder, signal)
  const reading = {
    title: `changes in ${edited.path}`,
    work: async (it: Context) => {
      it.edits = await readEdits({ chain, gitDir, base: commit, label, edited, signal })
      return it.edits.changes.length === 0 ? 'none' : `${it.edits.changes.length}`
    },
  }
  await runStages<Context>([reading], context, view)
  const { edits } = context
  if (!edits) return ExitCode.infra
  const mayAsk = !into && options.input && !options.json && edits.questions.length > 0 && canAsk()
  const answer = mayAsk ? await askPatches(edits.questions, chain, signal) : () => into
  const folding = {
    title: options.dryRun ? 'series folder, on trial' : 'series folder',
    work: async (it: Context, report: Report) => {
      it.folded = await foldEdits(edits, answer, { dryRun: options.dryRun ?? false, report })
      return 'gives the same tree'
    },
  }
  if (edits.changes.length > 0) await runStages<Context>([folding], context, view)
  const folded = context.folded ?? { hunks: [], files: [], generated: edits.generated }
  const moved = isOurs && (await moveOwn(workTree, folded.generated, signal))
  print(folded, { moved, tree: edited.path, options })
  return ExitCode.ok
}

const isUntouched = async (folder: string, signal: AbortSignal): Promise<boolean> => {
  await using snapshot = await takeSnapshot(folder, signal)
  return snapshot.isClean
}

/**
 * Puts our own work tree, which has the same content, at the new commit, so that a run goes on from there.
 * @returns whether that was done: not if it was edited again meanwhile, which is for the next fold.
 */
const moveOwn = async (workTree: string, { head }: Generated, signal: AbortSignal): Promise<boolean> => {
  try {
    await checkout(head, workTree, { signal })
    return true
  } catch (error) {
    if (error instanceof LocalChanges) return false
    throw error
  }
}

const print = (
  { hunks, files, generated }: Folded,
  { moved, tree, options }: { readonly moved: boolean; readonly tree: string; readonly options: FoldCommandOptions },
) => {
  const { json, dryRun = false } = options
  const { head, treeHash } = generated
  if (json) {
    for (const hunk of hunks) process.stdout.write(`${JSON.stringify({ type: 'hunk', ...hunk })}\n`)
    process.stdout.write(`${JSON.stringify({ type: 'folded', dryRun, files, head, treeHash, tree, moved })}\n`)
    return
  }
  if (hunks.length === 0) {
    process.stdout.write(`nothing to fold: ${tree} is what the series generates\n`)
    return
  }
  const rows = hunks.map(({ file, line, series, patch, how }) => [
    line > 0 ? `${file}:${line}` : file,
    `${series}/${patch}`,
    how,
  ])
  const widths = [0, 1].map(column => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  for (const row of rows)
    process.stdout.write(
      `${row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()}\n`,
    )
  process.stdout.write(`\n${dryRun ? 'would write' : 'written'}:\n${files.map(file => `  ${file}\n`).join('')}`)
}

/** Changes of one tree are folded at a time. */
class SeriesUnclear extends KseriesError {
  constructor(names: readonly string[]) {
    super(`Cannot fold: say which series${names.length > 0 ? `: ${names.join(', ')}` : ''}`, {
      hint: 'kseries fold SERIES',
      exitCode: ExitCode.usage,
    })
  }
}

/** There is no tree to look for changes in. */
class NoTree extends KseriesError {
  constructor(tree: string, series: string) {
    super(`Cannot fold into ${series}: there is no tree ${tree}`, {
      hint: `\`kseries build ${series}\` makes one to edit; or name a checkout of the generated branch: --tree DIR.`,
      exitCode: ExitCode.usage,
    })
  }
}
