import { type CommitName, type Finding, placeOf } from '@kseries/check'
import type { TestResult } from '@kseries/kselftest-ts'

/** Findings as results of tests, a test each and one a clean commit, for JUnit: what blocks has failed. */
export const resultsOf = (commits: readonly CommitName[], findings: readonly Finding[]): TestResult[] => {
  const group = (commit: CommitName | undefined) => (commit ? `${commit.index} ${commit.subject}` : 'series')
  const plain = { duration: 0, findings: [], log: [] }
  const clean = commits.filter(({ index }) => !findings.some(({ commit }) => commit?.index === index))
  return [
    ...clean.map(commit => ({ ...plain, group: group(commit), title: 'no findings', verdict: 'pass' as const })),
    ...findings.map((finding): TestResult => {
      const { commit, tool, text, blocks, argued } = finding
      const place = placeOf(finding)
      return {
        ...plain,
        group: group(commit),
        title: [tool, place].filter(Boolean).join(' '),
        verdict: argued !== undefined ? 'skip' : blocks ? 'fail' : 'pass',
        message: argued === undefined ? text : `${text}\nargued: ${argued}`,
        log: !blocks && argued === undefined ? [text] : [],
      }
    }),
  ]
}
