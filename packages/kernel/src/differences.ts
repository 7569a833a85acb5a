import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { gitOut, splitNul } from './git.ts'

// What is not the same in commits, and in the files of a work tree.

interface LookOptions {
  /** The work tree. */
  readonly path: string
  readonly signal?: AbortSignal | undefined
  /** Other work goes on meanwhile: take one processor, not all. */
  readonly beside?: boolean
}

/** Tracked files whose content is not that of the work tree's commit, of some folders if they are given. */
export const changedFiles = async (place: LookOptions, folders: readonly string[] = []): Promise<string[]> =>
  unlikeCommit(place, 'HEAD', folders)

/** Unlike the plumbing, `git diff` looks into files that merely have new times, and needs no lock for that. */
export const unlikeCommit = async (
  { path, signal, beside = false }: LookOptions,
  commit: string,
  folders: readonly string[] = [],
): Promise<string[]> => {
  const options = ['-z', '--name-only', '--no-renames', '--no-ext-diff', '--no-textconv']
  const args = ['-c', `core.preloadIndex=${!beside}`, 'diff', ...options, commit, '--', ...folders]
  return splitNul(await gitOut(args, { cwd: path, signal }))
}

/** Those of the files that exist and are not tracked, or are folders with something that is not in them. git itself would overwrite the ones it ignores: in Debian's tree, all. */
export const untrackedIn = async (
  { path, signal }: { readonly path: string; readonly signal?: AbortSignal | undefined },
  files: readonly string[],
): Promise<string[]> => {
  const there = (
    await Promise.all(files.map(async file => ((await lstat(join(path, file)).catch(() => undefined)) ? [file] : [])))
  ).flat()
  if (there.length === 0) return []
  const within = there.map(file => `:(literal)${file}`)
  const strangers = splitNul(await gitOut(['ls-files', '-z', '--others', '--', ...within], { cwd: path, signal }))
  return there.filter(file => strangers.some(stranger => stranger === file || stranger.startsWith(`${file}/`)))
}

/** Files that are not the same in all of the commits: each is compared with the first. */
export const differing = async (
  commits: readonly string[],
  signal?: AbortSignal,
  filter = 'ADMT',
): Promise<string[]> => {
  const [from = emptyTree, ...others] = commits
  const lists = await Promise.all(
    others.map(async commit =>
      splitNul(
        await gitOut(
          ['diff-tree', '-r', '-z', '--name-only', '--no-renames', `--diff-filter=${filter}`, from, commit],
          { signal },
        ),
      ),
    ),
  )
  return lists.flat()
}

/** git's name for the tree with nothing in it: what a work tree is before its files are written. */
export const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'
