import { createInterface } from 'node:readline/promises'
import { ExitCode, exists, KseriesError, type Report } from '@kseries/host'
import {
  checkout,
  importTree,
  type KernelTree,
  LocalChanges,
  parseTreeSource,
  takeSnapshot,
  workTreePath,
} from '@kseries/kernel'
import {
  type Answer,
  type Edits,
  type Folded,
  foldEdits,
  type Generated,
  patchNamed,
  type Question,
  readEdits,
  type Series,
} from '@kseries/patchgen'
import { workTreeName } from '../run/image.ts'
import { chainsFor, nameOf } from '../series.ts'
import { chooseView, runStages } from '../ui/stage.ts'
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

interface Context {
  base?: KernelTree
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
  const base = options.base ?? chain.at(-1)?.meta.bases[0] ?? '7.3'
  const context: Context = {}
  const view = chooseView(options)
  const bringing = {
    title: `Linux ${base}`,
    work: async (it: Context, report: Report) => {
      it.base = await importTree(parseTreeSource(base), { report, signal })
      return it.base.origin
    },
  }
  await runStages<Context>([setupStage([], signal), bringing], context, view)
  if (!context.base) return ExitCode.infra
  const { gitDir, commit, label } = context.base
  const workTree = workTreeName(chain, { base: { label } })
  const folder = options.tree ?? workTreePath(workTree)
  if (!(await exists(folder))) throw new NoTree(folder, nameOf(chain))
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
  const answer = into ? () => into : await asked(edits, chain, options, signal)
  const folding = {
    title: options.dryRun ? 'series folder, on trial' : 'series folder',
    work: async (it: Context, report: Report) => {
      it.folded = await foldEdits(edits, answer, { dryRun: options.dryRun ?? false, report })
      return 'gives the same tree'
    },
  }
  if (edits.changes.length > 0) await runStages<Context>([folding], context, view)
  const folded = context.folded ?? { hunks: [], files: [], generated: edits.generated }
  const isOurs = options.tree === undefined && options.dryRun !== true
  const moved = isOurs && (await moveOwn(workTree, folded.generated, signal))
  print(folded, { moved, tree: edited.path, options })
  return ExitCode.ok
}

/** Asks on a terminal for what is unclear. */
const asked = async (
  { questions }: Edits,
  chain: readonly Series[],
  { input, json }: FoldCommandOptions,
  signal: AbortSignal,
): Promise<Answer> => {
  const answers = new Map<Question, ReturnType<Answer>>()
  if (questions.length === 0 || !input || json || !process.stdin.isTTY || !process.stderr.isTTY)
    return question => answers.get(question)
  using lines = createInterface({ input: process.stdin, output: process.stderr })
  for (const question of questions) {
    const likely = question.patches.map(({ series, patch }) => `${series}/${patch}`)
    const hint = likely.length > 0 ? ` (${likely.join(', ')})` : ''
    for (;;) {
      const said = (
        await lines.question(`${question.place}: ${question.why}. Into which patch?${hint} `, { signal })
      ).trim()
      try {
        answers.set(question, patchNamed(chain, said))
        break
      } catch (error) {
        if (!(error instanceof KseriesError)) throw error
        process.stderr.write(`${error.message}; ${error.hint}\n`)
      }
    }
  }
  return question => answers.get(question)
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
