import { KseriesError } from '@kseries/host'
import { parseKtap } from './results/ktap-parse.ts'
import { ktapResults } from './results/ktap-results.ts'
import type { TestResult } from './results/result.ts'
import type { Session } from './session/server.ts'
import { recordResult } from './session/verdict.ts'
import { SyscallError } from './sys/errors.ts'
import type { Sys } from './sys/sys.ts'

const ROOT = '/sys/kernel/debug/kunit'
/** Milliseconds for the names of the suites. */
const LIST_DEADLINE = 10_000

/** The names of the KUnit suites in the guest's kernel, sorted; none if it has no KUNIT_DEBUGFS. */
export const kunitSuites = async (sys: Sys, root = ROOT): Promise<readonly string[]> =>
  await sys.readDir(root).catch((error: unknown) => {
    if (error instanceof SyscallError && error.code === 'ENOENT') return []
    throw error
  })

export interface RunKunitOptions {
  /** Milliseconds for a suite, in a guest as fast as `timeFactor` 1. @default 120000 */
  readonly deadline?: number | undefined
  /** Called with each result as it comes. */
  readonly onResult?: ((result: TestResult) => void) | undefined
  /** Where debugfs has the suites. @default '/sys/kernel/debug/kunit' */
  readonly root?: string | undefined
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
  { deadline = 120_000, onResult = () => {}, root = ROOT }: RunKunitOptions = {},
): Promise<readonly TestResult[]> => {
  const results: TestResult[] = []
  const add = (...some: readonly TestResult[]) => {
    some.forEach(onResult)
    results.push(...some)
  }
  const list = { group: 'kunit', title: 'the list of suites', deadline: LIST_DEADLINE }
  const { record: listing, value: there } = await session.attend(list, async sys => await kunitSuites(sys, root))
  const unlisted = recordResult('kunit', listing)
  if (unlisted) add(unlisted)
  if (!there) return results
  for (const suite of select(there, patterns)) {
    const { record, value } = await session.attend({ group: 'kunit', title: suite, deadline }, async sys => {
      await sys.writeFile(`${root}/${suite}/run`, 'go')
      return await sys.readText(`${root}/${suite}/results`)
    })
    const tests = value === undefined ? [] : ktapResults(parseKtap(value), 'kunit', `${suite}: the report`)
    const duration = record.duration / Math.max(tests.length, 1)
    // What came of the suite besides the results of its cases.
    const whole = recordResult('kunit', record)
    add(...tests.map(test => ({ ...test, duration })), ...(whole ? [whole] : []))
  }
  return results
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
