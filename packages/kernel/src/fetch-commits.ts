import { CommandFailed, withLock } from '@kseries/host'
import { GitSourceFailed } from './fetch-ref.ts'
import { ensureRepository, git, theirGit } from './git.ts'

/**
 * Brings commits of a person's own repository into the cache's, with the few below them, so that work trees can go there.
 * @param gitDir - their repository; it is only read.
 * @param count - how many, from `head` down.
 * @throws GitSourceFailed
 */
export const fetchCommits = async (
  gitDir: string,
  head: string,
  count: number,
  signal?: AbortSignal,
): Promise<void> => {
  const ours = await ensureRepository(signal)
  const { exitCode } = await git(['cat-file', '-e', `${head}~${count - 1}^{tree}`], { signal, okCodes: [0, 1, 128] })
  if (exitCode === 0) return
  const fetch = [
    '-c',
    'protocol.file.allow=always',
    'fetch',
    '--quiet',
    '--no-tags',
    '--force',
    // That would cut our own history off, where theirs stands on it.
    ...((await standsOnOurs(gitDir, `${head}~${count - 1}`, signal)) ? [] : [`--depth=${count}`]),
    '--upload-pack',
    'git -c safe.directory=* -c uploadpack.allowAnySHA1InWant=true upload-pack',
    `file://${gitDir}`,
    `${head}:refs/kseries/checked/${head}`,
  ]
  await withLock(
    'kernel-git-fetch',
    async () => {
      try {
        await theirGit(ours, fetch, { signal, env: { GIT_DIR: ours } })
      } catch (error) {
        if (error instanceof CommandFailed) throw new GitSourceFailed(gitDir, error)
        throw error
      }
    },
    { signal },
  )
}

const standsOnOurs = async (gitDir: string, commit: string, signal: AbortSignal | undefined): Promise<boolean> => {
  const options = { signal, okCodes: [0, 1, 128] }
  const { stdout } = await theirGit(gitDir, ['-c', 'safe.directory=*', 'rev-parse', '--verify', '--quiet', commit], {
    ...options,
    env: { GIT_DIR: gitDir },
  })
  return stdout !== '' && (await git(['cat-file', '-e', `${stdout}^{tree}`], options)).exitCode === 0
}
