import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { isMainThread } from 'node:worker_threads'
import { KseriesError } from '@kseries/host'
import type { ExecutionContext, TestFn } from 'ava'
import { type Begun, SessionClient } from '../session/client.ts'
import { GuestDied, KernelReported, NoSession, ReportMissing, TestHung } from '../session/errors.ts'
import { type ExpectedReport, reportToWire } from '../session/expected.ts'
import { GuestRunner } from '../session/guest-runner.ts'
import type { Failure } from '../session/wire.ts'
import { Sys } from '../sys/sys.ts'
import { capped, ofOurs } from './observe.ts'

/** What a selftest finds in `t.context`. */
export interface SelftestContext {
  /** This test's own process in the guest; after reboot(), that in the new one. */
  readonly sys: Sys
  /** What the run was given: `params.provider`. */
  readonly params: Readonly<Record<string, string>>
  /** As the function of that name. */
  needs(condition: unknown, why: string): void
  /**
   * The test causes such a report on purpose: one like it fails the test not by being there, but by not being there at the end.
   * What kills the guest, a panic, cannot be expected.
   */
  expects(report: ExpectedReport): void
  /**
   * Ends the guest at once, as a power cycle, and boots another one; the test's deadline stands still meanwhile.
   * @returns the test's process there. The one that it had, and all that came of it, ended with the old guest.
   * @throws KseriesError if there is nobody to boot another guest, or that does not come up.
   */
  reboot(): Promise<Sys>
  /**
   * Looks for bytes in all of the guest's normal memory, from outside, while the guest stands still.
   * @param needles - of 16 bytes or more each.
   * @returns the guest-physical addresses at which each of them lies, ascending.
   * @throws KseriesError where the guest is no machine whose memory can be read, and for a needle that is too short, or lies in
   * thousands of places.
   */
  findInMemory(...needles: readonly Uint8Array[]): Promise<bigint[][]>
}

export type SelftestBody = (t: ExecutionContext<SelftestContext>) => unknown

/** ava's test(), for a test in the guest: serial, with a process of its own there, and a deadline. */
export interface Selftest {
  (title: string, body: SelftestBody): void
  /** The only tests of this file that are run. */
  only(title: string, body: SelftestBody): void
  skip(title: string, body?: SelftestBody): void
  todo(title: string): void
  /** Passes if it fails. With a deadline of its own, in milliseconds, if given. */
  failing(title: string, body: SelftestBody, milliseconds?: number): void
  /** With a deadline of its own, in milliseconds. */
  timeout(milliseconds: number, title: string, body: SelftestBody): void
}

/** Milliseconds for a test, unless it says otherwise. */
export const DEADLINE = 30_000

/** What `needs` throws; never seen by a test. */
class Skipped extends Error {}

/** Ends the running test as skipped, with the reason, unless the condition holds. */
export const needs = (condition: unknown, why: string): void => {
  if (!condition) throw new Skipped(why)
}

const selftest = (ava: TestFn<SelftestContext>, file: string): Selftest => {
  let client: SessionClient | undefined
  // Run already, by an ava that was ended because another file was stuck.
  const done = (JSON.parse(process.env['KSERIES_DONE'] ?? '{}') as Record<string, readonly string[]>)[file] ?? []
  const wrap = (body: SelftestBody, deadline: number) => async (t: ExecutionContext<SelftestContext>) => {
    const path = process.env['KSERIES_SOCKET']
    if (path === undefined) throw new NoSession()
    // ava's own deadline is only for a process that does not react; waiting for the guest is no fault of the test.
    t.timeout(24 * 60 * 60_000)
    client ??= new SessionClient(path)
    const begun = await client.begin(file, t.title, deadline)
    await runBody(t, body, client, begun)
  }
  const add = (declare: (title: string, body: SelftestBody) => void, deadline = DEADLINE) => {
    return (title: string, body: SelftestBody) => {
      if (!done.includes(title)) declare(title, wrap(body, deadline))
    }
  }
  return Object.assign(add(ava.serial), {
    only: add(ava.serial.only),
    skip: (title: string, body: SelftestBody = () => {}) => ava.serial.skip(title, body),
    todo: (title: string) => ava.serial.todo(title),
    failing: (title: string, body: SelftestBody, milliseconds?: number) =>
      add(ava.serial.failing, milliseconds)(title, body),
    timeout: (milliseconds: number, title: string, body: SelftestBody) => add(ava.serial, milliseconds)(title, body),
  })
}

const runBody = async (
  t: ExecutionContext<SelftestContext>,
  body: SelftestBody,
  client: SessionClient,
  { test, worker, setting, interrupted }: Begun,
): Promise<void> => {
  const expected: ExpectedReport[] = []
  let guest = new GuestRunner(client)
  t.context = {
    sys: new Sys(guest, worker),
    params: setting.params,
    needs,
    expects(report) {
      expected.push(report)
    },
    async reboot() {
      guest.end()
      const next = new GuestRunner(client)
      const sys = new Sys(next, await client.reboot())
      guest = next
      Object.assign(t.context, { sys })
      return sys
    },
    findInMemory: async (...needles) => await client.find(needles),
  }
  let skipped: string | undefined
  let failure: { readonly error: unknown } | undefined
  try {
    await Promise.race([body(t), interrupted])
  } catch (error) {
    // No call fails because the guest died (session/client.ts): this is the test's own, or the interruption itself.
    if (error instanceof Skipped) skipped = error.message
    else failure = { error }
  }
  const { findings, missing } = await client.end(test, {
    skipped,
    failure: failure && explain(failure.error),
    expected: expected.map(reportToWire),
  })
  if (failure) throw failure.error
  if (findings.length > 0) throw new KernelReported(findings)
  if (missing.length > 0 && skipped === undefined) throw new ReportMissing(missing)
  if (skipped === undefined) return
  t.log(`skipped: ${skipped}`)
  t.pass()
}

/** What ava would only show as "Rejected promise returned by test"; of its assertions it knows more itself. */
const explain = (error: unknown): Failure | undefined => {
  if (!(error instanceof Error)) return { message: capped(`It threw ${inspect(error)}`), details: '' }
  if (error.name === 'AssertionError' || error.name === 'TestFailure') return undefined
  // What the session says needs no place in the source.
  if (error instanceof GuestDied || error instanceof TestHung)
    return { message: error.message, details: error.hint ?? '' }
  const stack = (error.stack ?? '').split('\n').filter(line => /^\s+at /.test(line) && !ofOurs.test(line))
  const hint = error instanceof KseriesError && error.hint ? [error.hint] : []
  const kind = /^(Kseries)?Error$/.test(error.name) || error instanceof KseriesError ? '' : `${error.name}: `
  return { message: capped(`${kind}${error.message}`), details: [...hint, ...stack].join('\n') }
}

/** ava can be imported in its own test processes only; nobody else needs `test`. */
const load = async (): Promise<Selftest> => {
  const inTestProcess = process.env['KSERIES_SOCKET'] !== undefined && (!isMainThread || process.send !== undefined)
  if (!inTestProcess) return outside
  const { default: ava } = await import('ava')
  return selftest(ava as TestFn<SelftestContext>, fileURLToPath(ava.meta.file))
}

const complain = () => {
  throw new NoSession()
}
const outside: Selftest = Object.assign(complain, {
  only: complain,
  skip: complain,
  todo: complain,
  failing: complain,
  timeout: complain,
})

/** See Selftest. */
export const test: Selftest = await load()
