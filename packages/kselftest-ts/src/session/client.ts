import { connect } from 'node:net'
import type { ExitStatus } from '../agent/errors.ts'
import type { Limits, Runner } from '../agent/runner.ts'
import type { SysAbi } from '../sys/abi.ts'
import { PacketSocket } from './channel.ts'
import { fromWire, NoSession } from './errors.ts'
import type { GuestFinding } from './guest.ts'
import type { Outcome, Request, Response, Setting } from './wire.ts'

/** A test that has begun. */
export interface Begun {
  readonly test: number
  readonly worker: number
  readonly setting: Setting
  /** Rejects when the guest dies or the test's time is up. */
  readonly interrupted: Promise<never>
}

interface Waiting {
  /** The test that a call is of. */
  readonly test: number | undefined
  readonly keepAlive: boolean
  readonly resolve: (answer: { readonly head: Response; readonly body: Uint8Array }) => void
  readonly reject: (error: Error) => void
}

type WithoutId<R> = R extends { readonly id: number } ? Omit<R, 'id'> : never

/** A test process's connection to the session; runs programs for its tests. */
export class SessionClient implements Runner {
  readonly #socket: PacketSocket<Response, Request>
  readonly #waiting = new Map<number, Waiting>()
  readonly #interrupts = new Map<number, PromiseWithResolvers<never>>()
  readonly #interrupted = new Set<number>()
  #setting: Setting | undefined
  #test: number | undefined
  #closed: Error | undefined
  #next = 0

  /** @param path - of the session's socket. */
  constructor(path: string) {
    const socket = connect(path)
    let cause: unknown
    socket.once('error', error => {
      cause = error
    })
    this.#socket = new PacketSocket(
      socket,
      ({ head, body }) => this.#came(head, body),
      () => this.#down(new NoSession(cause)),
    )
    this.#socket.ref(false)
  }

  get abi(): SysAbi {
    return this.#now.abi
  }

  get limits(): Limits {
    return this.#now.limits
  }

  get params(): Readonly<Record<string, string>> {
    return this.#now.params
  }

  /** Waits for the test's turn and for the guest. @throws NoSession, and whatever kept the guest from booting. */
  async begin(file: string, title: string, deadline: number): Promise<Begun> {
    const { head } = await this.#ask({ kind: 'begin', file, title, deadline })
    if (head.kind !== 'begun') throw new TypeError(`Unexpected answer: ${head.kind}`)
    const { test, worker, setting } = head
    this.#setting = setting
    this.#test = test
    return { test, worker, setting, interrupted: this.#interrupt(test).promise }
  }

  /** Has the running test's guest ended and another one booted. @returns the test's process there. @throws KseriesError. */
  async reboot(): Promise<number> {
    const { head } = await this.#ask({ kind: 'reboot' })
    if (head.kind !== 'rebooted') throw new TypeError(`Unexpected answer: ${head.kind}`)
    return head.worker
  }

  /** Guest-physical addresses of each needle in the guest's memory. */
  async find(needles: readonly Uint8Array[]): Promise<bigint[][]> {
    const lengths = needles.map(({ length }) => length)
    const { head } = await this.#ask({ kind: 'find', lengths }, Buffer.concat(needles))
    if (head.kind !== 'found') throw new TypeError(`Unexpected answer: ${head.kind}`)
    return head.addresses.map(places => places.map(BigInt))
  }

  /** @returns what the kernel reported while the test ran and was not expected, and what was expected and did not come. */
  async end(
    test: number,
    outcome: Outcome,
  ): Promise<{ readonly findings: readonly GuestFinding[]; readonly missing: readonly string[] }> {
    this.#interrupts.delete(test)
    for (const [id, waiting] of this.#waiting) if (waiting.test === test) this.#forget(id)
    const { head } = await this.#ask({ kind: 'end', test, outcome })
    return head.kind === 'ended' ? { findings: head.findings, missing: head.missing } : { findings: [], missing: [] }
  }

  async run(worker: number, program: Uint8Array, what = ''): Promise<Uint8Array> {
    return (await this.#ask({ kind: 'run', worker, what }, program)).body
  }

  cancel(worker: number): void {
    this.#socket.send({ kind: 'cancel', worker })
  }

  kill(worker: number): void {
    this.#socket.send({ kind: 'kill', worker })
  }

  async gone(worker: number): Promise<ExitStatus> {
    const { head } = await this.#ask({ kind: 'gone', worker }, undefined, false)
    return head.kind === 'status' ? head.status : { code: 0 }
  }

  get #now(): Setting {
    if (!this.#setting) throw new TypeError('No test has begun')
    return this.#setting
  }

  async #ask(request: WithoutId<Request>, body?: Uint8Array, keepAlive = true) {
    if (this.#closed) throw this.#closed
    const id = ++this.#next
    const test = request.kind === 'begin' || request.kind === 'end' ? undefined : this.#test
    return await new Promise<{ readonly head: Response; readonly body: Uint8Array }>((resolve, reject) => {
      this.#waiting.set(id, { test, keepAlive, resolve, reject })
      this.#refer()
      this.#socket.send({ ...request, id } as Request, body)
    })
  }

  #forget(id: number) {
    this.#waiting.delete(id)
    this.#refer()
  }

  /** A process that waits for an answer stays alive; one that only might hear of a worker's end need not. */
  #refer() {
    this.#socket.ref(this.#waiting.values().some(({ keepAlive }) => keepAlive))
  }

  /** What interrupts a test. It may come in one piece with its beginning, before begin() has gone on. */
  #interrupt(test: number): PromiseWithResolvers<never> {
    const made = this.#interrupts.get(test) ?? Promise.withResolvers<never>()
    made.promise.catch(() => {})
    this.#interrupts.set(test, made)
    return made
  }

  #came(head: Response, body: Uint8Array) {
    if (head.kind === 'interrupted') {
      this.#interrupted.add(head.test)
      this.#interrupt(head.test).reject(fromWire(head.error))
      return
    }
    const waiting = this.#waiting.get(head.id)
    this.#forget(head.id)
    if (head.kind === 'failed') {
      // The test is over, and its interruption says why. A call is left as it is: an error would please throwsAsync(), and
      // be an unhandled one where nobody waits any more.
      if (waiting?.test !== undefined && (head.error.kind === 'guest-died' || this.#interrupted.has(waiting.test)))
        return
      waiting?.reject(fromWire(head.error))
    } else {
      waiting?.resolve({ head, body })
    }
  }

  #down(error: Error) {
    this.#closed = error
    for (const { reject } of this.#waiting.values()) reject(error)
    for (const { reject } of this.#interrupts.values()) reject(error)
    this.#waiting.clear()
  }
}
