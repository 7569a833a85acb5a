import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { CommandFailed, ExitCode, exists, KseriesError, type RunOptions } from '@kseries/host'
import { splitNul, theirGit } from './git.ts'

/** The files of a git work tree as they are, as a tree of git's. Nothing is written in the work tree or its repository. */
export interface Snapshot extends AsyncDisposable {
  /** The top of the work tree. */
  readonly path: string
  /** The commit it is at. */
  readonly commit: string
  readonly tree: string
  /** Whether the files are the commit's. */
  readonly isClean: boolean
  /** Folders with the objects of `tree` and `commit`. */
  readonly objects: readonly string[]
}

/**
 * Takes a snapshot of a work tree: what is tracked and changed, and what is new and not ignored. A copy of the index remembers
 * what did not change, so that 96,000 files are looked at, not read.
 * @param folder - a work tree, or a folder in it.
 * @throws NotAWorkTree; MergeInProgress when files have several versions.
 */
export const takeSnapshot = async (folder: string, signal?: AbortSignal): Promise<Snapshot> => {
  const { path, commit, index, objects } = await places(folder, signal)
  const scratch = await mkdtemp(join(tmpdir(), 'kseries-snapshot-'))
  const remove = () => rm(scratch, { recursive: true, force: true })
  try {
    await mkdir(join(scratch, 'objects'))
    if (await exists(index)) await copyFile(index, join(scratch, 'index'))
    const env = {
      GIT_INDEX_FILE: join(scratch, 'index'),
      GIT_OBJECT_DIRECTORY: join(scratch, 'objects'),
      GIT_ALTERNATE_OBJECT_DIRECTORIES: objects,
      GIT_OPTIONAL_LOCKS: '0',
    }
    const git = async (args: readonly string[], options: RunOptions = {}) =>
      (await theirGit(path, [...neutral, ...args], { signal, ...options, env })).stdout
    const unmerged = splitNul(await git(['ls-files', '-z', '--unmerged']))
    if (unmerged.length > 0) throw new MergeInProgress(path)
    const changed = splitNul(await git(['diff-files', '-z', '--name-only']))
    // Debian's tree ignores everything at its top: folders count again, but those of editors (.vscode) do not.
    const untracked = ['ls-files', '-z', '--others', '--exclude-standard', '--exclude=!/*/', '--exclude=/.*/']
    const fresh = splitNul(await git(untracked)).filter(name => !name.endsWith('/'))
    const update = ['update-index', '-z', '--add', '--remove', '--stdin']
    await git(update, { input: [...changed, ...fresh].map(name => `${name}\0`).join('') })
    const tree = await git(['write-tree'])
    const isClean = tree === (await git(['rev-parse', `${commit}^{tree}`]))
    return { path, commit, tree, isClean, objects: [env.GIT_OBJECT_DIRECTORY, objects], [Symbol.asyncDispose]: remove }
  } catch (error) {
    await remove()
    throw error
  }
}

/** Bytes as they are; repositories of others may be looked at. */
const neutral = ['-c', 'safe.directory=*', '-c', 'core.autocrlf=false', '-c', 'core.fsmonitor=false']

const places = async (folder: string, signal?: AbortSignal) => {
  const names = ['--show-toplevel', 'HEAD^{commit}', '--git-path', 'index', '--git-path', 'objects']
  const { stdout } = await theirGit(folder, [...neutral, 'rev-parse', ...names], { signal }).catch((error: unknown) => {
    throw error instanceof CommandFailed ? new NotAWorkTree(folder, error) : error
  })
  const [path = '', commit = '', index = '', objects = ''] = stdout.split('\n')
  return { path, commit, index: resolve(folder, index), objects: resolve(folder, objects) }
}

/** A folder is no work tree of git with a commit. */
export class NotAWorkTree extends KseriesError {
  constructor(folder: string, cause: unknown) {
    super(`Cannot read the changes in ${folder}: it is no git work tree at a commit`, {
      hint: 'Give a checkout of the generated branch: `git worktree add DIR kseries/…`, or a clone.',
      exitCode: ExitCode.usage,
      cause,
    })
  }
}

/** Files of a work tree have several versions. */
export class MergeInProgress extends KseriesError {
  constructor(path: string) {
    super(`Cannot read the changes in ${path}: a merge or rebase is not finished`, {
      hint: `Finish it, or take it back: git -C ${path} status.`,
      exitCode: ExitCode.usage,
    })
  }
}
