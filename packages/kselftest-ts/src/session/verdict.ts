import type { TestResult, TestVerdict } from '../results/result.ts'
import type { TestRecord } from './record.ts'

/** What the session knows against a test, whatever the test itself says; undefined if nothing. */
export const judgeRecord = ({
  infra,
  died,
  hung,
  findings,
}: TestRecord): { readonly verdict: TestVerdict; readonly message: string } | undefined => {
  if (infra !== undefined) return { verdict: 'infra', message: infra }
  if (died) return { verdict: 'panic', message: died.message }
  const message = findings.map(({ title }) => title).join('\n')
  if (findings.some(({ kind }) => kind === 'panic')) return { verdict: 'panic', message }
  if (hung) return { verdict: 'hang', message: hung.message }
  return findings.length === 0 ? undefined : { verdict: 'splat', message }
}

/** The same as a result of its own, under the record's name: for what the session itself did in the guest. */
export const recordResult = (group: string, record: TestRecord): TestResult | undefined => {
  const judged = judgeRecord(record)
  if (!judged) return undefined
  const { title, duration, findings } = record
  return { group, title, ...judged, duration, findings: [...findings], log: [] }
}
