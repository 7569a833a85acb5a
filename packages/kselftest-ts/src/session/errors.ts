import { ExitCode, KseriesError } from '@kseries/host'
import { AgentLost, type ExitStatus, WorkerGone } from '../agent/errors.ts'
import type { GuestFinding } from './guest.ts'
import type { WireError } from './wire.ts'

/** The guest panicked, hung, was reset or killed while a test ran in it. */
export class GuestDied extends KseriesError {
  readonly reason: string
  readonly findings: readonly GuestFinding[]

  constructor(reason: string, findings: readonly GuestFinding[] = []) {
    const last = findings.at(-1)
    super(`The guest died: ${reason}${last ? `\n${last.text.split('\n').slice(0, 40).join('\n')}` : ''}`, {
      exitCode: ExitCode.verdict,
    })
    this.reason = reason
    this.findings = findings
  }
}

/** A test did not end in time. */
export class TestHung extends KseriesError {
  readonly seconds: number
  /** The calls that had not come back. */
  readonly running: readonly string[]

  constructor(seconds: number, running: readonly string[]) {
    const calls = running.slice(0, 5).join('; ')
    super(`The test did not end within ${seconds} s${calls && `; still running: ${calls}`}`, {
      hint: 'test.timeout(milliseconds, title, test) gives it more.',
      exitCode: ExitCode.verdict,
    })
    this.seconds = seconds
    this.running = running
  }
}

/** A report of the kernel's own checkers during a test that else would have passed. */
export class KernelReported extends KseriesError {
  readonly findings: readonly GuestFinding[]

  constructor(findings: readonly GuestFinding[]) {
    super(`The kernel reported: ${findings.map(({ title }) => title).join('; ')}\n${findings[0]?.text ?? ''}`, {
      exitCode: ExitCode.verdict,
    })
    this.findings = findings
  }
}

/** Reports that a test said it would cause did not come. */
export class ReportMissing extends KseriesError {
  constructor(missing: readonly string[]) {
    super(missing.join('\n'), { exitCode: ExitCode.verdict })
  }
}

/** There is no session to talk to. */
export class NoSession extends KseriesError {
  constructor(cause?: unknown) {
    super('Cannot reach a guest: no session is at $KSERIES_SOCKET', {
      hint: 'Selftests are run by `kseries run`, which boots a guest for them.',
      exitCode: ExitCode.usage,
      cause,
    })
  }
}

/** There is no guest, and nobody to boot one. */
export class NoGuest extends KseriesError {
  constructor() {
    super('There is no guest to run tests in')
  }
}

/** A test uses a process of the guest that it had rebooted. */
export class GuestRebooted extends KseriesError {
  constructor() {
    super('The guest was rebooted, and this process ended with it', {
      hint: 'The one in the new guest is what `t.context.reboot()` gave; `t.context.sys` is that, too.',
    })
  }
}

/** A test wants another guest, and there is none. */
export class RebootFailed extends KseriesError {
  constructor(cause: unknown) {
    const hint = cause instanceof KseriesError ? cause.hint : undefined
    const why = cause instanceof Error ? cause.message : String(cause)
    super(`Cannot reboot the guest: ${why}`, { cause, ...(hint !== undefined && { hint }) })
  }
}

/** The guest is no machine whose memory is seen from outside. */
export class NoOutsideMemory extends KseriesError {
  constructor() {
    super('Cannot search the memory of this guest: nothing here can read it from outside')
  }
}

/** What a test looks for in memory is too short, or lies about everywhere. */
export class BadNeedle extends KseriesError {
  constructor(must: string) {
    super(`What is looked for in memory must ${must}`)
  }
}

/** Guest after guest died: the rest of the tests is given up. */
export class TooManyDeaths extends KseriesError {
  constructor(deaths: number) {
    super(`Given up: ${deaths} guests have died under the tests`)
  }
}

/** An error as it travels to a test process. */
export const toWire = (error: unknown): WireError => {
  if (error instanceof WorkerGone) return { kind: 'worker-gone', status: error.status }
  if (error instanceof GuestDied) return { kind: 'guest-died', reason: error.reason, findings: error.findings }
  if (error instanceof TestHung) return { kind: 'test-hung', seconds: error.seconds, running: error.running }
  if (error instanceof AgentLost) return { kind: 'guest-died', reason: error.message, findings: [] }
  if (error instanceof KseriesError) return { kind: 'other', message: error.message, hint: error.hint }
  return { kind: 'other', message: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}

/** The error that travelled. */
export const fromWire = (error: WireError): Error => {
  switch (error.kind) {
    case 'worker-gone':
      return new WorkerGone(error.status satisfies ExitStatus)
    case 'guest-died':
      return new GuestDied(error.reason, error.findings)
    case 'test-hung':
      return new TestHung(error.seconds, error.running)
    case 'other':
      return new KseriesError(error.message, error.hint === undefined ? {} : { hint: error.hint })
  }
}
