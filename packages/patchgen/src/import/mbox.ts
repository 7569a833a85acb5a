import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { CommandFailed } from '@kseries/host'
import { boundedGit } from '../git/bounded.ts'
import type { Message } from '../series/message.ts'
import { isBareMail } from './envelope.ts'
import { ImportRefused } from './errors.ts'
import { type Mail, readMail } from './mail.ts'
import { oneSeries } from './one-series.ts'
import { withTrailers } from './replies.ts'

/** A mail that is a patch. */
export type MailedPatch = Message & Pick<Mail, 'diff' | 'author' | 'source' | 'suspicion'>

/** A series as it was mailed. */
export interface MailedSeries {
  /** The mail 0/n, if there is one. */
  readonly cover: Message | undefined
  /** In their order, whatever that of the mails was. */
  readonly patches: readonly MailedPatch[]
  /** [PATCH v3 …] */
  readonly version: number
  readonly rfc: boolean
  /** Of the first patch, YYYY-MM-DD. */
  readonly date: string
  /** What a person should know, such as a Reviewed-by that was left out. */
  readonly notes: readonly string[]
}

/**
 * Reads an mbox, such as a thread of the list's archive: the patches and the cover letter, with the Reviewed-by and the like
 * that replies gave them. Splitting and decoding is git's: mailsplit and mailinfo.
 *
 * @throws ImportRefused for what is no mbox, has no patches, misses some, has two of one number or of several versions, is too
 * large.
 */
export const readMbox = async (path: string, signal?: AbortSignal): Promise<MailedSeries> => {
  const name = basename(path)
  const isBare = await isBareMail(path)
  const folder = await mkdtemp(join(tmpdir(), 'kseries-mbox-'))
  try {
    await split(path, folder, isBare, signal)
    const mails: Mail[] = []
    for (const [index, file] of (await readdir(folder)).toSorted().entries())
      mails.push(await readMail(join(folder, file), `mail ${index + 1} of ${name}`, signal))
    return seriesOf(name, mails)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const split = async (path: string, folder: string, isBare: boolean, signal: AbortSignal | undefined) => {
  try {
    await boundedGit(['mailsplit', '--mboxrd', '-d8', ...(isBare ? ['-b'] : []), `-o${folder}`, '--', path], { signal })
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error
    throw new ImportRefused(basename(path), 'it is no mbox: it must begin with a line "From …"', undefined, error)
  }
}

const seriesOf = (name: string, all: readonly Mail[]): MailedSeries => {
  const [first, ...rest] = oneSeries(name, all)
  const { mails, notes } = withTrailers(
    [first, ...rest],
    all.filter(({ tags }) => !tags),
  )
  const cover = mails.find(({ tags }) => tags?.number === 0)
  const patches = mails.filter(({ tags }) => tags?.number !== 0)
  return {
    cover: cover && { subject: cover.subject, body: cover.body },
    patches: patches.map(({ subject, body, diff, author, source, suspicion }) => ({
      subject,
      body,
      diff,
      author,
      source,
      suspicion,
    })),
    version: first.tags.version,
    rfc: mails.some(({ tags }) => tags?.rfc),
    date: patches[0]?.date ?? first.date,
    notes,
  }
}
