import { ExitCode, KseriesError } from '@kseries/host'

/** How a process ended. */
export type ExitStatus = { readonly code: number } | { readonly signal: number }

/** The agent never answered. */
export class AgentSilent extends KseriesError {
  constructor(seconds: number, cause?: unknown) {
    super(`Cannot reach the agent: it did not answer within ${seconds} s`, {
      hint: 'The console log says how far the guest came; a kernel for a virtio channel needs VIRTIO_CONSOLE, and the bus it is on.',
      exitCode: ExitCode.verdict,
      cause,
    })
  }
}

/** The agent speaks another protocol: it was built from other sources. */
export class AgentMismatch extends KseriesError {
  constructor(found: number, wanted: number) {
    super(`Cannot talk to the agent: it speaks protocol ${found}, this is ${wanted}`, {
      hint: 'Build the initramfs anew: its agent is from other sources.',
    })
  }
}

/** The line to the agent ended, or the agent began anew: whatever ran is lost. */
export class AgentLost extends KseriesError {
  readonly kind: 'closed' | 'restarted'

  constructor(kind: 'closed' | 'restarted', cause?: unknown) {
    super(
      kind === 'closed' ? 'The line to the agent ended' : 'The agent was restarted: all that ran in the guest is gone',
      {
        exitCode: ExitCode.verdict,
        cause,
      },
    )
    this.kind = kind
  }
}

/** The process that was to make the calls has ended. */
export class WorkerGone extends KseriesError {
  readonly status: ExitStatus

  constructor(status: ExitStatus) {
    super(
      'signal' in status
        ? `The process in the guest was ended by signal ${status.signal}`
        : `The process in the guest exited with ${status.code}`,
      { exitCode: ExitCode.verdict },
    )
    this.status = status
  }
}

/** The agent has no place for one more worker, or no such worker. */
export class AgentRefused extends KseriesError {
  constructor(what: string, errno: number) {
    super(`The agent refused ${what}: errno ${errno}`, { exitCode: ExitCode.verdict })
  }
}
