import type { SysAbi } from '../sys/abi.ts'
import type { ExitStatus } from './errors.ts'

/** What a program may be. */
export interface Limits {
  readonly programBytes: number
  readonly operations: number
}

/** Who runs programs for `Sys`: an agent's link itself, or the session server by way of its socket. */
export interface Runner {
  readonly abi: SysAbi
  readonly limits: Limits
  /** What a run gave its tests; none where there is no run. */
  readonly params: Readonly<Record<string, string>>
  /**
   * Runs a program on a worker, after those it was given before.
   * @param program - as `Program.encode` makes it; its place for worker and number is filled in.
   * @param what - the calls, for a person who asks what is running.
   * @returns the agent's answer.
   * @throws WorkerGone, AgentLost, AgentRefused.
   */
  run(worker: number, program: Uint8Array, what?: string): Promise<Uint8Array>
  /** Ends the worker's running system call with EINTR, and the program with it. */
  cancel(worker: number): void
  /** SIGKILL for the worker's process. */
  kill(worker: number): void
  /** Resolves when the worker has ended. @throws AgentLost. */
  gone(worker: number): Promise<ExitStatus>
}
