import { ExitCode, KseriesError } from '@kseries/host'

/** Commits or mails cannot become a series folder. */
export class ImportRefused extends KseriesError {
  /**
   * @param what - the commit or mail: its subject, or the file.
   * @param why - a sentence without a capital and a full stop.
   */
  constructor(what: string, why: string, hint?: string, cause?: unknown) {
    super(`Cannot import '${what}': ${why}`, {
      exitCode: ExitCode.usage,
      ...(hint === undefined ? {} : { hint }),
      ...(cause === undefined ? {} : { cause }),
    })
  }
}
