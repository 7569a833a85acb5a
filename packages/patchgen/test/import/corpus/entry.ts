import type { MailedSeries } from '../../../src/index.ts'

/** A file that somebody gives to `kseries import`, and what must come of it. */
export interface Entry {
  readonly name: string
  /** A string is written as UTF-8. */
  readonly mbox: () => string | Uint8Array
  readonly expected: Refused | Taken
  /** What it is applied to, if not to the commit of base.ts. */
  readonly base?: string
}

/** Nothing is made, and the one error says why. */
export interface Refused {
  readonly kind: 'refused'
  readonly why: RegExp
  /** The position and the subject of the mail that the error must name. */
  readonly mail?: readonly [position: number, subject: string]
  /** What git am does with it: it must really do so. */
  readonly gitAm?: 'refuses' | 'takes it'
}

/** A series folder is made that gives the trees. */
export interface Taken {
  readonly kind: 'taken'
  /** Contents that files have in the last tree; undefined for a file that is not there. */
  readonly files: Readonly<Record<string, string | undefined>>
  /** git am gives the same tree: it must really do so. */
  readonly gitAm?: 'the same'
  /** Of the message.md of all patches, one after the other. */
  readonly message?: RegExp
  /** What else is true of what was read. */
  readonly series?: Partial<Omit<MailedSeries, 'patches' | 'cover'>>
}

/** @param gitAm - left out where git am has no say, as in threads. */
export const refused = (why: RegExp, mail?: Refused['mail'], gitAm?: Refused['gitAm']): Refused => ({
  kind: 'refused',
  why,
  ...(mail && { mail }),
  ...(gitAm && { gitAm }),
})

export const taken = (files: Taken['files'], more: Omit<Taken, 'kind' | 'files'> = {}): Taken => ({
  kind: 'taken',
  files,
  ...more,
})
