import { rm } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { ExitCode, exists, KseriesError, printable, run } from '@kseries/host'
import { importTree, parseTreeSource } from '@kseries/kernel'
import {
  generate,
  type Imported,
  ImportRefused,
  importSeries,
  loadChain,
  readMbox,
  type Step,
  stepsOfMails,
  stepsOfRange,
} from '@kseries/patchgen'
import { chooseView, runStages, type Stage } from '../ui/stage.ts'
import { setupStage } from './setup.ts'

export interface ImportCommandOptions {
  readonly out?: string
  /** For an mbox: what it applies to. */
  readonly base: string
  /** For a range: where it is. */
  readonly repo: string
  readonly json?: boolean
  readonly quiet?: boolean
}

interface Context {
  imported?: Imported
}

/** `kseries import`: a series folder out of commits or mails. */
export const importCommand = async (
  subject: string,
  options: ImportCommandOptions,
  signal: AbortSignal,
): Promise<ExitCode> => {
  const isFile = await exists(subject)
  if (!isFile && !subject.includes('..'))
    throw new ImportRefused(subject, 'it is no file and no range of commits', 'Give an mbox, or BASE..TIP.')
  const folder = resolve(options.out ?? folderFor(subject))
  const context: Context = {}
  const stages = isFile ? ofMbox(subject, folder, options, signal) : ofRange(subject, folder, options, signal)
  await runStages<Context>([setupStage([], signal), ...stages], context, chooseView(options))
  const { imported } = context
  if (!imported) return ExitCode.infra
  if (options.json) process.stdout.write(`${JSON.stringify({ type: 'imported', ...imported })}\n`)
  else process.stdout.write(`${imported.folder}\n${imported.patches.map(name => `  ${name}\n`).join('')}`)
  return ExitCode.ok
}

/** In the current folder: 'v2-fix-it' for 'v2-fix-it.mbox'. */
const folderFor = (subject: string) =>
  basename(subject)
    .replace(/\.(mbox|mbx|eml)$/, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')

const ofMbox = (path: string, folder: string, options: ImportCommandOptions, signal: AbortSignal): Stage<Context>[] => [
  {
    title: `series folder of ${printable(basename(path))}`,
    work: async (context, report) => {
      const { cover, patches, version, rfc, date, notes } = await readMbox(path, signal)
      for (const text of notes) report({ kind: 'note', text: printable(text) })
      const { gitDir, commit, label } = await importTree(parseTreeSource(options.base), { report, signal })
      const steps = await stepsOfMails(gitDir, commit, patches, signal)
      const base = /^\d+\.\d+$/.test(options.base) ? options.base : undefined
      const origin = basename(path)
      const job = { gitDir, steps, cover, origin, date, version, rfc, folder, signal, report }
      context.imported = await importSeries({ ...job, ...(base && { base }) })
      await prove(folder, steps, { gitDir, base: commit, label, signal }).catch(async (error: unknown) => {
        await rm(folder, { recursive: true, force: true })
        throw error
      })
      return summary(context.imported)
    },
  },
]

const ofRange = (
  range: string,
  folder: string,
  options: ImportCommandOptions,
  signal: AbortSignal,
): Stage<Context>[] => [
  {
    title: `series folder of ${range}`,
    work: async (context, report) => {
      const { stdout: gitDir } = await run('git', ['-C', options.repo, 'rev-parse', '--absolute-git-dir'], { signal })
      const { steps, date } = await stepsOfRange(gitDir, range, signal)
      context.imported = await importSeries({ gitDir, steps, origin: range, date, folder, signal, report })
      return summary(context.imported)
    },
  },
]

/** The folder, generated, gives the very trees that the mails gave. */
const prove = async (
  folder: string,
  steps: readonly Step[],
  options: { readonly gitDir: string; readonly base: string; readonly label: string; readonly signal: AbortSignal },
) => {
  const { commits } = await generate(await loadChain(folder), options)
  const wrong = commits.find(({ tree }, index) => tree !== steps[index]?.after)
  if (wrong)
    throw new KseriesError(`This is a defect of kseries: ${wrong.patch} of ${folder} gives another tree than its mail`)
}

const summary = ({ patches, reworded }: Imported) =>
  `${patches.length} patches${reworded.length > 0 ? `; the messages of ${reworded.join(', ')} were brought into form` : ''}`
