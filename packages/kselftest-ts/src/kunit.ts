import { KseriesError } from '@kseries/host'
import { parseKtap } from './results/ktap-parse.ts'
import { ktapResults } from './results/ktap-results.ts'
import type { TestResult } from './results/result.ts'
import type { TestRecord } from './session/record.ts'
import type { Session } from './session/server.ts'
import type { Sys } from './sys/sys.ts'

const root = '/sys/kernel/debug/kunit'

/** The names of the KUnit suites in the guest's kernel, sorted; none if it has no KUNIT_DEBUGFS. */
export const kunitSuites = async (sys: Sys): Promise<readonly string[]> => await sys.readDir(root).catch(() => [])

export interface RunKunitOptions {
  /** Milliseconds for a suite. @default 120000 */
  readonly deadline?: number | undefined
  /** Called with each result as it comes. */
  readonly onResult?: ((result: TestResult) => void) | undefined
}

/**
 * Runs KUnit suites in the session's guest and reads their results, both by debugfs; suites that ran at boot run once more.
 * One suite after another: what the kernel reports meanwhile, a panic, or a suite that does not end is a result of its own,
 * under the suite's name, and the next suite has a guest again.
 *
 * @param patterns - names, with '*' for anything: 'securekey_*'.
 * @returns a result for each test case.
 * @throws NoSuchSuite for a pattern that matches nothing; what `Sys` and the session throw.
 */
export const runKunit = async (
  session: Session,
  patterns: readonly string[],
  { deadline = 120_000, onResult = () => {} }: RunKunitOptions = {},
): Promise<readonly TestResult[]> => {
  const there = await kunitSuites((await session.link()).service)
  const results: TestResult[] = []
  for (const suite of select(there, patterns)) {
    const { record, value = '' } = await session.attend({ group: 'kunit', title: suite, deadline }, async sys => {
      await sys.writeFile(`${root}/${suite}/run`, 'go')
      return await sys.readText(`${root}/${suite}/results`)
    })
    const tests = record.died || record.hung ? [] : ktapResults(parseKtap(value), 'kunit')
    const duration = record.duration / Math.max(tests.length, 1)
    const all = [...tests.map(test => ({ ...test, duration })), ...ofSuite(record)]
    all.forEach(onResult)
    results.push(...all)
  }
  return results
}

/** What came of a suite besides the results of its cases. */
const ofSuite = ({ title, duration, died, hung, findings }: TestRecord): TestResult[] => {
  const result = { group: 'kunit', title, duration, findings: [...findings], log: [] }
  if (died) return [{ ...result, verdict: 'panic', message: died.message }]
  if (hung) return [{ ...result, verdict: 'hang', message: hung.message }]
  if (findings.length === 0) return []
  return [{ ...result, verdict: 'splat', message: findings.map(finding => finding.title).join('\n') }]
}

/** Results of the suites that ran at boot, from the console's text. */
export const kunitAtBoot = (console: string): readonly TestResult[] => {
  const report = parseKtap(console)
  return report.tests.length === 0 ? [] : ktapResults(report, 'kunit')
}

const literally = (text: string) => text.replace(/[^\w]/g, '\\$&')

const select = (there: readonly string[], patterns: readonly string[]): readonly string[] => {
  const chosen = new Set<string>()
  for (const pattern of patterns) {
    const like = new RegExp(`^${pattern.split('*').map(literally).join('.*')}$`)
    const found = there.filter(name => like.test(name))
    if (found.length === 0) throw new NoSuchSuite(pattern, there)
    for (const name of found) chosen.add(name)
  }
  return [...chosen]
}

/** The kernel has no KUnit suite of that name. */
export class NoSuchSuite extends KseriesError {
  constructor(pattern: string, there: readonly string[]) {
    super(
      `Cannot run the KUnit suite '${pattern}': ${there.length > 0 ? `there are ${there.join(', ')}` : 'there are none'}`,
      {
        hint: 'Is its option in the configuration? Suites are listed in /sys/kernel/debug/kunit with CONFIG_KUNIT_DEBUGFS.',
      },
    )
  }
}
