import type { TestResult } from '@kseries/kselftest-ts'
import { describe } from '@kseries/machine'
import { type Outcome, resultFiles } from '../run/outcome.ts'

/** What a person reads of an outcome, in lines. */
export interface VerdictText {
  /** A paragraph for each failure. */
  readonly failures: readonly string[]
  /** The verdict and the sums. */
  readonly headline: string
  /** Where the results are. */
  readonly files: readonly string[]
}

/** @param series - its name. */
export const verdictText = (series: string, outcome: Outcome): VerdictText => {
  const { verdict, counts, remembered, folder, failures } = outcome
  const sums = `${counts.pass} passed, ${counts.fail} failed, ${counts.skip} skipped`
  const again = remembered ? ` (nothing changed since the run of ${remembered}; --fresh runs again)` : ''
  return {
    failures,
    headline: `${series}: ${describe(verdict)}: ${sums}${again}`,
    files: Object.entries(resultFiles(folder)).map(([name, path]) => `  ${name.padEnd(7)} ${path}`),
  }
}

/** The same for a program: an event for each test, then one for the verdict. */
export const verdictEvents = (series: string, results: readonly TestResult[], outcome: Outcome): readonly object[] => {
  const { verdict, counts, remembered, folder } = outcome
  return [
    ...results.map(result => ({ type: 'test', ...result })),
    {
      type: 'verdict',
      series,
      ...verdict,
      text: describe(verdict),
      counts,
      remembered,
      results: resultFiles(folder),
    },
  ]
}
