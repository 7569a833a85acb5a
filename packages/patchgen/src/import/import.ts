import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { exists, makeDirAtomic, printable, type Report, silent } from '@kseries/host'
import { printEdits } from '../infer/print.ts'
import type { Message } from '../series/message.ts'
import { seriesName } from '../series/schema.ts'
import { ImportRefused } from './errors.ts'
import { messageFile } from './message-file.ts'
import { type PatchParts, patchOf } from './patch-of.ts'
import type { Step } from './steps.ts'

/** What is to become a series folder. */
export interface ImportJob {
  /** The repository that has the trees; it is only read. */
  readonly gitDir: string
  readonly steps: readonly Step[]
  readonly cover?: Message | undefined
  /** Where it comes from, for the cover letter of one that has none. */
  readonly origin: string
  /** YYYY-MM-DD, when the series was begun. */
  readonly date: string
  /** '7.3', if the base has a version. */
  readonly base?: string | undefined
  readonly version?: number
  readonly rfc?: boolean
  /** The folder to make; its name is the series'. */
  readonly folder: string
  readonly signal?: AbortSignal | undefined
  readonly report?: Report
}

export interface Imported {
  readonly folder: string
  /** Names of the patches. */
  readonly patches: readonly string[]
  /** Patches whose message was changed, for the rules of message.md. */
  readonly reworded: readonly string[]
}

/**
 * Makes a series folder of commits: generated onto their base, it gives their trees, one by one. Whole or not at all.
 * @throws ImportRefused for a folder that exists or a name that no series has, and what a folder cannot have.
 */
export const importSeries = async (job: ImportJob): Promise<Imported> => {
  const { gitDir, steps, folder, signal, report = silent } = job
  const name = basename(folder)
  if (!seriesName.safeParse(name).success)
    throw new ImportRefused(name, "a series' name must be lower-case words with -", 'Give another folder: --out DIR.')
  if (await exists(folder))
    throw new ImportRefused(folder, 'it exists already', 'Give a folder that does not exist: --out DIR.')
  if (steps.length > 99) throw new ImportRefused(name, `it must have at most 99 patches: it has ${steps.length}`)
  const patches: {
    readonly name: string
    readonly parts: PatchParts
    readonly text: string
    readonly changed: boolean
  }[] = []
  for (const [index, step] of steps.entries()) {
    report({ kind: 'update', id: 'import', text: printable(step.subject), fraction: index / steps.length })
    if (step.before === step.after) throw new ImportRefused(step, 'it changes nothing')
    if (!hasWords(step.subject)) throw new ImportRefused(step, 'its subject has no words')
    const parts = await patchOf(gitDir, step, signal)
    patches.push({ name: patchName(index, step.subject), parts, ...messageFile(step, 'commit') })
  }
  const { subject = '', body = `Imported from ${job.origin}.` } = job.cover ?? {}
  const cover = { subject: hasWords(subject) ? subject : name, body }
  await makeDirAtomic(folder, async temporary => {
    await writeFile(join(temporary, 'series.ts'), seriesFile(job, printable(cover.subject)))
    await writeFile(join(temporary, 'cover.md'), messageFile(cover, 'cover').text)
    for (const { name: patch, parts, text } of patches) await writePatch(join(temporary, 'patches', patch), parts, text)
  })
  return {
    folder,
    patches: patches.map(patch => patch.name),
    reworded: patches.filter(({ changed }) => changed).map(patch => patch.name),
  }
}

const hasWords = (subject: string) => /[\p{L}\p{N}]/u.test(subject)

const writePatch = async (folder: string, { edits, files }: PatchParts, message: string) => {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'message.md'), message)
  if (edits.length > 0) await writeFile(join(folder, 'edits.ts'), printEdits(edits))
  for (const { path, isExecutable, content } of files) {
    const target = join(folder, 'tree', path)
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, content)
    if (isExecutable) await chmod(target, 0o755)
  }
}

/** '03-add-a-provider': the number, and the first words behind the area. */
const patchName = (index: number, subject: string): string => {
  const what = subject.replace(/^[^:]*: */, '') || subject
  const words = what.toLowerCase().match(/[a-z0-9]+/g) ?? ['patch']
  let name = String(index + 1).padStart(2, '0')
  for (const word of words) {
    if (name.length + word.length > 40 && name.length > 3) break
    name += `-${word.slice(0, 30)}`
  }
  return name
}

const seriesFile = ({ date, base, version = 1, rfc = false }: ImportJob, title: string): string => {
  const lines = [
    `title: ${JSON.stringify(title.slice(0, 120))},`,
    `date: '${date}',`,
    ...(base === undefined ? [] : [`bases: ['${base}'],`]),
    ...(version > 1 ? [`version: ${version},`] : []),
    ...(rfc ? ['rfc: true,'] : []),
  ]
  return `import { defineSeries } from '@kseries/patchgen'\n\nexport default defineSeries({\n${lines.map(line => `  ${line}\n`).join('')}})\n`
}
