/** What an exit status of `kseries` means; one number a kind of ending, so that CI can act on it. */
export const ExitCode = {
  /** Every test passed, the work was done. */
  ok: 0,
  /** The work was done and the verdict is bad: a test failed, the kernel panicked, splatted or hung. */
  verdict: 1,
  /** The caller must change the input: an unknown option, a malformed series, an anchor that matches nothing. */
  usage: 2,
  /** The kernel or a program for the guest does not compile. */
  build: 3,
  /** The machine is at fault: a missing tool, no network, a full disk. The same call may work later. */
  infra: 4,
  /** Ended by Ctrl-C or SIGTERM. */
  interrupted: 130,
} as const

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode]

export interface KseriesErrorOptions extends ErrorOptions {
  /** The next step a person would take, a sentence. */
  readonly hint?: string
  /** @default ExitCode.infra */
  readonly exitCode?: ExitCode
}

/**
 * The base of every failure a caller can act on. The message names the thing and the value; `hint` says what to do about
 * it; `exitCode` is what the command ends with when nobody handles it. Any other error is a defect of ours.
 */
export class KseriesError extends Error {
  readonly hint: string | undefined
  readonly exitCode: ExitCode

  constructor(message: string, options: KseriesErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : {})
    this.name = new.target.name
    this.hint = options.hint
    this.exitCode = options.exitCode ?? ExitCode.infra
  }
}

/** The caller, or Ctrl-C, asked for an end. */
export class Interrupted extends KseriesError {
  constructor(what: string, cause?: unknown) {
    super(`Interrupted: ${what}`, { exitCode: ExitCode.interrupted, cause })
  }
}

/** For the `default` of a `switch` over a discriminated union: does not compile while a kind is missing. */
export const assertNever = (value: never): never => {
  throw new TypeError(`Unexpected kind: ${JSON.stringify(value)}`)
}
