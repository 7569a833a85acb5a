import { run } from '@kseries/host'
import type { Generated } from '@kseries/patchgen'

/** What a series does to the tree. */
export interface Diffstat {
  /** Files that were there before, and lines added and removed in them. */
  readonly touched: number
  readonly added: number
  readonly removed: number
  /** Lines of files that it brings. */
  readonly brought: number
}

/** The diffstat of the commits of a series, which stand together. */
export const diffstatOf = async (
  { gitDir, base, commits }: Generated,
  series: string,
  signal: AbortSignal,
): Promise<Diffstat> => {
  const first = commits.findIndex(commit => commit.series === series)
  const last = commits.findLastIndex(commit => commit.series === series)
  const range = [commits[first - 1]?.hash ?? base.commit, commits[last]?.hash ?? base.commit]
  const counts = async (filter: 'M' | 'A') => {
    const args = ['-C', gitDir, 'diff', '--numstat', '--no-renames', `--diff-filter=${filter}`, ...range]
    const { stdout } = await run('git', args, { signal })
    return stdout.split('\n').flatMap(line => {
      const [, added, removed] = /^(\d+)\t(\d+)\t/.exec(line) ?? []
      return added === undefined ? [] : [{ added: Number(added), removed: Number(removed) }]
    })
  }
  const [changed, fresh] = await Promise.all([counts('M'), counts('A')])
  const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0)
  return {
    touched: changed.length,
    added: sum(changed.map(({ added }) => added)),
    removed: sum(changed.map(({ removed }) => removed)),
    brought: sum(fresh.map(({ added }) => added)),
  }
}
