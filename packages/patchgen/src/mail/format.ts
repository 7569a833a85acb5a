import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { ExitCode, explainDiskErrors, KseriesError, writeFileAtomic } from '@kseries/host'
import type { Generated } from '../generate/generate.ts'
import { git } from '../git/repository.ts'
import type { Series } from '../series/load.ts'
import { coverLetter } from './cover.ts'

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

/** The names of what was written last time, so that it can be replaced and nothing else is. */
const listName = '.kseries-patches'

/**
 * Writes the commits as mails: NNNN-subject.patch, numbered through the whole chain, and NNNN-SERIES-cover-letter.txt. In the
 * subjects each series counts for itself. Two runs give the same bytes: no git version, no configuration, no clock.
 *
 * What an earlier run wrote into the folder is replaced.
 * @param chain - what `generated` was generated from.
 * @throws ForeignPatches if there are other *.patch files in the folder, which git am would take along.
 */
export const formatPatches = async (
  chain: readonly Series[],
  generated: Generated,
  folder: string,
  options: FormatOptions = {},
): Promise<Formatted> => {
  const { signal, only = false } = options
  await explainDiskErrors(folder, () => mkdir(folder, { recursive: true }))
  await removeEarlier(folder)
  const patches: string[] = []
  const covers: string[] = []
  const last = chain.at(-1)
  for (const [index, series] of chain.entries()) {
    if (only && series !== last) continue
    const mine = series === last ? options : {}
    const { version = series.meta.version, rfc = series.meta.rfc } = mine
    const prefix = ['PATCH', ...(rfc ? ['RFC'] : []), ...(version > 1 ? [`v${version}`] : [])].join(' ')
    const { to, cc } = series.meta
    const own = generated.commits.filter(commit => commit.series === series.name)
    const needed = chain.slice(0, index)
    const prerequisites = await patchIds(generated, needed, signal)
    const zero = '0'.repeat(String(own.length).length)
    const cover = await coverLetter(
      { series, needed, generated, prerequisites, to, cc, tag: `[${prefix} ${zero}/${own.length}]` },
      signal,
    )
    const coverPath = join(folder, `${number(patches.length)}-${series.name}-cover-letter.txt`)
    await writeFileAtomic(coverPath, cover)
    covers.push(coverPath)
    patches.push(...(await formatOne(generated, series, folder, patches.length, { prefix, to, cc, signal })))
  }
  await writeFileAtomic(join(folder, listName), [...covers, ...patches].map(path => `${basename(path)}\n`).join(''))
  return { patches, covers }
}

/** Mails in the folder are not ours: git am would take them for part of the series. */
export class ForeignPatches extends KseriesError {
  constructor(folder: string, names: readonly string[]) {
    super(
      `Cannot write patches into ${folder}: it has other patches: ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}`,
      {
        exitCode: ExitCode.usage,
        hint: 'Give an empty or a new folder with --out.',
      },
    )
  }
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

const removeEarlier = async (folder: string): Promise<void> => {
  const list = await readFile(join(folder, listName), 'utf8').catch(() => '')
  const names = await readdir(folder)
  const ours = new Set(list.split('\n').filter(name => /^\d{4}-[^/]+\.(patch|txt)$/.test(name)))
  const others = names.filter(name => name.endsWith('.patch') && !ours.has(name))
  if (others.length > 0) throw new ForeignPatches(folder, others)
  for (const name of names.filter(one => ours.has(one) || one === listName)) await rm(join(folder, name))
}

interface Look {
  readonly prefix: string
  readonly to: readonly string[]
  readonly cc: readonly string[]
  readonly signal: AbortSignal | undefined
}

/** Formats one series' commits, numbered for itself, under names numbered on from `before`. */
const formatOne = async (
  { gitDir, commits }: Generated,
  series: Series,
  folder: string,
  before: number,
  { prefix, to, cc, signal }: Look,
): Promise<string[]> => {
  const own = commits.filter(commit => commit.series === series.name)
  const range = `${own[0]?.hash}^..${own.at(-1)?.hash}`
  const temporary = await mkdtemp(join(folder, '.formatting-'))
  try {
    const args = [
      `--subject-prefix=${prefix}`,
      `--output-directory=${temporary}`,
      ...to.map(address => `--to=${address}`),
      ...cc.map(address => `--cc=${address}`),
      range,
    ]
    await git(gitDir, [...sameEverywhere, ...args], { signal, pure: true })
    const names = (await readdir(temporary)).toSorted()
    const paths: string[] = []
    for (const [index, name] of names.entries()) {
      const path = join(folder, `${number(before + index + 1)}-${name.replace(/^\d+-/, '')}`)
      await rename(join(temporary, name), path)
      paths.push(path)
    }
    return paths
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
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
