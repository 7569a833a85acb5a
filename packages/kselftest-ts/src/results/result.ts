/** A report of the kernel, as far as results show it. */
export interface ResultFinding {
  readonly kind: string
  readonly title: string
  readonly text: string
}

/**
 * How a test ended. `splat`: the kernel reported something while it ran, whatever it asserted; `panic`: the guest died of it;
 * `hang`: it did not end in time; `infra`: it could not be run.
 */
export type TestVerdict = 'pass' | 'fail' | 'skip' | 'splat' | 'panic' | 'hang' | 'infra'

/** One test's result; where KTAP, JUnit, NDJSON and what is shown to a person come from. */
export interface TestResult {
  /** The file, or what else groups tests: 'selftests/policy.test.ts', 'kunit'. */
  readonly group: string
  readonly title: string
  readonly verdict: TestVerdict
  /** Milliseconds. */
  readonly duration: number
  /** Why it did not pass, a line or a few. */
  readonly message?: string | undefined
  /** More of it: differences, a stack. */
  readonly details?: string | undefined
  readonly findings: readonly ResultFinding[]
  /** What the test logged. */
  readonly log: readonly string[]
}

/** Whether a run with this result can still be good. */
export const isGood = ({ verdict }: Pick<TestResult, 'verdict'>): boolean => verdict === 'pass' || verdict === 'skip'
