import type { KtapReport, KtapStatus, KtapTest } from './ktap-parse.ts'
import type { TestResult, TestVerdict } from './result.ts'

/**
 * The tests of a KTAP report as results: one for each test that has no subtests, named by the path to it, and one for each that
 * has and failed though none of them did. What is wrong with the report itself is a failed result of its own.
 * @param group - what the results are filed under: 'kunit'.
 * @param title - of the result for the report itself.
 */
export const ktapResults = (report: KtapReport, group: string, title = 'the report'): readonly TestResult[] => {
  const results = report.tests.flatMap(test => leaves(test, [], group))
  if (report.problems.length === 0) return results
  return [
    ...results,
    { group, title, verdict: 'fail', duration: 0, message: report.problems.join('\n'), findings: [], log: [] },
  ]
}

const leaves = (test: KtapTest, above: readonly string[], group: string): TestResult[] => {
  const path = [...above, test.name]
  const inner = test.tests.flatMap(one => leaves(one, path, group))
  const verdict = verdicts[test.status]
  const explained = inner.some(one => one.verdict !== 'pass' && one.verdict !== 'skip')
  if (inner.length > 0 && (verdict === 'pass' || verdict === 'skip' || explained)) return inner
  const message = messageOf(test)
  return [
    ...inner,
    {
      group,
      title: path.filter(Boolean).join(' › '),
      verdict,
      duration: 0,
      ...(message !== '' && { message }),
      findings: [],
      log: test.log,
    },
  ]
}

const verdicts: Record<KtapStatus, TestVerdict> = {
  pass: 'pass',
  fail: 'fail',
  skip: 'skip',
  // Expected failures are no failures; where they pass nobody minds, either.
  todo: 'skip',
  xfail: 'skip',
  timeout: 'hang',
  error: 'infra',
  crash: 'fail',
}

const messageOf = ({ status, reason, log }: KtapTest): string => {
  switch (status) {
    case 'pass':
      return ''
    case 'skip':
      return reason
    case 'todo':
    case 'xfail':
      return `${status === 'todo' ? 'TODO' : 'expected to fail'}${reason && `: ${reason}`}`
    case 'crash':
      return ['No result came: it, or the guest, crashed', ...log.slice(-20)].join('\n')
    case 'fail':
    case 'timeout':
    case 'error':
      return [reason, ...log.slice(-20)].filter(Boolean).join('\n') || 'It failed'
  }
}
