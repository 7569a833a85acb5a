import { readFile } from 'node:fs/promises'
import { CommandFailed } from '@kseries/host'
import { boundedGit } from '../git/bounded.ts'
import { ImportRefused, type Named } from './errors.ts'

/** A mail as git mailinfo takes it apart. */
export interface Decoded {
  /** Subject, Author, Email or Date; '' if there is none. */
  readonly header: (field: 'Subject' | 'Author' | 'Email' | 'Date') => string
  readonly message: string
  /** The diff, with what stands between `---` and it. */
  readonly diff: Buffer
}

// With `--encoding` git 2.39 leaves the message in the character set that it came in.
const mailinfo = ['-c', 'i18n.commitEncoding=UTF-8', 'mailinfo', '-k', '--no-scissors']

/**
 * Decodes a mail: quoted-printable, base64, character sets, CRLF.
 * @param raw - one character a byte.
 * @param path - beside it are the files that git makes.
 * @param named - for the error.
 * @param isReply - it is taken as it is if nobody knows its character set: it must not cost the thread.
 * @throws ImportRefused for what git cannot read.
 */
export const decodeMail = async (
  raw: string,
  path: string,
  {
    named,
    isReply,
    signal,
  }: { readonly named: Named; readonly isReply: boolean; readonly signal?: AbortSignal | undefined },
): Promise<Decoded> => {
  const [message, diff] = [`${path}.message`, `${path}.diff`]
  const input = Buffer.from(raw, 'latin1')
  const info = async (...how: readonly string[]) =>
    (await boundedGit([...mailinfo, ...how, message, diff], { input, signal })).stdout
  const decode = async (quotedCr: 'nowarn' | 'strip') => {
    const how = `--quoted-cr=${quotedCr}`
    try {
      return await info(how).catch(error => (isReply ? info(how, '-n') : Promise.reject(error)))
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error
      const [words] = error.stderr
        .trim()
        .replace(/^(error|fatal): /, '')
        .split('\n')
      throw new ImportRefused(named, `git cannot read it: ${words || error.message}`, undefined, error)
    }
  }
  const kept = await decode('nowarn')
  // Behind quoted-printable and base64 git does not see whether a CR is of the patched file or of some mail program.
  const decoded = await Promise.all([message, diff].map(part => readFile(part, 'latin1')))
  const stdout = endsLinesWithCr(decoded.join('')) ? await decode('strip') : kept
  return {
    header: field =>
      [...stdout.matchAll(new RegExp(`^${field}: (.*)$`, 'gm'))]
        .map(([, value = '']) => value)
        .join(' ')
        .trim(),
    message: await readFile(message, 'utf8'),
    diff: await readFile(diff),
  }
}

/** Whether all lines have a CR: those of a diff's own words, too. */
const endsLinesWithCr = (text: string): boolean => /\r\n/.test(text) && !/(^|[^\r])\n/.test(text)
