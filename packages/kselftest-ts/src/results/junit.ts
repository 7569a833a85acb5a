import type { TestResult } from './result.ts'

/**
 * Results as JUnit XML, in the dialect that CI systems share (testsuites, testsuite, testcase with failure, error, skipped,
 * system-out). What the guest or our side is to blame for is an `error`, a failed test a `failure`; `type` is the verdict.
 */
export const writeJunit = (results: readonly TestResult[], name = 'kseries'): string => {
  const groups = Map.groupBy(results, ({ group }) => group)
  const suites = [...groups].map(([group, tests]) => suite(group, tests))
  const head = `<testsuites name="${escape(name)}" ${counts(results)}>`
  return `<?xml version="1.0" encoding="UTF-8"?>\n${[head, ...suites, '</testsuites>'].join('\n')}\n`
}

const suite = (group: string, tests: readonly TestResult[]): string =>
  [`  <testsuite name="${escape(group)}" ${counts(tests)}>`, ...tests.map(testcase), '  </testsuite>'].join('\n')

const kindOf = ({ verdict }: TestResult): 'failure' | 'error' | 'skipped' | undefined => {
  switch (verdict) {
    case 'pass':
      return undefined
    case 'skip':
      return 'skipped'
    case 'fail':
    case 'splat':
      return 'failure'
    case 'panic':
    case 'hang':
    case 'infra':
      return 'error'
  }
}

const counts = (tests: readonly TestResult[]): string => {
  const of = (kind: string) => tests.filter(test => kindOf(test) === kind).length
  const time = tests.reduce((sum, { duration }) => sum + duration, 0)
  return `tests="${tests.length}" failures="${of('failure')}" errors="${of('error')}" skipped="${of('skipped')}" time="${seconds(time)}"`
}

const testcase = (test: TestResult): string => {
  const { title, group, duration, verdict, message = '', details = '', findings, log } = test
  const open = `    <testcase classname="${escape(group)}" name="${escape(title)}" time="${seconds(duration)}"`
  const kind = kindOf(test)
  const text = [message, details, ...findings.map(finding => finding.text)].filter(Boolean).join('\n')
  const first = escape(message.split(/[\r\n]/)[0] ?? '')
  const body = [
    ...(kind === 'skipped' ? [`      <skipped message="${first}"/>`] : []),
    ...(kind === 'failure' || kind === 'error'
      ? [`      <${kind} type="${verdict}" message="${first}">${escape(text)}</${kind}>`]
      : []),
    ...(log.length > 0 ? [`      <system-out>${escape(log.join('\n'))}</system-out>`] : []),
  ]
  return body.length === 0 ? `${open}/>` : [`${open}>`, ...body, '    </testcase>'].join('\n')
}

const seconds = (milliseconds: number) => (milliseconds / 1000).toFixed(3)

/** XML 1.0 has no place for most control characters, not even as references. */
const escape = (text: string): string =>
  [...text]
    .map(character => {
      const code = character.codePointAt(0) ?? 0
      if (code < 32 && code !== 9 && code !== 10 && code !== 13) return '\ufffd'
      if ((code >= 0xd800 && code < 0xe000) || code === 0xfffe || code === 0xffff) return '\ufffd'
      return entities[character] ?? character
    })
    .join('')

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  // A reader makes a newline of a bare one, and a space of what stands in an attribute.
  '\r': '&#13;',
}
