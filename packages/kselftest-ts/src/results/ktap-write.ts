import { isGood, type TestResult } from './result.ts'

/** Results as KTAP version 1: a group is a test, its tests are the subtests. */
export const writeKtap = (results: readonly TestResult[]): string => {
  const groups = Map.groupBy(results, ({ group }) => group)
  const lines = ['KTAP version 1', `1..${groups.size}`]
  let number = 0
  for (const [group, tests] of groups) {
    lines.push('  KTAP version 1', `  # Subtest: ${clean(group)}`, `  1..${tests.length}`)
    tests.forEach((test, index) => {
      for (const line of explain(test)) lines.push(`  # ${line}`)
      lines.push(`  ${isGood(test) ? 'ok' : 'not ok'} ${index + 1} ${clean(test.title)}${directive(test)}`)
    })
    const skipped = tests.every(({ verdict }) => verdict === 'skip') ? ' # SKIP' : ''
    lines.push(`${tests.every(isGood) ? 'ok' : 'not ok'} ${++number} ${clean(group)}${skipped}`)
  }
  return `${lines.join('\n')}\n`
}

/** A description has no '#' and no newline; ktap.rst. */
const clean = (text: string): string => text.replace(/#/g, 'no.').replace(/\s+/g, ' ').trim()

const directive = ({ verdict, message = '' }: TestResult): string => {
  const first = clean(message.split('\n')[0] ?? '')
  switch (verdict) {
    case 'pass':
      return ''
    case 'skip':
      return ` # SKIP ${first}`.trimEnd()
    case 'hang':
      return ` # TIMEOUT ${first}`.trimEnd()
    case 'infra':
      return ` # ERROR ${first}`.trimEnd()
    case 'fail':
    case 'splat':
    case 'panic':
      return ` # ${verdict === 'fail' ? first : `${verdict}: ${first}`}`.trimEnd()
  }
}

const explain = ({ verdict, message, details, findings, log }: TestResult): string[] => [
  ...log.flatMap(linesOf),
  ...(verdict === 'pass' || verdict === 'skip' ? [] : [...linesOf(message ?? ''), ...linesOf(details ?? '')]),
  ...findings.flatMap(({ text }) => linesOf(text)),
]

const linesOf = (text: string): string[] => (text === '' ? [] : text.split('\n'))
