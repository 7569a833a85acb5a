import { type Hunk, parseHunks } from '../infer/hunks.ts'
import { type GitOptions, git, readFiles } from './repository.ts'

/** The mode of a file that is not there. */
export const absent = '000000'

/** A file that is not the same in two trees. */
export interface FileDifference {
  readonly path: string
  /** '100644', …; `absent` where it is not there. */
  readonly oldMode: string
  readonly newMode: string
  /** Empty where it is not there. */
  readonly was: Uint8Array
  readonly is: Uint8Array
  /** Counted in lines, whatever the encoding; none for a file that came, went, or is binary. */
  readonly hunks: readonly Hunk[]
}

/**
 * The files in which two trees differ, with their contents. A renamed file is one that went and one that came.
 * @param env - for objects that are in other folders.
 */
export const treeDiff = async (
  gitDir: string,
  before: string,
  after: string,
  { signal, env }: Pick<GitOptions, 'signal' | 'env'> = {},
): Promise<FileDifference[]> => {
  const options = { signal, pure: true, ...(env && { env }) }
  const common = ['diff-tree', '-r', '--no-renames', '--no-color', '--no-ext-diff', '--no-textconv', '--full-index']
  const [raw, patch] = await Promise.all([
    git(gitDir, [...common, '--raw', '-z', before, after], options),
    git(
      gitDir,
      [...common, '-p', '--diff-filter=M', '-U0', '--histogram', '--src-prefix=a/', '--dst-prefix=b/', before, after],
      {
        ...options,
        binary: true,
      },
    ),
  ])
  const entries = [...raw.stdout.matchAll(/:(\d+) (\d+) \w+ \w+ [A-Z]\0([^\0]+)\0/g)].map(
    ([, oldMode = '', newMode = '', path = '']) => ({ oldMode, newMode, path }),
  )
  const paths = entries.map(({ path }) => path)
  const [was, is] = await Promise.all([
    readFiles(gitDir, before, paths, signal, env),
    readFiles(gitDir, after, paths, signal, env),
  ])
  const nothing = new Uint8Array()
  // One character a byte: hunks are counted in lines.
  const hunks = parseHunks(Buffer.from(patch.bytes).toString('latin1'))
  return entries.map(entry => ({
    ...entry,
    was: was.get(entry.path)?.content ?? nothing,
    is: is.get(entry.path)?.content ?? nothing,
    hunks: hunks.get(Buffer.from(entry.path).toString('latin1')) ?? [],
  }))
}
