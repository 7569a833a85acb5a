import type { Arch } from '@kseries/kernel'
import type { CheckException } from '@kseries/patchgen'
import { gitOf } from '@kseries/patchgen'
import type { CommitName } from '../model/finding.ts'

/** A commit to check. */
export interface SeriesCommit extends CommitName {
  readonly hash: string
  readonly parent: string
  readonly tree: string
  readonly body: string
  /** 'Name <mail>' */
  readonly author: string
}

export type Fragments = Readonly<Partial<Record<Arch, readonly string[]>>>

/** What is checked: a list of commits on a base in a repository, wherever they came from. */
export interface Subject {
  /** Names the work tree: lower-case words with -. */
  readonly name: string
  readonly kind: 'series' | 'range' | 'mbox' | 'mail'
  readonly gitDir: string
  /** The commit below the first. */
  readonly base: string
  /** The kernel that it all stands on: below the series that this one needs, whose commits are no history yet. */
  readonly trunk: string
  readonly commits: readonly SeriesCommit[]
  /** Where the series ends, if that is not the last of the commits. */
  readonly end?: string
  /** What the series argues about. */
  readonly exceptions: readonly CheckException[]
  /** Configuration fragments of its own, as paths, for each architecture that it has some for. */
  readonly fragments: Fragments
  /** The change-id that it will be, or was, mailed with. */
  readonly changeId?: string | undefined
  /** The authors are nobody: git has no identity, so commits carry no sign-off yet. */
  readonly isByNobody?: boolean
}

/** The commits between two, from the base up. */
export const commitsOf = async (
  gitDir: string,
  base: string,
  head: string,
  signal?: AbortSignal,
): Promise<SeriesCommit[]> => {
  const format = '--format=%H%x00%P%x00%T%x00%an <%ae>%x00%s%x00%b%x00%x01'
  const { stdout } = await gitOf(gitDir, ['log', '--reverse', format, `${base}..${head}`, '--'], { signal, pure: true })
  return stdout
    .split('\0\x01')
    .map(record => record.trimStart().split('\0'))
    .filter(([hash]) => hash)
    .map(([hash = '', parents = '', tree = '', author = '', subject = '', body = ''], index) => ({
      index: index + 1,
      hash,
      parent: parents.split(' ')[0] ?? '',
      tree,
      author,
      subject,
      body: body.trim(),
    }))
}

/** The commit that the series ends with, whether it is one of those to check or not. */
export const endOf = ({ end, commits, base }: Subject): string => end ?? commits.at(-1)?.hash ?? base

/** What a work tree is called: 'check-fix-it' of 'Fix it'. */
export const slugOf = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 60)

/** The part of a commit that findings carry. */
export const commitName = ({ index, subject, patch }: SeriesCommit): CommitName => ({
  index,
  subject,
  ...(patch !== undefined && { patch }),
})

/** Of the folder that it is built in: what is not trusted has one of its own. */
export const workName = ({ name }: Subject, isSandboxed: boolean): string =>
  `check-${isSandboxed ? 'sandbox-' : ''}${name}`
