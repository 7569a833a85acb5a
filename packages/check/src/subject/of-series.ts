import { changeIdOf, type Generated, type Series } from '@kseries/patchgen'
import { commitsOf, type Fragments, type Subject } from './subject.ts'

/**
 * A series folder as a subject: the commits of the last series of the chain, on those that it needs.
 * @param generated - what the chain was generated to.
 * @param fragments - configuration fragments of the whole chain.
 */
export const subjectOfSeries = async (
  chain: readonly Series[],
  generated: Generated,
  fragments: Fragments,
  signal?: AbortSignal,
): Promise<Subject> => {
  const series = chain.at(-1)
  if (!series) throw new TypeError('Cannot check an empty chain of series')
  const { gitDir, commits: all, head } = generated
  const first = all.findIndex(commit => commit.series === series.name)
  const base = all[first - 1]?.hash ?? generated.base.commit
  const patches = new Map(all.map(({ hash, patch }) => [hash, patch]))
  const commits = (await commitsOf(gitDir, base, head, signal)).map(commit => {
    const patch = patches.get(commit.hash)
    return patch === undefined ? commit : { ...commit, patch }
  })
  return {
    name: series.name,
    kind: 'series',
    gitDir,
    base,
    trunk: generated.base.commit,
    commits,
    exceptions: series.meta.check,
    fragments,
    changeId: changeIdOf(series),
    isByNobody: !generated.submittable,
  }
}
