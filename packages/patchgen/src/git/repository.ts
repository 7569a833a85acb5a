import { setTimeout as delay } from 'node:timers/promises'
import { CommandFailed, run } from '@kseries/host'
import { boundedGit } from './bounded.ts'

// What a caller's shell may have set for a repository of its own must not lead us into that one.
const clean = {
  GIT_WORK_TREE: undefined,
  GIT_INDEX_FILE: undefined,
  GIT_OBJECT_DIRECTORY: undefined,
  GIT_NAMESPACE: undefined,
  GIT_TERMINAL_PROMPT: '0',
  LC_ALL: 'C.UTF-8',
  TZ: 'UTC',
}

export interface GitOptions {
  readonly input?: string | Uint8Array
  readonly signal?: AbortSignal | undefined
  readonly binary?: boolean
  readonly env?: Readonly<Record<string, string>>
  /** Leave out the configuration of user and system: for output that must be the same everywhere. */
  readonly pure?: boolean
  /** What it reads was written by strangers: pure, and within `bounds`. */
  readonly bounded?: boolean
  /** Exit codes that are an answer and not a failure. @default [0] */
  readonly okCodes?: readonly number[]
}

/** Runs git on a repository, given by its git directory; no work tree is looked at. */
export const git = (
  gitDir: string,
  args: readonly string[],
  { pure = false, bounded = false, env = {}, ...options }: GitOptions = {},
) =>
  (bounded ? boundedGit : plainGit)([`--git-dir=${gitDir}`, '-c', 'core.quotePath=false', ...args], {
    ...options,
    env: { ...clean, ...(pure ? { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' } : {}), ...env },
  })

const plainGit: typeof boundedGit = (args, options) => run('git', args, { ...options, timeout: 10 * 60_000 })

/** A file of a commit. */
export interface TreeFile {
  /** '100644', '100755', '120000', … */
  readonly mode: string
  readonly content: Uint8Array
}

/**
 * Reads files of a commit or tree: two processes, however many files.
 * @param env - for objects that are in other folders.
 * @returns those that are there. What is not a file there (a folder, a submodule) comes with empty content and its mode.
 */
export const readFiles = async (
  gitDir: string,
  commit: string,
  paths: readonly string[],
  signal?: AbortSignal,
  env: Readonly<Record<string, string>> = {},
): Promise<Map<string, TreeFile>> => {
  if (paths.length === 0) return new Map()
  const listed = await git(gitDir, ['ls-tree', '-z', '--full-tree', commit, '--', ...paths], { signal, env })
  const wanted = new Set(paths)
  // Asked for a folder and for something in it, ls-tree lists all the folder has.
  const entries = listed.stdout.split('\0').flatMap(line => {
    const [, mode = '', type, id = '', path = ''] = /^(\d+) (\w+) (\w+)\t([^]*)$/.exec(line) ?? []
    return !wanted.has(path) ? [] : [{ mode, isFile: type === 'blob', id, path }]
  })
  const blobs = entries.filter(({ isFile }) => isFile)
  const contents = await readBlobs(
    gitDir,
    blobs.map(({ id }) => id),
    { signal, env },
  )
  return new Map(
    entries.map(({ path, mode, id, isFile }) => [
      path,
      { mode, content: (isFile && contents.get(id)) || new Uint8Array() },
    ]),
  )
}

const readBlobs = async (
  gitDir: string,
  ids: readonly string[],
  options: GitOptions,
): Promise<Map<string, Uint8Array>> => {
  const found = new Map<string, Uint8Array>()
  if (ids.length === 0) return found
  const { bytes } = await git(gitDir, ['cat-file', '--batch'], {
    input: `${ids.join('\n')}\n`,
    binary: true,
    ...options,
  })
  const output = Buffer.from(bytes)
  for (let at = 0; at < output.length; ) {
    const eol = output.indexOf(10, at)
    const [id = '', type, size] = output.toString('latin1', at, eol).split(' ')
    if (type !== 'blob') throw new Error(`git cat-file gave '${output.toString('utf8', at, eol)}' for a blob`)
    const end = eol + 1 + Number(size)
    found.set(id, output.subarray(eol + 1, end))
    at = end + 1
  }
  return found
}

export interface BaseCommit {
  readonly hash: string
  /** Seconds since 1970. */
  readonly time: number
}

/** A commit's hash and time; undefined if there is none of that name. */
export const findCommit = async (
  gitDir: string,
  name: string,
  signal?: AbortSignal,
): Promise<BaseCommit | undefined> => {
  try {
    const { stdout } = await git(
      gitDir,
      ['log', '-1', '--format=%H %ct', '--end-of-options', `${name}^{commit}`, '--'],
      { signal },
    )
    const [hash = '', time] = stdout.trim().split(' ')
    return { hash, time: Number(time) }
  } catch (error) {
    if (error instanceof CommandFailed && error.code === 128 && !/not a git repository/.test(error.stderr))
      return undefined
    throw error
  }
}

export interface Ref {
  readonly hash: string
  /** The work tree in which it is checked out. */
  readonly checkedOut: string | undefined
}

/** The refs below some prefixes, by name. */
export const listRefs = async (
  gitDir: string,
  prefixes: readonly string[],
  signal?: AbortSignal,
): Promise<Map<string, Ref>> => {
  const list = () =>
    git(gitDir, ['for-each-ref', '--format=%(refname) %(objectname) %(worktreepath)', ...prefixes], { signal })
  const { stdout } = await list().catch(async (error: unknown) => {
    // git fails over a work tree that another git is making at this very moment.
    if (!(error instanceof CommandFailed && /worktrees\//.test(error.stderr))) throw error
    await delay(500, undefined, { signal })
    return await list()
  })
  return new Map(
    stdout.split('\n').flatMap((line): [string, Ref][] => {
      const [, name = '', hash = '', path = ''] = /^(\S+) (\w+) ?(.*)$/.exec(line) ?? []
      return name === '' ? [] : [[name, { hash, checkedOut: path === '' ? undefined : path }]]
    }),
  )
}
