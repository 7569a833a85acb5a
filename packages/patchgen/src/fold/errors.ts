import { ExitCode, KseriesError } from '@kseries/host'

/** Changes of a tree cannot be brought home into a series folder; nothing was written. */
export class FoldRefused extends KseriesError {
  /** Files of the kernel that it is about. */
  readonly files: readonly string[]

  /** @param why - a sentence without a capital and a full stop. */
  constructor(files: readonly string[], why: string, hint?: string, cause?: unknown) {
    super(`Cannot fold ${files.join(', ')}: ${why}`, {
      exitCode: ExitCode.usage,
      ...(hint === undefined ? {} : { hint }),
      ...(cause === undefined ? {} : { cause }),
    })
    this.files = files
  }
}

/** A tree's changes cannot be told from what the series makes. */
export class NotTheSeries extends KseriesError {
  constructor(tree: string, why: string, hint: string) {
    super(`Cannot fold the changes of ${tree}: ${why}`, { exitCode: ExitCode.usage, hint })
  }
}

/** Nobody said where changes belong that may belong to several patches. */
export class HomeUnclear extends KseriesError {
  readonly questions: readonly { readonly place: string; readonly why: string; readonly patches: readonly string[] }[]

  constructor(questions: HomeUnclear['questions']) {
    const lines = questions.map(
      ({ place, why, patches }) => `\n  ${place}: ${why}${patches.length > 0 ? ` (${patches.join(', ')})` : ''}`,
    )
    super(`Cannot fold: it is unclear which patch these belong to:${lines.join('')}`, {
      exitCode: ExitCode.usage,
      hint: 'Name it for all of them: --into NN-name. On a terminal you are asked for each.',
    })
    this.questions = questions
  }
}

/** A folder was left half written, and then somebody changed what was to be written. */
export class FoldInterrupted extends KseriesError {
  constructor(journal: string, files: readonly string[]) {
    super(`Cannot complete the fold that ${journal} describes: ${files.join(', ')} changed since`, {
      exitCode: ExitCode.usage,
      hint: `Take what you want to keep from ${journal}, then delete it.`,
    })
  }
}
