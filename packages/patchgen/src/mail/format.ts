import { mkdir, readdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ExitCode, KseriesError } from '@kseries/host'
import type { Generated } from '../generate/generate.ts'
import { git } from '../git/repository.ts'
import type { Series } from '../series/load.ts'
import { coverLetter } from './cover.ts'
import { replaceMails } from './folder.ts'
import { encodeAddress } from './headers.ts'

export interface FormatOptions {
  /** Which version the subjects show; of the last series, needed ones show their own. @default series.ts */
  readonly version?: number
  /** @default series.ts */
  readonly rfc?: boolean
  /** Leave out the patches of the series that the last one needs; its cover letter names them as prerequisites. @default false */
  readonly only?: boolean
  readonly signal?: AbortSignal | undefined
}

export interface Formatted {
  /** Absolute paths in the order in which `git am DIR/*.patch` takes them. */
  readonly patches: readonly string[]
  /** One a series, of names that *.patch does not match: git am would stop at a mail without a patch. */
  readonly covers: readonly string[]
}

/**
 * Writes the commits as mails: NNNN-subject.patch, numbered through the whole chain, and NNNN-SERIES-cover-letter.txt. In the
 * subjects each series counts for itself. Two runs give the same bytes: no git version, no configuration, no clock.
 *
 * What an earlier run wrote into the folder is replaced.
 * @param chain - what `generated` was generated from.
 * @throws ForeignPatches if there are other *.patch files in the folder, which git am would take along; DiskFull;
 * KseriesError for a version that is none.
 */
export const formatPatches = async (
  chain: readonly Series[],
  generated: Generated,
  folder: string,
  options: FormatOptions = {},
): Promise<Formatted> => {
  checkVersion(options.version)
  const patches: string[] = []
  const covers: string[] = []
  await replaceMails(folder, async temporary => {
    for (const [index, series] of chain.entries()) {
      const isLast = index === chain.length - 1
      if (options.only && !isLast) continue
      const made = await formatSeries(generated, series, {
        ...(isLast ? options : {}),
        signal: options.signal,
        folder: temporary,
        needed: chain.slice(0, index),
        before: patches.length,
      })
      covers.push(made.cover)
      patches.push(...made.patches)
    }
    return [...covers, ...patches]
  })
  const inFolder = (name: string) => join(folder, name)
  return { patches: patches.map(inFolder), covers: covers.map(inFolder) }
}

const checkVersion = (version: number | undefined): void => {
  if (version === undefined || (Number.isSafeInteger(version) && version >= 1)) return
  throw new KseriesError(
    `Cannot format patches as version '${version}': a version must be a whole number of at least 1`,
    { exitCode: ExitCode.usage },
  )
}

/** git format-patch, with everything said that a repository's configuration could say otherwise. */
const sameEverywhere = [
  '-c',
  'diff.algorithm=myers',
  '-c',
  'diff.context=3',
  '-c',
  'diff.noprefix=false',
  '-c',
  'diff.mnemonicPrefix=false',
  'format-patch',
  '--quiet',
  '--numbered',
  '--no-cover-letter',
  '--no-signature',
  '--no-renames',
  '--no-color',
  // As long as is usual in the kernel, whatever else is in the repository.
  '--abbrev=12',
  '--stat=72,50',
]

const number = (value: number) => String(value).padStart(4, '0')

interface SeriesOptions extends Pick<FormatOptions, 'version' | 'rfc' | 'signal'> {
  /** Where the mails go. */
  readonly folder: string
  /** The series this one stands on. */
  readonly needed: readonly Series[]
  /** How many patches come before its own. */
  readonly before: number
}

/**
 * Formats one series' commits, numbered for itself in the subjects and on from `before` in the names.
 * @returns the names.
 */
const formatSeries = async (
  generated: Generated,
  series: Series,
  options: SeriesOptions,
): Promise<{ readonly cover: string; readonly patches: readonly string[] }> => {
  const { version = series.meta.version, rfc = series.meta.rfc, signal, folder, needed, before } = options
  const { to, cc } = series.meta
  const prefix = ['PATCH', ...(rfc ? ['RFC'] : []), ...(version > 1 ? [`v${version}`] : [])].join(' ')
  const own = generated.commits.filter(commit => commit.series === series.name)
  const prerequisites = await patchIds(generated, needed, signal)
  const tag = `[${prefix} ${'0'.repeat(String(own.length).length)}/${own.length}]`
  const cover = `${number(before)}-${series.name}-cover-letter.txt`
  const letter = await coverLetter({ series, needed, generated, prerequisites, to, cc, tag }, signal)
  await writeFile(join(folder, cover), letter)

  // git numbers from 1 for each series, so each has a folder of its own.
  const output = join(folder, series.name)
  await mkdir(output)
  const args = [
    `--subject-prefix=${prefix}`,
    `--output-directory=${output}`,
    ...to.map(address => `--to=${encodeAddress(address)}`),
    ...cc.map(address => `--cc=${encodeAddress(address)}`),
    `${own[0]?.hash}^..${own.at(-1)?.hash}`,
  ]
  await git(generated.gitDir, [...sameEverywhere, ...args], { signal, pure: true })
  const patches: string[] = []
  for (const [index, made] of (await readdir(output)).toSorted().entries()) {
    const name = `${number(before + index + 1)}-${made.replace(/^\d+-/, '')}`
    await rename(join(output, made), join(folder, name))
    patches.push(name)
  }
  return { cover, patches }
}

/** The stable patch ids of the commits of some series, in order. */
const patchIds = async (
  { gitDir, commits }: Generated,
  series: readonly Series[],
  signal?: AbortSignal,
): Promise<string[]> => {
  const wanted = commits.filter(commit => series.some(({ name }) => name === commit.series))
  const [first, last] = [wanted[0], wanted.at(-1)]
  if (!first || !last) return []
  const log = await git(
    gitDir,
    ['log', '-p', '--reverse', '--no-renames', '--full-index', `${first.hash}^..${last.hash}`],
    {
      signal,
      pure: true,
      binary: true,
    },
  )
  const { stdout } = await git(gitDir, ['patch-id', '--stable'], { input: log.bytes, signal, pure: true })
  return stdout.split('\n').flatMap(line => line.split(' ')[0] || [])
}
