import type { ExitStatus } from '../agent/errors.ts'
import type { Limits, Runner } from '../agent/runner.ts'
import type { SysAbi } from '../sys/abi.ts'
import { GuestRebooted } from './errors.ts'

/** How processes of a guest have ended that was switched off. */
const KILLED: ExitStatus = { signal: 9 }

/**
 * Runs programs in one guest of a session, until the test reboots it: the next one may have a worker of the same number, whose process
 * is another.
 */
export class GuestRunner implements Runner {
  readonly #session: Runner
  readonly #ended = Promise.withResolvers<ExitStatus>()
  #over = false

  constructor(session: Runner) {
    this.#session = session
  }

  /** The guest is switched off. */
  end(): void {
    this.#over = true
    this.#ended.resolve(KILLED)
  }

  get abi(): SysAbi {
    return this.#session.abi
  }

  get limits(): Limits {
    return this.#session.limits
  }

  get params(): Readonly<Record<string, string>> {
    return this.#session.params
  }

  async run(worker: number, program: Uint8Array, what?: string): Promise<Uint8Array> {
    if (this.#over) throw new GuestRebooted()
    return await this.#session.run(worker, program, what)
  }

  cancel(worker: number): void {
    if (!this.#over) this.#session.cancel(worker)
  }

  kill(worker: number): void {
    if (!this.#over) this.#session.kill(worker)
  }

  async gone(worker: number): Promise<ExitStatus> {
    return this.#over ? KILLED : await Promise.race([this.#session.gone(worker), this.#ended.promise])
  }
}
