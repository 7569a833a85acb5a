import { parseKtapLine } from './ktap-line.ts'
import { isGood, type TestResult } from './result.ts'

/** Results as KTAP version 1: a group is a test, its tests are the subtests. */
export const writeKtap = (results: readonly TestResult[]): string => {
  const groups = Map.groupBy(results, ({ group }) => group)
  const lines = ['KTAP version 1', `1..${groups.size}`]
  let number = 0
  for (const [group, tests] of groups) {
    lines.push('  KTAP version 1', `  # Subtest: ${clean(group)}`, `  1..${tests.length}`)
    tests.forEach((test, index) => {
      for (const line of explain(test)) lines.push(`  ${diagnostic(line)}`)
      lines.push(`  ${isGood(test) ? 'ok' : 'not ok'} ${index + 1} ${clean(test.title)}${directive(test)}`)
    })
    const skipped = tests.every(({ verdict }) => verdict === 'skip') ? ' # SKIP' : ''
    lines.push(`${tests.every(isGood) ? 'ok' : 'not ok'} ${++number} ${clean(group)}${skipped}`)
  }
  return `${lines.join('\n')}\n`
}

/** A description has no '#' and no newline; ktap.rst. A dash at its beginning is TAP's, and not part of it. */
const clean = (text: string): string =>
  withoutControls(text.replace(/#/g, 'no.').replace(/\s+/g, ' '))
    .trim()
    .replace(/^(?:- )+|^-$/, '')

const directive = ({ verdict, message = '' }: TestResult): string => {
  const first = clean(linesOf(message)[0] ?? '')
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
      // Named even if it is plain: the message may begin with "Skip" or "TODO", and would be a directive.
      return ` # ${verdict}: ${first}`.trimEnd()
  }
}

const explain = ({ verdict, message, details, findings, log }: TestResult): string[] => [
  ...log.flatMap(linesOf),
  ...(verdict === 'pass' || verdict === 'skip' ? [] : [...linesOf(message ?? ''), ...linesOf(details ?? '')]),
  ...findings.flatMap(({ text }) => linesOf(text)),
]

/** Also those that other readers would take for several. */
const linesOf = (text: string): string[] =>
  text === '' ? [] : text.split(/\r\n|[\r\n\v\f\u0085\u2028\u2029]/).map(withoutControls)

const withoutControls = (text: string): string => text.replace(/(?!\t)[\p{Cc}\p{Zl}\p{Zp}]/gu, '')

/** A line for a person. One that quotes KTAP must not be taken for it, with the "# " that kselftest puts before subtests. */
const diagnostic = (text: string): string =>
  parseKtapLine(`# ${text}`).kind === 'other' ? `# ${text}`.trimEnd() : `# > ${text}`
