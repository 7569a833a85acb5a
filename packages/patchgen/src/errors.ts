import { ExitCode, KseriesError } from '@kseries/host'

/** One thing wrong with a series folder. */
export interface SeriesProblem {
  /** The file or folder, relative to the series folder. */
  readonly path: string
  readonly message: string
}

/** A series folder is not as it must be; every problem found is named. */
export class SeriesInvalid extends KseriesError {
  readonly folder: string
  readonly problems: readonly SeriesProblem[]

  constructor(folder: string, problems: readonly SeriesProblem[]) {
    super(
      `Cannot use the series folder ${folder}:\n${problems.map(({ path, message }) => `  ${path}: ${message}`).join('\n')}`,
      { exitCode: ExitCode.usage, hint: 'packages/patchgen/README.md has the layout of a series folder.' },
    )
    this.folder = folder
    this.problems = problems
  }
}

/** A patch of a series, for messages. */
export interface PatchPlace {
  readonly series: string
  readonly patch: string
}

/** A line that comes near to what an anchor asked for. */
export interface Candidate {
  /** From 1. */
  readonly line: number
  readonly text: string
}

const show = (candidates: readonly Candidate[]) =>
  candidates.map(({ line, text }) => `\n  ${String(line).padStart(5)}: ${text.replaceAll('\t', '  ')}`).join('')

/** What an edit needs is not in the file: the base has moved on, or the anchor is misspelt. */
export class AnchorNotFound extends KseriesError {
  readonly file: string
  readonly anchor: string
  readonly candidates: readonly Candidate[]

  constructor(file: string, anchor: string, candidates: readonly Candidate[], place?: PatchPlace) {
    super(
      `Cannot edit ${file}${of(place)}: found no ${anchor}${candidates.length > 0 ? `; nearest:${show(candidates)}` : ''}`,
      {
        exitCode: ExitCode.usage,
        hint: 'Correct the anchor in edits.ts; where bases differ, give each its own with when({ contains: … }).',
      },
    )
    this.file = file
    this.anchor = anchor
    this.candidates = candidates
  }
}

/** An anchor is in the file more than once. */
export class AnchorAmbiguous extends KseriesError {
  readonly file: string
  readonly anchor: string
  readonly candidates: readonly Candidate[]

  constructor(file: string, anchor: string, candidates: readonly Candidate[], place?: PatchPlace) {
    super(`Cannot edit ${file}${of(place)}: ${anchor} is there ${candidates.length} times:${show(candidates)}`, {
      exitCode: ExitCode.usage,
      hint: 'Make the anchor longer, or narrow it: { in: function } or { following: text }.',
    })
    this.file = file
    this.anchor = anchor
    this.candidates = candidates
  }
}

/** An edit asks for something that cannot be done to this file, whatever the anchor. */
export class EditImpossible extends KseriesError {
  readonly file: string

  constructor(file: string, why: string, place?: PatchPlace) {
    super(`Cannot edit ${file}${of(place)}: ${why}`, { exitCode: ExitCode.usage })
    this.file = file
  }
}

/** The commit to generate onto does not hold a Linux tree. */
export class NotLinux extends KseriesError {
  constructor(commit: string, gitDir: string, why: string) {
    super(`Cannot generate onto ${commit} of ${gitDir}: it is not a Linux tree (${why})`, {
      exitCode: ExitCode.usage,
      hint: 'Give a base with --base: 7.3, a git URL with #ref, or a folder with a kernel.',
    })
  }
}

/** Another program holds a ref of the repository, or left its lock behind. */
export class RepoLocked extends KseriesError {
  constructor(gitDir: string, detail: string, cause: unknown) {
    super(`Cannot write branches in ${gitDir}: it is locked: ${detail}`, {
      hint: 'If no git is running there, remove the .lock file that is named, then run the same command again.',
      cause,
    })
  }
}

/** Somebody committed on a generated branch; generating again would hide their work. */
export class BranchMoved extends KseriesError {
  readonly branch: string

  constructor(branch: string, expected: string | undefined, found: string) {
    super(
      `Cannot move the branch ${branch}: it is at ${found.slice(0, 12)}, ${expected === undefined ? 'which was not generated here' : `not at ${expected.slice(0, 12)} as it was generated`}`,
      {
        exitCode: ExitCode.usage,
        hint: `Keep that work with \`git branch -m ${branch} NAME\` and generate again.`,
      },
    )
    this.branch = branch
  }
}

/** A work tree has a generated branch checked out; moving it would leave that work tree behind. */
export class BranchInUse extends KseriesError {
  readonly branch: string

  constructor(branch: string, workTree: string) {
    super(`Cannot move the branch ${branch}: it is checked out in ${workTree}`, {
      exitCode: ExitCode.usage,
      hint: `Leave it there with \`git -C ${workTree} switch --detach\`, then run the same command again.`,
    })
    this.branch = branch
  }
}

const of = (place: PatchPlace | undefined) => (place ? ` (${place.series}, ${place.patch})` : '')
