import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseKtap } from './results/ktap-parse.ts'
import { ktapResults } from './results/ktap-results.ts'
import type { TestResult } from './results/result.ts'
import type { Session } from './session/server.ts'
import { recordResult } from './session/verdict.ts'

export interface RunKselftestsOptions {
  /** Milliseconds for a program, in a guest as fast as `timeFactor` 1. @default 45000, as tools/testing/selftests/kselftest/runner.sh */
  readonly deadline?: number | undefined
  /** Called with each result as it comes. */
  readonly onResult?: ((result: TestResult) => void) | undefined
}

/** What a test that was skipped exits with (tools/testing/selftests/kselftest.h: KSFT_SKIP). */
const SKIP = 4

/**
 * Runs the tree's own selftests, which are programs in C, in the session's guest: one after another, each in a process of its own.
 * What the kernel reports meanwhile, a panic, or one that does not end is a result of its own, under the program's name, and the
 * next has a guest again.
 *
 * @param folder - where they were installed: kselftest-list.txt names them, 'securekey:afalg'.
 * @returns a result for each test that a program reports; of one that reports none, for the program, by its exit code.
 * @throws what `Sys` and the session throw.
 */
export const runKselftests = async (
  session: Session,
  folder: string,
  { deadline = 45_000, onResult = () => {} }: RunKselftestsOptions = {},
): Promise<readonly TestResult[]> => {
  const results: TestResult[] = []
  const list = await readFile(join(folder, 'kselftest-list.txt'), 'utf8')
  for (const line of list.split('\n').filter(Boolean)) {
    const [target = '', program = ''] = line.split(':')
    const group = `kselftest ${target}`
    const { record, value } = await session.attend({ group, title: program, deadline }, async sys => {
      const file = await readFile(join(folder, target, program))
      // The deadline of attend() is the one, which is longer in a slow guest.
      return await sys.exec({ file, timeout: 24 * 60 * 60_000 })
    })
    const report = value && parseKtap(value.stdout)
    const tests =
      value && report && report.tests.length > 0
        ? ktapResults(report, group, `${program}: the report`).map(test => ({
            ...test,
            title: `${program} › ${test.title}`,
          }))
        : []
    const isWrong = value && !(value.exitCode === 0 || value.exitCode === SKIP)
    // A program may fail before it reports anything, or behind all that it reports.
    const unsaid = value && (tests.length === 0 || (isWrong && tests.every(({ verdict }) => verdict === 'pass')))
    const whole = recordResult(group, record)
    const some = [
      ...tests.map(test => withReasons({ ...test, duration: record.duration / tests.length }, value?.stderr ?? '')),
      ...(unsaid ? [byExit(group, program, value)] : []),
      ...(whole ? [whole] : []),
    ]
    some.forEach(onResult)
    results.push(...some)
  }
  return results
}

/** A failed test with what the harness says of it on standard error: '# FILE:LINE:NAME:Expected …' (kselftest_harness.h: TH_LOG). */
const withReasons = (test: TestResult, stderr: string): TestResult => {
  if (test.verdict === 'pass' || test.verdict === 'skip') return test
  const name = test.title.split('.').at(-1) ?? test.title
  const reasons = stderr.split('\n').filter(line => line.includes(`:${name}:`))
  const [first] = reasons
  if (first === undefined) return test
  return { ...test, message: first.replace(/^#\s*/, ''), log: [...test.log, ...reasons] }
}

const byExit = (
  group: string,
  title: string,
  {
    exitCode,
    signal,
    stdout,
    stderr,
  }: { exitCode: number | undefined; signal: number | undefined; stdout: string; stderr: string },
): TestResult => {
  const how = exitCode === undefined ? `signal ${signal} ended it` : `it exited with ${exitCode}`
  const verdict = exitCode === 0 ? 'pass' : exitCode === SKIP ? 'skip' : 'fail'
  const log = `${stdout}${stderr}`.split('\n').filter(Boolean).slice(-20)
  return { group, title, verdict, duration: 0, ...(verdict !== 'pass' && { message: how }), findings: [], log }
}
