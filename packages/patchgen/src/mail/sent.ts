import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandFailed, cachePath, contentKey, exists, writeFileAtomic } from '@kseries/host'
import type { Generated } from '../generate/generate.ts'
import { moveRefs } from '../git/fast-import.ts'
import { findCommit, git } from '../git/repository.ts'
import type { Series } from '../series/load.ts'
import { writeVersion } from '../series/version.ts'
import { NothingMailed, SentOtherwise } from './errors.ts'

/** A version of a series as it went, or is to go, to the list. */
export interface SentVersion {
  readonly version: number
  /** Its last commit. */
  readonly commit: string
  /** The commit its first patch stands on. */
  readonly start: string
  /** Of the cover letter, without < and >. */
  readonly messageId: string
}

interface Mailed extends SentVersion {
  readonly gitDir: string
  /** The base of the chain. */
  readonly base: string
  /** Who sends it. */
  readonly identity: string
}

const tagOf = (series: Series, version: number) => `sent/${series.name}-v${version}`

/** The copy of a tag that is kept in the series folder: the cache, where the repository is, may be deleted. */
const bundleOf = (series: Series, version: number) => join(series.folder, 'sent', `v${version}.bundle`)

const recordOf = ({ name, folder }: Series) => cachePath('patchgen', `${name}-${contentKey([folder])}-mailed.json`)

/** Remembers which mails were written last, for recordSent(). */
export const rememberMailed = async (series: Series, generated: Generated, sent: SentVersion): Promise<void> => {
  const { gitDir, base, identity } = generated
  const mailed: Mailed = { ...sent, gitDir, base: base.commit, identity }
  await writeFileAtomic(recordOf(series), `${JSON.stringify(mailed)}\n`)
}

/** A version that was sent, as its tag has it; undefined if there is none, or it stands on a base that is not there. */
export const findSent = async (
  gitDir: string,
  series: Series,
  version: number,
  signal?: AbortSignal,
): Promise<SentVersion | undefined> => {
  const ref = `refs/tags/${tagOf(series, version)}`
  const bundle = bundleOf(series, version)
  if (!(await findCommit(gitDir, ref, signal)) && (await exists(bundle)))
    await git(
      gitDir,
      ['fetch', '--quiet', '--no-auto-gc', '--no-tags', '--no-write-fetch-head', bundle, `${ref}:${ref}`],
      { signal, pure: true },
    ).catch((error: unknown) => {
      // The commit it stands on is not there: of a base that was imported again as another one.
      if (!(error instanceof CommandFailed)) throw error
    })
  const commit = await findCommit(gitDir, ref, signal)
  if (!commit) return undefined
  const { stdout } = await git(gitDir, ['cat-file', 'tag', ref], { signal })
  const field = (name: string) => new RegExp(`^${name}: (.+)$`, 'm').exec(stdout)?.[1] ?? ''
  return { version, commit: commit.hash, start: field('starts-on'), messageId: field('message-id') }
}

/**
 * Which version of a series its commits are: the newest that was recorded as sent if they are the very same, else the one that is
 * worked at.
 * @param head - the series' last commit.
 */
export const versionOf = async (
  gitDir: string,
  series: Series,
  head: string | undefined,
  signal?: AbortSignal,
): Promise<number> => {
  const { version } = series.meta
  const before = version > 1 ? await findSent(gitDir, series, version - 1, signal) : undefined
  return before !== undefined && before.commit === head ? version - 1 : version
}

export interface Recorded {
  readonly version: number
  readonly tag: string
  readonly commit: string
  /** The version that is worked at from now on. */
  readonly next: number
  /** Whether all of this was so before. */
  readonly wasRecorded: boolean
}

/**
 * Records that the mails which were written last have been sent: tags their commits, keeps a copy of the tag in the series
 * folder, and only then writes the next version into series.ts. Cut off, or done again, it goes on where it was.
 * @throws NothingMailed, SentOtherwise, VersionNotWritten; RepoLocked, DiskFull
 */
export const recordSent = async (series: Series, signal?: AbortSignal): Promise<Recorded> => {
  const mailed = await readMailed(series)
  if (!mailed || mailed.version > series.meta.version || !(await findCommit(mailed.gitDir, mailed.commit, signal)))
    throw new NothingMailed(series)
  const { gitDir, version, commit, base } = mailed
  const tag = tagOf(series, version)
  const known = await findSent(gitDir, series, version, signal)
  if (known && known.commit !== commit) throw new SentOtherwise(series, tag, known.commit, commit)
  if (!known) await writeTag(mailed, series, tag, signal)
  const bundle = bundleOf(series, version)
  const hasBundle = await exists(bundle)
  if (!hasBundle) {
    const { bytes } = await git(gitDir, ['bundle', 'create', '-', `^${base}`, `refs/tags/${tag}`], {
      signal,
      pure: true,
      binary: true,
    })
    await writeFileAtomic(bundle, bytes)
  }
  const isBumped = series.meta.version > version
  if (!isBumped) await writeVersion(series, version + 1)
  const next = Math.max(series.meta.version, version + 1)
  return { version, tag, commit, next, wasRecorded: known !== undefined && hasBundle && isBumped }
}

const writeTag = async (mailed: Mailed, series: Series, tag: string, signal: AbortSignal | undefined) => {
  const { gitDir, commit, identity, version, messageId, start, base } = mailed
  const text = `object ${commit}
type commit
tag ${tag}
tagger ${identity} ${Math.floor(Date.now() / 1000)} +0000

${series.name} v${version}, as sent

message-id: ${messageId}
starts-on: ${start}
base-commit: ${base}
`
  const { stdout: hash } = await git(gitDir, ['mktag'], { input: text, signal, pure: true })
  await moveRefs(gitDir, [{ ref: `refs/tags/${tag}`, to: hash, from: undefined }], signal)
}

const readMailed = async (series: Series): Promise<Mailed | undefined> => {
  try {
    return JSON.parse(await readFile(recordOf(series), 'utf8')) as Mailed
  } catch {
    return undefined
  }
}
