import { git } from '../git/repository.ts'
import type { SentVersion } from './sent.ts'

/**
 * What changed in the patches of a series since a version that was sent, as git range-diff says it.
 * @param start - the commit the first patch stands on now.
 * @param head - the last commit now.
 */
export const rangeDiff = async (
  gitDir: string,
  before: SentVersion,
  { start, head }: { readonly start: string; readonly head: string },
  signal?: AbortSignal,
): Promise<string> => {
  const ranges = [`${before.start}..${before.commit}`, `${start}..${head}`]
  const { stdout } = await git(gitDir, ['-c', 'core.abbrev=12', 'range-diff', '--no-color', ...ranges], {
    signal,
    pure: true,
  })
  return stdout
}
