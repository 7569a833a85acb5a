import { encodeAddress, foldHeader } from './headers.ts'
import { encodeBody } from './mime.ts'

/** Where a mail goes, as 'mail' or 'Name <mail>'. */
export interface Recipients {
  readonly to: readonly string[]
  readonly cc: readonly string[]
}

/** A mail's place in a thread; ids are without < and >. */
export interface ThreadPlace {
  readonly messageId: string
  /** From the thread's beginning to the mail that is answered. */
  readonly references: readonly string[]
}

/** A mail as it is made: what it is by itself. */
export interface Draft {
  /** "From <commit> Mon Sep 17 …", From, Date, Subject, as they are written. */
  readonly headers: readonly string[]
  readonly body: Uint8Array
}

/** A draft with all that makes it a mail which may be sent. */
export const composeMail = ({ headers, body }: Draft, { to, cc }: Recipients, place?: ThreadPlace): Uint8Array => {
  const encoded = encodeBody(body)
  const all = [
    // b4 0.12 fails over a From or Subject of several lines; git send-email, too, makes one of them.
    ...headers.map(header => (place ? header.replaceAll(/\n[ \t]+/g, ' ') : header)),
    ...addressHeader('To', to),
    ...addressHeader('Cc', cc),
    ...(place ? [`Message-ID: <${place.messageId}>`] : []),
    ...(place && place.references.length > 0
      ? [
          `In-Reply-To: <${place.references.at(-1)}>`,
          foldHeader('References', place.references.map(id => `<${id}>`).join(' ')),
        ]
      : []),
    ...encoded.headers,
  ]
  return Buffer.concat([Buffer.from(`${all.join('\n')}\n\n`), encoded.body])
}

/** An address a line, as git format-patch has them. */
const addressHeader = (name: string, addresses: readonly string[]): string[] =>
  addresses.length === 0 ? [] : [`${name}: ${addresses.map(encodeAddress).join(',\n    ')}`]

/** A mail of git format-patch as a draft: its recipients and encoding are of composeMail()'s making. */
export const draftOf = (mail: Uint8Array): Draft => {
  const bytes = Buffer.from(mail)
  const end = bytes.indexOf('\n\n')
  const headers = bytes.toString('utf8', 0, end).split(/\n(?![ \t])/)
  return {
    headers: headers.filter(header => /^(From |(From|Date|Subject):)/i.test(header)),
    body: bytes.subarray(end + 2),
  }
}
