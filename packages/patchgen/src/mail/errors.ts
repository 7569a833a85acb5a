import { ExitCode, KseriesError } from '@kseries/host'
import type { Series } from '../series/load.ts'

/** There is no person whose patches these are. */
export class NotSubmittable extends KseriesError {
  constructor({ name }: Series) {
    super(
      `Cannot mail ${name}: git has no user.name and user.email, so the patches have no author and no Signed-off-by`,
      {
        exitCode: ExitCode.usage,
        hint: 'Set them with git config --global user.name and user.email, and run the same command again.',
      },
    )
  }
}

/** Nobody would get the mails. */
export class NoRecipients extends KseriesError {
  constructor({ name }: Series) {
    super(`Cannot mail ${name}: there is nobody to send it to`, {
      exitCode: ExitCode.usage,
      hint: 'Name lists and people in series.ts (to, cc), or give --to and --cc.',
    })
  }
}

/** A version after the first says nothing about what it changed. */
export class ChangesMissing extends KseriesError {
  constructor({ name }: Series, version: number) {
    super(`Cannot mail v${version} of ${name}: changes.md does not say what changed since v${version - 1}`, {
      exitCode: ExitCode.usage,
      hint: `Write a section \`## v${version}\` into changes.md of the series folder.`,
    })
  }
}

/** What was sent is to be sent again, and is not the same any more. */
export class ResendChanged extends KseriesError {
  constructor({ name }: Series, version: number, sent: string, now: string) {
    super(
      `Cannot resend v${version} of ${name}: it was sent as ${sent.slice(0, 12)}, and the series now gives ${now.slice(0, 12)}`,
      {
        exitCode: ExitCode.usage,
        hint: 'A changed series is the next version: leave out --resend. For the old one, give the base it was sent on.',
      },
    )
  }
}

/** There are no mails of the series' version that could have been sent. */
export class NothingMailed extends KseriesError {
  constructor({ name, folder, meta }: Series) {
    super(`Cannot record ${name} as sent: no mails of v${meta.version} have been written`, {
      exitCode: ExitCode.usage,
      hint: `Write them with \`kseries mail ${folder} --out DIR\` (the same series gives the same mails), send them, then record it.`,
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
