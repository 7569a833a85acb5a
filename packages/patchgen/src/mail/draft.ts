import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Generated } from '../generate/generate.ts'
import { git } from '../git/repository.ts'
import type { Series } from '../series/load.ts'
import { type Draft, draftOf } from './compose.ts'
import { type CoverNotes, coverLetter } from './cover.ts'

export interface DraftOptions {
  /** Which version the subjects show. @default series.ts */
  readonly version?: number | undefined
  /** @default series.ts */
  readonly rfc?: boolean | undefined
  /** [PATCH RESEND …]: sent before, and nothing has changed. @default false */
  readonly resend?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

/** 'PATCH RFC v2' */
const prefixOf = ({ meta }: Series, { version = meta.version, rfc = meta.rfc, resend = false }: DraftOptions): string =>
  ['PATCH', ...(rfc ? ['RFC'] : []), ...(resend ? ['RESEND'] : []), ...(version > 1 ? [`v${version}`] : [])].join(' ')

const commitsOf = ({ commits }: Generated, { name }: Series) => commits.filter(({ series }) => series === name)

/**
 * The cover letter of a series, numbered 0.
 * @param needed - the series this one stands on.
 */
export const draftCover = async (
  generated: Generated,
  series: Series,
  needed: readonly Series[],
  options: DraftOptions & CoverNotes,
): Promise<Draft> => {
  const { version = series.meta.version, signal } = options
  const total = commitsOf(generated, series).length
  const tag = `[${prefixOf(series, options)} ${'0'.repeat(String(total).length)}/${total}]`
  const prerequisites = await patchIds(generated, needed, signal)
  return await coverLetter({ ...options, series, needed, generated, prerequisites, tag, version }, signal)
}

/** A series' patches, with their names as git format-patch forms them, without the number: 'crypto-add-it.patch'. */
export const draftPatches = async (
  generated: Generated,
  series: Series,
  options: DraftOptions,
): Promise<{ readonly slug: string; readonly draft: Draft }[]> => {
  const own = commitsOf(generated, series)
  const folder = await mkdtemp(join(tmpdir(), 'kseries-format-'))
  try {
    const args = [
      `--subject-prefix=${prefixOf(series, options)}`,
      `--output-directory=${folder}`,
      `${own[0]?.hash}^..${own.at(-1)?.hash}`,
    ]
    await git(generated.gitDir, [...sameEverywhere, ...args], { signal: options.signal, pure: true })
    const names = (await readdir(folder)).toSorted()
    return await Promise.all(
      names.map(async name => ({
        slug: name.replace(/^\d+-/, ''),
        draft: draftOf(await readFile(join(folder, name))),
      })),
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
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
