import { stat } from 'node:fs/promises'
import { type Subject, subjectOfMbox, subjectOfRange, subjectOfSeries } from '@kseries/check'
import { exists, type Report, run } from '@kseries/host'
import { importTree, parseTreeSource } from '@kseries/kernel'
import { generate, ImportRefused } from '@kseries/patchgen'
import type { ProvableSeries } from '../prove/prove.ts'
import { baseFor } from '../run/commits.ts'
import { fragmentsOf } from '../run/image.ts'
import { chainsFor } from '../series.ts'

export interface SubjectOptions {
  /** For a series and an mbox: what it goes onto. */
  readonly base?: string
  /** For a range: where it is. */
  readonly repo: string
  readonly signal: AbortSignal
  readonly report: Report
}

/** A subject; of a series folder also what its tests can be run with. */
export interface OpenedSubject {
  readonly subject: Subject
  readonly series?: ProvableSeries
}

/**
 * What a command line calls SUBJECT: a file is an mbox, `A..B` a range, anything else a series by its name or folder.
 * @throws UnknownSeries, ImportRefused, and what the sources of trees throw
 */
export const openSubject = async (name: string, options: SubjectOptions): Promise<OpenedSubject> => {
  const { signal, report, repo } = options
  const kind = await kindOf(name)
  if (kind === 'range') return { subject: await subjectOfRange(await gitDirOf(repo, name, signal), name, signal) }
  const [chain = []] = kind === 'series' ? await chainsFor([name]) : []
  const base = parseTreeSource(baseFor(chain, options.base))
  const tree = await importTree(base, { report, signal })
  const { gitDir, commit, label } = tree
  if (kind === 'mbox') return { subject: await subjectOfMbox(name, gitDir, commit, signal) }
  const generated = await generate(chain, { gitDir, base: commit, label, report, signal })
  const [x86, arm] = await Promise.all([fragmentsOf(chain, 'x86_64'), fragmentsOf(chain, 'arm64')])
  const fragments = { x86_64: x86, arm64: arm }
  return {
    subject: await subjectOfSeries(chain, generated, fragments, signal),
    series: { chain, generated, base: tree },
  }
}

const kindOf = async (name: string): Promise<Subject['kind']> => {
  const found = await stat(name).catch(() => undefined)
  if (found?.isFile()) return 'mbox'
  if (!found && /[^./]\.\.[^./]/.test(name)) return 'range'
  return 'series'
}

/**
 * The git directory of a person's repository.
 * @param what - what is wanted of it, for the error.
 * @throws ImportRefused if there is none.
 */
export const gitDirOf = async (repo: string, what: string, signal: AbortSignal): Promise<string> => {
  if (!(await exists(repo)))
    throw new ImportRefused(what, `there is no folder ${repo}`, 'Name the repository: --repo DIR.')
  const { exitCode, stdout } = await run('git', ['-C', repo, 'rev-parse', '--absolute-git-dir'], {
    signal,
    okCodes: [0, 128],
  })
  if (exitCode !== 0) throw new ImportRefused(what, `${repo} is no git repository`, 'Name the repository: --repo DIR.')
  return stdout
}
