import { readFile } from 'node:fs/promises'
import type { Message } from '../series/message.ts'
import { ImportRefused } from './errors.ts'
import { withoutHtml } from './html.ts'
import { decodeMail } from './mailinfo.ts'
import { parseSubject, type Tags } from './subject.ts'
import { visible } from './visible.ts'

/** A mail, decoded. */
export interface Mail extends Message {
  /** 'mail 3 of thread.mbox' */
  readonly source: string
  /** Of a patch or a cover letter; they are no part of the subject then. */
  readonly tags: Tags | undefined
  /** The diff, with what stands between `---` and it. */
  readonly diff: Uint8Array
  readonly isPatch: boolean
  /** 'Name <mail>' */
  readonly author: string
  /** YYYY-MM-DD */
  readonly date: string
  /** The address it was sent from, in lower case. */
  readonly sender: string
  readonly id: string
  /** What it replies to, the nearest first. */
  readonly parents: readonly string[]
  /** What a mail program has done to it, if it was none for patches. */
  readonly suspicion: string | undefined
}

/** Hundreds of recipients take a tenth of it. */
const LONGEST_HEADER = 256 << 10

/**
 * Reads one mail of those that mailsplit made.
 * @throws ImportRefused for what git cannot decode, and for a header beyond measure.
 */
export const readMail = async (path: string, source: string, signal: AbortSignal | undefined): Promise<Mail> => {
  const raw = withoutHtml(await readFile(path, 'latin1'))
  const head = headOf(raw)
  const given = headerOf(head, 'Subject')
  const tagged = parseSubject(given)
  const named = { subject: Buffer.from(tagged?.subject ?? given, 'latin1').toString('utf8'), source }
  if (head.length > LONGEST_HEADER)
    throw new ImportRefused(
      named,
      `its header must have at most ${LONGEST_HEADER >> 10} kB: it has ${Math.ceil(head.length / 1024)}`,
    )
  const { header, message, diff } = await decodeMail(raw, path, { named, isReply: !tagged, signal })
  // A Subject line at the top of the body, which rarely has tags, takes the place of the mail's.
  const { tags, subject } = parseSubject(header('Subject')) ?? { tags: tagged?.tags, subject: header('Subject') }
  const text = diff.toString('latin1')
  return {
    source,
    tags,
    subject: visible(subject.replaceAll(/\s+/g, ' ')).trim(),
    body: visible(message).trim(),
    diff,
    isPatch: /^diff --git |^--- /m.test(text),
    author: `${header('Author')} <${header('Email')}>`,
    date: dayOf(header('Date')),
    sender: header('Email').toLowerCase(),
    id: idsIn(headerOf(head, 'Message-ID'))[0] ?? '',
    parents: [...idsIn(headerOf(head, 'In-Reply-To')), ...idsIn(headerOf(head, 'References')).toReversed()],
    suspicion: suspicionOf(head, text),
  }
}

/** The mail's own header, each field on a line. */
const headOf = (raw: string): string => raw.slice(0, /\r?\n\r?\n/.exec(raw)?.index).replaceAll(/\r?\n[ \t]+/g, ' ')

/** '' if there is no such field. */
const headerOf = (head: string, field: string): string =>
  new RegExp(`^${field}:(.*)$`, 'im').exec(head)?.[1]?.trim() ?? ''

const idsIn = (text: string): string[] => text.match(/<[^<>\s]+>/g) ?? []

/** 1970-01-01 for what is no day of a mail. */
const dayOf = (text: string): string => {
  const date = new Date(text)
  const year = date.getUTCFullYear()
  return year >= 1970 && year < 2100 ? date.toISOString().slice(0, 10) : '1970-01-01'
}

const suspicionOf = (head: string, diff: string): string | undefined => {
  if (/format="?flowed/i.test(headerOf(head, 'Content-Type')))
    return 'its mail program has wrapped lines (format=flowed)'
  if (/^text\/html/i.test(headerOf(head, 'Content-Type'))) return 'it is HTML'
  if (/\xc2\xa0/.test(diff)) return 'it has no-break spaces, as mail programs put them in place of spaces'
  if (/\r\n/.test(diff)) return 'some of its lines end in CR LF'
  return undefined
}
