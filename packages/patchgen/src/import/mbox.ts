import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { CommandFailed, run } from '@kseries/host'
import type { Message } from '../series/message.ts'
import { ImportRefused } from './errors.ts'

/** A mail that is a patch. */
export interface MailedPatch extends Message {
  /** The diff, with what stands between `---` and it. */
  readonly diff: Uint8Array
  /** 'Name <mail>' */
  readonly author: string
}

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
}

/** Threads are smaller; what is larger is no text that a person wrote. */
const LARGEST = 64 << 20

interface Mail extends MailedPatch {
  readonly date: string
  readonly version: number
  readonly rfc: boolean
  readonly number: number
  readonly total: number
}

/**
 * Reads an mbox, such as a thread of the list's archive: the patches and the cover letter; replies are left out. Decoding
 * (quoted-printable, base64, character sets, CRLF) is git's: mailsplit and mailinfo.
 *
 * @throws ImportRefused for what is no mbox, has no patches, misses some, has them twice or of several versions, is too large.
 */
export const readMbox = async (path: string, signal?: AbortSignal): Promise<MailedSeries> => {
  const name = basename(path)
  const found = await stat(path).catch(() => undefined)
  if (!found?.isFile()) throw new ImportRefused(path, 'there is no such file')
  if (found.size > LARGEST)
    throw new ImportRefused(
      name,
      `it must have at most ${LARGEST >> 20} MB: it has ${Math.ceil(found.size / (1 << 20))}`,
    )
  const folder = await mkdtemp(join(tmpdir(), 'kseries-mbox-'))
  try {
    await split(path, folder, signal)
    const mails: Mail[] = []
    for (const file of (await readdir(folder)).toSorted()) {
      const mail = await readMail(join(folder, file), signal)
      if (mail) mails.push(mail)
    }
    return seriesOf(name, mails)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * Reads one mail that is a patch, whatever series it is of.
 * @throws ImportRefused for what is none.
 */
export const readPatchMail = async (mail: Uint8Array, signal?: AbortSignal): Promise<MailedPatch> => {
  const folder = await mkdtemp(join(tmpdir(), 'kseries-mail-'))
  try {
    const path = join(folder, 'mail')
    await writeFile(path, mail)
    const read = await readMail(path, signal)
    if (!read || read.number === 0)
      throw new ImportRefused(
        'the mail',
        'it is no patch: its subject must begin with [PATCH …], and it must have a diff',
      )
    const { subject, body, diff, author } = read
    return { subject, body, diff, author }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** git's tools, by nothing of the person's configuration. */
const git = (
  args: readonly string[],
  options: { readonly input?: Uint8Array; readonly signal?: AbortSignal | undefined },
) =>
  run('git', args, {
    ...options,
    timeout: 60_000,
    env: { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C.UTF-8' },
  })

const split = async (path: string, folder: string, signal: AbortSignal | undefined) => {
  try {
    await git(['mailsplit', '--mboxrd', `-o${folder}`, '--', path], { signal })
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error
    throw new ImportRefused(basename(path), 'it is no mbox: it must begin with a line "From …"', undefined, error)
  }
}

/** undefined for replies, and for mails that are neither a patch nor a cover letter. */
const readMail = async (path: string, signal: AbortSignal | undefined): Promise<Mail | undefined> => {
  const [message, diff] = [`${path}.message`, `${path}.diff`]
  const input = await readFile(path)
  const decode = async (quotedCr: 'nowarn' | 'strip') =>
    (await git(['mailinfo', '-k', '--encoding=UTF-8', `--quoted-cr=${quotedCr}`, message, diff], { input, signal }))
      .stdout
  const kept = await decode('nowarn')
  // Behind quoted-printable and base64 git does not see whether a CR is of the patched file or of some mail program.
  const decoded = await Promise.all([message, diff].map(part => readFile(part, 'latin1')))
  const stdout = endsLinesWithCr(decoded.join('')) ? await decode('strip') : kept
  const header = (field: string) => new RegExp(`^${field}: (.*)$`, 'm').exec(stdout)?.[1] ?? ''
  const tagged = /^\[([^\]]*\b(?:PATCH|RFC)\b[^\]]*)\]\s*(.*)$/.exec(header('Subject'))
  if (!tagged) return undefined
  const [, tag = '', subject = ''] = tagged
  const [, number = '1', total = '1'] = /\b(\d+)\/(\d+)\b/.exec(tag) ?? []
  const content = await readFile(diff)
  const isPatch = /^diff --git |^--- /m.test(content.toString('latin1'))
  if (!isPatch && Number(number) !== 0) return undefined
  const date = new Date(header('Date'))
  return {
    subject,
    body: (await readFile(message, 'utf8')).trim(),
    diff: content,
    author: `${header('Author')} <${header('Email')}>`,
    date: Number.isNaN(date.getTime()) ? '1970-01-01' : date.toISOString().slice(0, 10),
    version: Number(/\bv(\d+)\b/i.exec(tag)?.[1] ?? 1),
    rfc: /\bRFC\b/.test(tag),
    number: Number(number),
    total: Number(total),
  }
}

/** Whether all lines have a CR: those of a diff's own words, too. */
const endsLinesWithCr = (text: string): boolean => /\r\n/.test(text) && !/(^|[^\r])\n/.test(text)

const seriesOf = (name: string, mails: readonly Mail[]): MailedSeries => {
  const patches = mails.filter(({ number }) => number > 0).toSorted((a, b) => a.number - b.number)
  const [first] = patches
  if (!first) throw new ImportRefused(name, 'there is no patch in it')
  const different = (key: 'version' | 'total') => [...new Set(mails.map(mail => mail[key]))]
  const versions = different('version')
  if (versions.length > 1)
    throw new ImportRefused(
      name,
      `it has patches of versions ${versions.join(' and ')}`,
      'Give one version: an mbox of its own thread.',
    )
  const [total = 1, ...others] = different('total')
  if (others.length > 0)
    throw new ImportRefused(name, `it has patches of several series: of ${[total, ...others].join(' and of ')} patches`)
  const numbers = patches.map(({ number }) => number)
  const missing = Array.from({ length: total }, (_, index) => index + 1).filter(number => !numbers.includes(number))
  if (missing.length > 0)
    throw new ImportRefused(
      name,
      `${missing.map(number => `${number}/${total}`).join(', ')} ${missing.length > 1 ? 'are' : 'is'} not in it`,
    )
  const twice = numbers.find((number, index) => numbers.indexOf(number) !== index)
  if (twice !== undefined) throw new ImportRefused(name, `${twice}/${total} is in it twice`)
  const beyond = numbers.find(number => number > total)
  if (beyond !== undefined) throw new ImportRefused(name, `${beyond}/${total} is more than there are`)
  const cover = mails.find(({ number }) => number === 0)
  return {
    cover: cover && { subject: cover.subject, body: cover.body },
    patches: patches.map(({ subject, body, diff, author }) => ({ subject, body, diff, author })),
    version: first.version,
    rfc: first.rfc,
    date: first.date,
  }
}
