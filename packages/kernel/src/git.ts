import { cachePath, exists, type RunOptions, type RunResult, run, withLock } from '@kseries/host'
import { removeLocks } from './leftovers.ts'

/** The one bare repository of the cache: every imported tree, every generated commit. */
export const repositoryDir = (): string => cachePath('kernel.git')

/**
 * What a person's own set-up must not change about how we read and write trees: line endings, hooks, filters, signing.
 * Also what a git hook that calls us leaves in the environment.
 */
const neutral: Readonly<Record<string, string | undefined>> = {
  ...Object.fromEntries(
    [
      'DIR',
      'WORK_TREE',
      'INDEX_FILE',
      'OBJECT_DIRECTORY',
      'COMMON_DIR',
      'NAMESPACE',
      'PREFIX',
      'CONFIG_PARAMETERS',
    ].map(name => [`GIT_${name}`, undefined]),
  ),
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_TERMINAL_PROMPT: '0',
  LC_ALL: 'C',
}

/**
 * Runs git in the cache's repository, or in the work tree named by `cwd`, untouched by the person's configuration.
 * @throws what `run` throws.
 */
export const git = (args: readonly string[], options: RunOptions = {}): Promise<RunResult> =>
  run('git', [...(options.cwd === undefined ? ['--git-dir', repositoryDir()] : []), ...args], {
    ...options,
    env: { ...neutral, ...options.env },
  })

/** `git`, for its standard output. */
export const gitOut = async (args: readonly string[], options: RunOptions = {}): Promise<string> =>
  (await git(args, options)).stdout

/**
 * Runs git in a repository of the person's own, with their configuration: proxies, credentials, url rewrites.
 * @param cwd - the repository, or any folder for commands that take a URL.
 */
export const theirGit = (cwd: string, args: readonly string[], options: Omit<RunOptions, 'cwd'> = {}) =>
  run('git', args, {
    ...options,
    cwd,
    env: {
      GIT_DIR: undefined,
      GIT_WORK_TREE: undefined,
      GIT_INDEX_FILE: undefined,
      GIT_TERMINAL_PROMPT: '0',
      LC_ALL: 'C',
      ...options.env,
    },
  })

/** The names in git's NUL-separated output. */
export const splitNul = (text: string): string[] => text.split('\0').filter(Boolean)

/**
 * Makes the repository if there is none; cheap when there is.
 * @returns its folder.
 */
export const ensureRepository = async (signal?: AbortSignal): Promise<string> => {
  const dir = repositoryDir()
  // Written last below, so a repository whose making was interrupted is made again, over the same files.
  if (await exists(`${dir}/kseries-ready`)) return dir
  return await withLock(
    'kernel-git-init',
    async () => {
      await removeLocks(dir, ['config', 'HEAD'])
      await run('git', ['init', '--quiet', '--bare', '--initial-branch=none', dir], { env: neutral, signal })
      for (const [name, value] of Object.entries(configuration)) await git(['config', name, value], { signal })
      await run('touch', [`${dir}/kseries-ready`], { signal })
      return dir
    },
    { signal },
  )
}

const configuration = {
  // A repack in the middle of a run would cost minutes and gain nothing: the packs are written once, by fast-import.
  'gc.auto': '0',
  'maintenance.auto': 'false',
  // 1.6 GB of sources: the quickest zlib level costs 356 MB of disk, the default three times the time.
  'core.compression': '1',
  'core.autocrlf': 'false',
  'core.fileMode': 'true',
  // Index version 4 and the untracked cache: the index of 96,000 files is written at each move.
  'feature.manyFiles': 'true',
  'index.threads': 'true',
  'checkout.workers': '0',
  'core.logAllRefUpdates': 'false',
  'advice.detachedHead': 'false',
} as const
