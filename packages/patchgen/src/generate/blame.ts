import { CommandFailed } from '@kseries/host'
import { git } from '../git/repository.ts'
import type { Generated, GeneratedCommit } from './generate.ts'

/**
 * Which patch a line came from, as it is at the head of the series: the last one that touched it.
 *
 * @param path - in the kernel tree, as a compiler names it relative to the tree.
 * @param line - from 1.
 * @returns undefined for a line that the base had, and for a file or line that is not there.
 */
export const blameLine = async (
  { gitDir, base, head, commits }: Generated,
  path: string,
  line: number,
  signal?: AbortSignal,
): Promise<GeneratedCommit | undefined> => {
  if (!commits.some(({ files }) => files.includes(path))) return undefined
  try {
    const args = ['blame', '--porcelain', '-L', `${line},${line}`, `${base.commit}..${head}`, '--', path]
    const { stdout } = await git(gitDir, args, { signal, pure: true })
    const hash = stdout.split(' ')[0]
    return commits.find(commit => commit.hash === hash)
  } catch (error) {
    if (error instanceof CommandFailed && /has only \d+ lines?|no such path/.test(error.stderr)) return undefined
    throw error
  }
}
