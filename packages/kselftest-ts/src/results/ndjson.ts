import { isGood, type TestResult, type TestVerdict } from './result.ts'

/** Results as JSON, one a line, and a last line of kind 'summary'. */
export const writeNdjson = (results: readonly TestResult[]): string => {
  const summary = summarize(results)
  const lines = [...results.map(result => ({ kind: 'test', ...result })), { kind: 'summary', ...summary }]
  return `${lines.map(line => JSON.stringify(line)).join('\n')}\n`
}

export interface Summary {
  readonly tests: number
  /** Milliseconds, of all tests together. */
  readonly duration: number
  readonly good: boolean
  readonly verdicts: Readonly<Record<TestVerdict, number>>
}

/** How many of each. A run without tests is not good. */
export const summarize = (results: readonly TestResult[]): Summary => {
  const verdicts: Record<TestVerdict, number> = { pass: 0, fail: 0, skip: 0, splat: 0, panic: 0, hang: 0, infra: 0 }
  for (const { verdict } of results) verdicts[verdict]++
  return {
    tests: results.length,
    duration: results.reduce((sum, { duration }) => sum + duration, 0),
    good: results.length > 0 && results.every(isGood),
    verdicts,
  }
}
