import { mkdir, readFile, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CommandFailed, cachePath, contentKey, ExitCode, exists, KseriesError, writeFileAtomic } from '@kseries/host'
import type { Generated } from '../generate/generate.ts'
import { findCommit, git } from '../git/repository.ts'
import type { Series } from '../series/load.ts'
import { writeVersion } from '../series/version.ts'

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
    await git(gitDir, ['fetch', '--quiet', '--no-auto-gc', bundle, `${ref}:${ref}`], { signal, pure: true }).catch(
      (error: unknown) => {
        // The commit it stands on is not there: of a base that was imported again as another one.
        if (!(error instanceof CommandFailed)) throw error
      },
    )
  const commit = await findCommit(gitDir, ref, signal)
  if (!commit) return undefined
  const { stdout } = await git(gitDir, ['cat-file', 'tag', ref], { signal })
  const field = (name: string) => new RegExp(`^${name}: (.+)$`, 'm').exec(stdout)?.[1] ?? ''
  return { version, commit: commit.hash, start: field('starts-on'), messageId: field('message-id') }
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
 * @throws NothingMailed, SentOtherwise, VersionNotWritten
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
    const temporary = `${bundle}.tmp`
    await mkdir(dirname(bundle), { recursive: true })
    await git(gitDir, ['bundle', 'create', '--quiet', temporary, `^${base}`, `refs/tags/${tag}`], {
      signal,
      pure: true,
    })
    await rename(temporary, bundle)
  }
  const isBumped = series.meta.version > version
  if (!isBumped) await writeVersion(series, version + 1)
  const next = Math.max(series.meta.version, version + 1)
  return { version, tag, commit, next, wasRecorded: known !== undefined && hasBundle && isBumped }
}

const writeTag = async (mailed: Mailed, series: Series, tag: string, signal: AbortSignal | undefined) => {
  const [, name = '', mail = ''] = /^(.*) <(.*)>$/.exec(mailed.identity) ?? []
  const text = `${series.name} v${mailed.version}, as sent

message-id: ${mailed.messageId}
starts-on: ${mailed.start}
base-commit: ${mailed.base}
`
  await git(mailed.gitDir, ['tag', '--annotate', '--no-sign', '--file=-', tag, mailed.commit], {
    input: text,
    signal,
    pure: true,
    env: { GIT_COMMITTER_NAME: name, GIT_COMMITTER_EMAIL: mail },
  })
}

const readMailed = async (series: Series): Promise<Mailed | undefined> => {
  try {
    return JSON.parse(await readFile(recordOf(series), 'utf8')) as Mailed
  } catch {
    return undefined
  }
}

/** There are no mails of the series' version that could have been sent. */
export class NothingMailed extends KseriesError {
  constructor({ name, meta }: Series) {
    super(`Cannot record ${name} as sent: no mails of v${meta.version} have been written`, {
      exitCode: ExitCode.usage,
      hint: `Write them with \`kseries mail ${name} --out DIR\` (the same series gives the same mails), send them, then record it.`,
    })
  }
}

/** The version is recorded already, of other commits. */
export class SentOtherwise extends KseriesError {
  constructor({ name, meta }: Series, tag: string, known: string, now: string) {
    super(
      `Cannot record ${name} as sent: ${tag} is ${known.slice(0, 12)} already, and the mails are of ${now.slice(0, 12)}`,
      {
        exitCode: ExitCode.usage,
        hint: `Raise version in series.ts (it is ${meta.version}) and write the mails again, or delete the tag if it is wrong.`,
      },
    )
  }
}
