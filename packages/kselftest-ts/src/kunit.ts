import { KseriesError } from '@kseries/host'
import { parseKtap } from './results/ktap-parse.ts'
import { ktapResults } from './results/ktap-results.ts'
import type { TestResult } from './results/result.ts'
import type { Sys } from './sys/sys.ts'

const root = '/sys/kernel/debug/kunit'

/** The names of the KUnit suites in the guest's kernel, sorted; none if it has no KUNIT_DEBUGFS. */
export const kunitSuites = async (sys: Sys): Promise<readonly string[]> => await sys.readDir(root).catch(() => [])

/**
 * Runs KUnit suites in the guest and reads their results, both by debugfs. Suites that ran at boot run once more, unless
 * `rerun` is false: then what they found is read.
 *
 * @param patterns - names, with '*' for anything: 'securekey_*'.
 * @returns a result for each test case. One suite after another: a suite whose run kills the guest is the one whose call failed.
 * @throws NoSuchSuite for a pattern that matches nothing; what `Sys` throws.
 */
export const runKunit = async (
  sys: Sys,
  patterns: readonly string[],
  { rerun = true }: { readonly rerun?: boolean } = {},
): Promise<readonly TestResult[]> => {
  const there = await kunitSuites(sys)
  const results: TestResult[] = []
  for (const suite of select(there, patterns)) {
    const begun = performance.now()
    if (rerun) await sys.writeFile(`${root}/${suite}/run`, 'go')
    const tests = ktapResults(parseKtap(await sys.readText(`${root}/${suite}/results`)), 'kunit')
    const duration = rerun ? (performance.now() - begun) / Math.max(tests.length, 1) : 0
    results.push(...tests.map(test => ({ ...test, duration })))
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
