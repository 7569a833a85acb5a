/**
 * OP-TEE's own test program: what peers of these patches run. It is in the guest with
 * `--guest-package optee-test-qemu --guest-package tee-supplicant`. Its trusted applications are signed with OP-TEE's default key,
 * which is the one that the firmware here trusts.
 */

import { type ExecResult, parseXtest, type SelftestContext, type Sys, test, xtestLine } from '@kseries/kselftest-ts'

const XTEST = '/usr/bin/xtest'
const SUPPLICANT = '/usr/sbin/tee-supplicant'
const HEAP = '/dev/dma_heap/protected,secure-video'

/** Milliseconds for a whole suite. All is emulated: on a busy machine the longer one was seen to take 19 minutes. */
const LIMIT = 40 * 60_000

/** The deadline of a test: later, so that what xtest had printed until it was ended is not lost. */
const DEADLINE = LIMIT + 60_000

/** Cases that fail on this machine with any kernel, and why. */
const known: Readonly<Record<string, string>> = {}

const exists = async (sys: Sys, path: string): Promise<boolean> =>
  await sys.open(path, 'O_PATH|O_CLOEXEC').then(
    async fd => {
      await sys.close(fd)
      return true
    },
    () => false,
  )

/** Ends the test, with the reason, where one of the programs is missing, or OP-TEE. */
const needsXtest = async ({ sys, needs }: Pick<SelftestContext, 'sys' | 'needs'>): Promise<void> => {
  for (const [path, name] of [
    [XTEST, 'optee-test-qemu'],
    [SUPPLICANT, 'tee-supplicant'],
  ] as const)
    needs(await exists(sys, path), `no ${path} in this guest: run with --guest-package ${name}`)
  needs(await exists(sys, '/dev/teepriv0'), 'no OP-TEE on this machine')
}

/** Runs xtest beside what serves OP-TEE files: without that it would wait for ever for its first trusted application. */
const xtest = async (sys: Sys, ...args: readonly string[]): Promise<ExecResult> => {
  const supplicant = sys.exec({ file: SUPPLICANT, timeout: LIMIT }).then(({ stderr }) => {
    throw new Error(`tee-supplicant has ended: ${stderr}`)
  })
  // With the test its processes end.
  supplicant.catch(() => {})
  return await Promise.race([sys.exec({ file: XTEST, args, timeout: LIMIT }), supplicant])
}

/** The suites by what their cases' names begin with. */
const suites = [
  { name: '1000', what: 'the core, sessions, memory references, panics, the supplicant' },
  { name: '4000', what: 'cryptography' },
] as const

/** Declares the tests, in the file that calls this: one for each suite. */
export const xtestTests = (): void => {
  for (const { name, what } of suites) {
    test.timeout(DEADLINE, `xtest, regression ${name}: ${what}`, async t => {
      const { sys, expects } = t.context
      await needsXtest(t.context)
      // What some cases are about: applications that die, about a hundred of them in 1000 and two in 4000.
      expects({ kind: 'ta-panic', many: true })
      const prefix = `regression_${name[0]}`
      const { stdout, stderr, timedOut } = await xtest(sys, '-t', 'regression', prefix)
      const { cases, sum } = parseXtest(stdout)
      for (const one of cases) t.log(xtestLine(one))
      const bad = cases.filter(({ result }) => result === 'failed' || result === 'cut')
      const unknown = bad.filter(({ id }) => known[id] === undefined).map(xtestLine)
      t.false(timedOut, `xtest did not come to its end in ${LIMIT / 60_000} minutes: ${unknown.join('\n')}`)
      t.truthy(sum, `xtest came to no sum: ${unknown.join('\n')}\n${stdout.slice(-500)}${stderr}`)
      t.is(sum?.cases, cases.filter(({ id }) => !id.includes('.')).length, 'as many cases as xtest says')
      t.deepEqual(unknown, [], `these fail: ${unknown.join('\n')}`)
      // One that is known to fail and does not is news as well.
      const ids = Object.keys(known).filter(id => id.startsWith(prefix))
      t.deepEqual(
        ids.filter(id => !bad.some(one => one.id === id)),
        [],
      )
    })
  }

  test.timeout(DEADLINE, 'xtest, --sdp-basic: protected memory by way of applications and of the core', async t => {
    const { sys, needs } = t.context
    await needsXtest(t.context)
    const { stdout: help } = await sys.exec({ file: XTEST, args: ['-h'] })
    // CFG_SECURE_DATA_PATH of optee_test, which Debian's package is built without.
    needs(help.includes('--sdp-basic'), 'this xtest is built without the tests of the secure data path')
    needs(await exists(sys, HEAP), `no heap ${HEAP}`)
    const { exitCode, stdout, stderr } = await xtest(sys, '--sdp-basic', '--heap-name', HEAP)
    for (const line of stdout.split('\n').filter(Boolean)) t.log(line)
    t.is(exitCode, 0, `${stdout.slice(-500)}${stderr}`)
  })
}
