import { ExitCode, KseriesError, printable } from '@kseries/host'

/** A commit or a mail, for messages. */
export interface Named {
  readonly subject: string
  /** Where it is: 'mail 3 of thread.mbox'. */
  readonly source?: string | undefined
}

/** Commits or mails cannot become a series folder. Whatever they are called, the message is safe to show on a terminal. */
export class ImportRefused extends KseriesError {
  /**
   * @param what - the commit or mail, or the name of the file or range.
   * @param why - a sentence without a capital and a full stop.
   */
  constructor(what: string | Named, why: string, hint?: string, cause?: unknown) {
    super(`Cannot import ${show(what)}: ${clipped(printable(why), 1000)}`, {
      exitCode: ExitCode.usage,
      ...(hint === undefined ? {} : { hint }),
      ...(cause === undefined ? {} : { cause }),
    })
  }
}

/** `'area: words' (mail 3 of thread.mbox)` */
export const show = (what: string | Named): string => {
  const { subject, source } = typeof what === 'string' ? { subject: what } : what
  return `'${clipped(printable(subject), 150)}'${source === undefined ? '' : ` (${printable(source)})`}`
}

const clipped = (text: string, length: number) => (text.length > length ? `${text.slice(0, length)}…` : text)
