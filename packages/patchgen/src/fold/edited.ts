import { CommandFailed } from '@kseries/host'
import { type Generated } from '../generate/generate.ts'
import { findCommit, git } from '../git/repository.ts'
import { absent, type FileDifference, treeDiff } from '../git/tree-diff.ts'
import { FoldRefused, NotTheSeries } from './errors.ts'

/** A kernel tree that somebody edited, as git has it. */
export interface EditedTree {
  /** Its folder, for messages. */
  readonly path: string
  /** The commit it is at, and the tree of its files as they are. */
  readonly commit: string
  readonly tree: string
  /** Folders with git's objects to read besides the repository's own. */
  readonly objects: readonly string[]
}

/** git's environment in which an edited tree can be read. */
export const readable = ({ objects }: EditedTree) => ({ GIT_ALTERNATE_OBJECT_DIRECTORIES: objects.join(':') })

/**
 * What somebody changed.
 * @throws NotTheSeries if the tree is not one of these commits with more on top; FoldRefused for what a series cannot have.
 */
export const changesOf = async (
  generated: Generated,
  edited: EditedTree,
  signal?: AbortSignal,
): Promise<FileDifference[]> => {
  await checkCommits(generated, edited, signal)
  const env = readable(edited)
  const differences = await treeDiff(generated.gitDir, generated.head, edited.tree, { signal, env })
  for (const { path, oldMode, newMode } of differences) {
    const modes = [oldMode, newMode].filter(mode => mode !== absent)
    if (modes.some(mode => !mode.startsWith('100')))
      throw new FoldRefused(
        [path],
        'it is, or was, no regular file',
        'Put it back in the tree; links and submodules have no place in a series.',
      )
  }
  return differences
}

/** Each generated commit must be below the tree's, amended or not: what is missing would look like something taken away. */
const checkCommits = async ({ gitDir, base, commits }: Generated, edited: EditedTree, signal?: AbortSignal) => {
  const range = `${base.commit}..${edited.commit}`
  const { path } = edited
  const env = readable(edited)
  const isOnBase = await git(gitDir, ['merge-base', '--is-ancestor', base.commit, edited.commit], { signal, env }).then(
    () => true,
    (error: unknown) => {
      if (error instanceof CommandFailed && error.code === 1) return false
      throw error
    },
  )
  const place = `what was generated on ${base.label}`
  if (!isOnBase)
    throw new NotTheSeries(path, `it does not stand on ${place}`, 'Name the base it was generated on: --base.')
  const { stdout } = await git(gitDir, ['log', '--format=%T %ct %s', range, '--'], { signal, env })
  const log = stdout
    .split('\n')
    .filter(line => line !== '')
    .map(line => {
      const [, tree = '', time, subject = ''] = /^(\w+) (\d+) (.*)$/.exec(line) ?? []
      return { tree, time: Number(time), subject }
    })
  const missing = commits.filter(({ subject }) => !log.some(one => one.subject === subject))
  if (missing.length > 0)
    throw new NotTheSeries(
      path,
      `it lacks ${missing.map(({ patch }) => patch).join(', ')}`,
      `Give a tree with all patches of the series, amended or with more on top: git worktree add DIR kseries/….`,
    )
  const generatedAt = (await findCommit(gitDir, base.commit, signal))?.time ?? 0
  const trees = new Set(commits.map(({ tree }) => tree))
  // Generated commits are dated a second a patch after the base; a person's are not.
  const stale = log.filter(({ tree, time }) => time > generatedAt && time <= generatedAt + 1000 && !trees.has(tree))
  if (stale.length > 0)
    throw new NotTheSeries(
      path,
      `the series folder has changed since it was generated, in '${stale.at(-1)?.subject}'`,
      'Keep your changes as a commit or a stash, put the tree at what the folder generates now, and bring them in there.',
    )
}
