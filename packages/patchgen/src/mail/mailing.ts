import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Generated } from '../generate/generate.ts'
import type { Series } from '../series/load.ts'
import { changeIdOf } from './change-id.ts'
import { composeMail, type Draft, type Recipients } from './compose.ts'
import type { CoverNotes } from './cover.ts'
import { draftCover, draftPatches } from './draft.ts'
import { ChangesMissing, NoRecipients, NotSubmittable, ResendChanged } from './errors.ts'
import { fileNumber, replaceMails } from './folder.ts'
import { rangeDiff } from './range-diff.ts'
import type { Distribution } from './recipients.ts'
import { findSent, rememberMailed, versionOf } from './sent.ts'
import { threadPlaces } from './thread.ts'

export interface MailOptions extends Pick<CoverNotes, 'evidence' | 'basedOn'> {
  /** Who gets which mail, see distribute(). */
  readonly recipients: Distribution
  /** @default series.ts */
  readonly rfc?: boolean | undefined
  /** [PATCH RESEND …]: the version that was sent last, once more. @default false */
  readonly resend?: boolean | undefined
  /** The message that the cover letter answers, without < and >. */
  readonly inReplyTo?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** A series as mails, ready to be sent. */
export interface Mailing {
  readonly version: number
  /** Absolute paths: the cover letter, then the patches, for `git send-email DIR/*.patch`. */
  readonly files: readonly string[]
  /** All of them as one file, for b4 and git am. */
  readonly mbox: string
  /** Of the cover letter, without < and >. */
  readonly messageId: string
  /** Which version the range-diff is against; undefined if there is none. */
  readonly rangeDiffAgainst: number | undefined
}

/**
 * Which version of a series its mails would be: the one that is worked at, or, to be sent again, the newest that was recorded as sent.
 * @throws NotSubmittable for commits by nobody; ChangesMissing; ResendChanged if they are not what was sent.
 */
export const mailableVersion = async (
  series: Series,
  { gitDir, head, submittable }: Generated,
  { resend = false, signal }: Pick<MailOptions, 'resend' | 'signal'> = {},
): Promise<number> => {
  if (!submittable) throw new NotSubmittable(series)
  const current = series.meta.version
  const sent = resend
    ? ((await findSent(gitDir, series, current, signal)) ?? (await findSent(gitDir, series, current - 1, signal)))
    : undefined
  if (sent && sent.commit !== head) throw new ResendChanged(series, sent.version, sent.commit, head)
  const version = sent?.version ?? current
  if (version > 1 && !series.changes.some(change => change.version === version))
    throw new ChangesMissing(series, version)
  return version
}

/**
 * Writes the mails of a chain's last series into a folder: cover letter, patches and the whole thread as series.mbox. The same input
 * gives the same bytes, Message-IDs and dates included. What an earlier run wrote there is replaced.
 * @throws NoRecipients, and what mailableVersion() throws; ForeignPatches, DiskFull
 */
export const writeMails = async (
  chain: readonly Series[],
  generated: Generated,
  folder: string,
  options: MailOptions,
): Promise<Mailing> => {
  const { recipients, inReplyTo, signal } = options
  const series = chain.at(-1)
  if (!series) throw new TypeError('Cannot mail an empty chain of series')
  if (recipients.table.length === 0) throw new NoRecipients(series)
  const version = await mailableVersion(series, generated, options)
  const { gitDir, head } = generated
  const start = startOf(series, generated)
  const before = version > 1 ? await findSent(gitDir, series, version - 1, signal) : undefined
  const previous = before && { ...before, rangeDiff: await rangeDiff(gitDir, before, { start, head }, signal) }
  const how = { version, rfc: options.rfc, resend: options.resend, signal }
  const notes = {
    ...(options.evidence && { evidence: options.evidence }),
    ...(options.basedOn !== undefined && { basedOn: options.basedOn }),
    ...(previous && { previous }),
  }
  const needed = await Promise.all(chain.slice(0, -1).map(one => atItsVersion(one, generated, signal)))
  const cover = await draftCover(generated, series, needed, { ...how, ...notes })
  const patches = await draftPatches(generated, series, how)
  const mails = threaded(
    [
      { name: 'cover-letter.patch', draft: cover, to: recipients.cover },
      ...patches.map(({ slug, draft }, index) => ({
        name: slug,
        draft,
        to: recipients.patches[index] ?? recipients.cover,
      })),
    ],
    { stem: `${changeIdOf(series).slice(0, 8)}-${series.name}-v${version}`, identity: generated.identity, inReplyTo },
  )
  await replaceMails(folder, async temporary => {
    for (const { name, mail } of mails) await writeFile(join(temporary, name), mail)
    // encodeBody() has seen to it that no line of a mail looks like the beginning of one.
    await writeFile(
      join(temporary, 'series.mbox'),
      Buffer.concat(mails.flatMap(({ mail }) => [mail, Buffer.from('\n')])),
    )
    return [...mails.map(({ name }) => name), 'series.mbox']
  })
  const messageId = mails[0]?.messageId ?? ''
  await rememberMailed(series, generated, { version, commit: head, start, messageId })
  return {
    version,
    files: mails.map(({ name }) => join(folder, name)),
    mbox: join(folder, 'series.mbox'),
    messageId,
    rangeDiffAgainst: previous?.version,
  }
}

interface Planned {
  readonly name: string
  readonly draft: Draft
  readonly to: Recipients
}

/** Mails with their places in the thread, under the names of their files. */
const threaded = (
  planned: readonly Planned[],
  {
    stem,
    identity,
    inReplyTo,
  }: { readonly stem: string; readonly identity: string; readonly inReplyTo: string | undefined },
) => {
  const contents = planned.map(({ draft, to }) => composeMail(draft, to))
  const domain = /@([\w.-]+)>$/.exec(identity)?.[1] ?? 'localhost'
  const places = threadPlaces(contents, stem, domain, inReplyTo)
  return planned.map(({ name, draft, to }, index) => ({
    name: `${fileNumber(index)}-${name}`,
    mail: composeMail(draft, to, places[index]),
    messageId: places[index]?.messageId,
  }))
}

/** The commit that the series' first patch stands on. */
const startOf = ({ name }: Series, { base, commits }: Generated): string => {
  const index = commits.findIndex(({ series }) => series === name)
  return commits[index - 1]?.hash ?? base.commit
}

/** A series that was sent, and has not changed, is named by the version that the list has. */
const atItsVersion = async (series: Series, { gitDir, commits }: Generated, signal: AbortSignal | undefined) => {
  const head = commits.findLast(commit => commit.series === series.name)?.hash
  return { ...series, meta: { ...series.meta, version: await versionOf(gitDir, series, head, signal) } }
}
