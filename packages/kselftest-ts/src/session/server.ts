import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Interrupted, KseriesError } from '@kseries/host'
import { AgentLost } from '../agent/errors.ts'
import type { SysAbi } from '../sys/abi.ts'
import type { Sys } from '../sys/sys.ts'
import { PacketSocket } from './channel.ts'
import { GuestDied, NoGuest, TestHung, TooManyDeaths, toWire } from './errors.ts'
import type { Guest, GuestFinding } from './guest.ts'
import { GuestLink } from './guest-link.ts'
import { newRecord, type TestRecord } from './record.ts'
import { Turns } from './turns.ts'
import type { Request, Response } from './wire.ts'

export interface SessionOptions {
  /** What boots now; tests wait for it. Not given: `reboot` is asked when the first test begins. */
  readonly guest?: Guest | Promise<Guest> | undefined
  /** Makes a new guest, when the last one has died. Without it the tests that are left fail. */
  readonly reboot?: (() => Promise<Guest>) | undefined
  readonly abi: SysAbi
  /** Goes to the tests as `t.context.params`. */
  readonly params?: Readonly<Record<string, string>> | undefined
  readonly signal?: AbortSignal | undefined
  /** Milliseconds until a guest's agent must have answered. @default 60000 */
  readonly bootTimeout?: number | undefined
  /** How many guests may die before the rest is given up. @default 20 */
  readonly deaths?: number | undefined
}

/** Milliseconds for a test process to end a test whose time is up. */
const STUCK = 15_000

interface Running {
  readonly record: TestRecord
  readonly link: GuestLink
  readonly worker: number
  readonly client: PacketSocket<Request, Response>
  readonly startedAt: number
  readonly timer: NodeJS.Timeout
  readonly release: () => void
  /** What its workers were told to do and have not done, the oldest first. */
  readonly calls: Map<number, string>
}

/**
 * Owns the link to the guest and lends it to test processes over a unix socket, one test at a time. A test that panics or
 * hangs the guest takes nothing but itself along: the next one gets a new guest.
 */
export class Session implements AsyncDisposable {
  /** For $KSERIES_SOCKET. */
  readonly socketPath: string
  readonly records: TestRecord[] = []
  /** Reports that came while no test ran. */
  readonly strayFindings: GuestFinding[] = []
  /** A record that was complete got a finding: its report came late. */
  onLate: (record: TestRecord) => void = () => {}
  /** A test's time is up, and its process does not react. */
  onStuck: (record: TestRecord) => void = () => {}
  readonly #options: SessionOptions
  readonly #server: Server
  readonly #folder: string
  readonly #clients = new Set<PacketSocket<Request, Response>>()
  readonly #turns = new Turns()
  #running: Running | undefined
  #guest: Promise<Guest> | undefined
  #link: Promise<GuestLink> | undefined
  #deaths = 0

  private constructor(options: SessionOptions, server: Server, folder: string) {
    this.#options = options
    this.#server = server
    this.#folder = folder
    this.socketPath = join(folder, 'session')
    this.#guest = options.guest === undefined ? undefined : Promise.resolve(options.guest)
    this.#guest?.catch(() => {})
    server.on('connection', socket => this.#accept(socket))
  }

  /** See `serveSession`. */
  static async open(options: SessionOptions): Promise<Session> {
    const folder = await mkdtemp(join(tmpdir(), 'kseries-'))
    const session = new Session(options, createServer(), folder)
    await new Promise<void>((resolve, reject) => {
      session.#server.once('error', reject)
      session.#server.listen(session.socketPath, resolve)
    })
    // The guest boots while ava starts.
    if (options.guest !== undefined) session.link().catch(() => {})
    return session
  }

  /** The guest's link, when it is up; a new guest's, if the last one died. For work outside of tests, such as KUnit. */
  async link(): Promise<GuestLink> {
    const before = this.#link
    const current = await before?.catch(() => undefined)
    if (current && !current.dead) return current
    if (this.#link === before || !this.#link) {
      this.#link = this.#connect(before !== undefined)
      this.#link.catch(() => {})
    }
    return await this.#link
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    for (const client of this.#clients) client.close()
    const link = await this.#link?.catch(() => undefined)
    await link?.[Symbol.asyncDispose]()
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #connect(again: boolean): Promise<GuestLink> {
    const { abi, signal, reboot, bootTimeout, deaths = 20 } = this.#options
    if (again && ++this.#deaths > deaths) throw new TooManyDeaths(this.#deaths)
    const guest = this.#guest ?? reboot?.()
    this.#guest = undefined
    if (!guest) throw new NoGuest()
    const link = await GuestLink.start({
      guest: await guest,
      abi,
      signal,
      timeout: bootTimeout,
      onFinding: (finding, owner) => this.#found(finding, owner),
    })
    void link.died.then(error => this.#died(link, error))
    return link
  }

  #accept(socket: Socket) {
    const client: PacketSocket<Request, Response> = new PacketSocket<Request, Response>(
      socket,
      ({ head, body }) => void this.#serve(client, head, body),
      () => {
        this.#clients.delete(client)
        // A test process that ended in the middle of a test.
        if (this.#running?.client === client) void this.#finish(this.#running)
      },
    )
    this.#clients.add(client)
  }

  async #serve(client: PacketSocket<Request, Response>, request: Request, body: Uint8Array): Promise<void> {
    try {
      switch (request.kind) {
        case 'begin':
          return await this.#begin(client, request)
        case 'end':
          return await this.#end(client, request)
        case 'run': {
          const { link, calls } = this.#now(client)
          calls.set(request.id, request.what)
          const answer = link.agent.run(request.worker, body).catch(async error => {
            // Why the line ended is known a moment later.
            throw error instanceof AgentLost ? await link.died : error
          })
          const bytes = await answer.finally(() => calls.delete(request.id))
          return client.send({ kind: 'answer', id: request.id }, bytes)
        }
        case 'gone': {
          const status = await this.#now(client).link.agent.gone(request.worker)
          return client.send({ kind: 'status', id: request.id, status })
        }
        case 'cancel':
          return this.#now(client).link.agent.cancel(request.worker)
        case 'kill':
          return this.#now(client).link.agent.kill(request.worker)
      }
    } catch (error) {
      if ('id' in request) client.send({ kind: 'failed', id: request.id, error: toWire(error) })
    }
  }

  #now(client: PacketSocket<Request, Response>): Running {
    if (this.#running?.client !== client) throw new KseriesError('The test has ended; its calls end with it')
    return this.#running
  }

  /**
   * Does work of our own in the guest, such as a KUnit suite, as if it were a test: in its turn, between marks on the console,
   * with a deadline in milliseconds.
   * @param group - what its record has as `file`.
   * @returns its record, and what `work` gave: undefined if the guest died under it or it took too long.
   * @throws what `work` throws, what `link` throws, Interrupted.
   */
  async attend<T>(
    { group, title, deadline }: { readonly group: string; readonly title: string; readonly deadline: number },
    work: (sys: Sys) => Promise<T>,
  ): Promise<{ readonly record: TestRecord; readonly value: T | undefined }> {
    const release = await this.#turns.take()
    const record = this.#newRecord(group, title)
    const startedAt = performance.now()
    try {
      const link = await this.link()
      await link.mark(`begin ${record.number}: ${title}`, record.number)
      const done = work(link.service).catch(async (error: unknown) => {
        // A line that ended is told before why it did.
        throw error instanceof AgentLost ? await link.died : error
      })
      const died = link.died.then(error => Promise.reject(error))
      const late = delay(deadline, undefined, { ref: false, signal: this.#options.signal }).then(
        () => Promise.reject(new TestHung(deadline / 1000, [title])),
        (error: unknown) => Promise.reject(new Interrupted(title, error)),
      )
      try {
        return { record, value: await Promise.race([done, died, late]) }
      } catch (error) {
        if (error instanceof GuestDied) record.died = error
        else if (error instanceof TestHung) {
          record.hung = error
          link.declareDead(`'${title}' did not end`)
        } else throw error
        return { record, value: undefined }
      } finally {
        await link.mark(`end ${record.number}`, undefined)
      }
    } finally {
      record.duration = performance.now() - startedAt
      release()
    }
  }

  #newRecord(file: string, title: string): TestRecord {
    const record = newRecord(this.records.length, file, title)
    this.records.push(record)
    return record
  }

  async #begin(client: PacketSocket<Request, Response>, request: Request & { kind: 'begin' }): Promise<void> {
    const { id, file, title, deadline } = request
    const release = await this.#turns.take()
    const record = this.#newRecord(file, title)
    try {
      const link = await this.link()
      const worker = await link.open()
      void link.mark(`begin ${record.number}: ${title}`, record.number)
      const timer = setTimeout(() => this.#late(deadline), deadline)
      this.#running = { record, link, worker, client, startedAt: performance.now(), timer, release, calls: new Map() }
      const { abi, params = {} } = this.#options
      const setting = { abi, limits: link.agent.limits, params }
      client.send({ kind: 'begun', id, test: record.number, worker, setting })
    } catch (error) {
      record.infra = error instanceof Error ? error.message : String(error)
      release()
      throw error
    }
  }

  async #end(client: PacketSocket<Request, Response>, request: Request & { kind: 'end' }): Promise<void> {
    const running = this.#now(client)
    running.record.skipped = request.outcome.skipped
    running.record.failure = request.outcome.failure
    await this.#finish(running)
    client.send({ kind: 'ended', id: request.id, findings: running.record.findings })
  }

  /** Takes the test's process down, waits for what the kernel says of that, and lets the next test begin. */
  async #finish(running: Running): Promise<void> {
    const { record, link, worker, timer, startedAt } = running
    clearTimeout(timer)
    this.#running = undefined
    const gone = await link.close(worker)
    if (!gone) {
      record.hung ??= new TestHung(0, ['its process, which cannot be killed'])
      link.declareDead('a process cannot be killed: the kernel holds it')
    } else if (record.hung && !(await link.answers())) {
      link.declareDead('it answers no more')
    }
    await link.mark(`end ${record.number}`, undefined)
    record.duration = performance.now() - startedAt
    running.release()
  }

  #late(deadline: number) {
    const running = this.#running
    if (!running) return
    const error = new TestHung(deadline / 1000, [...running.calls.values()])
    running.record.hung = error
    running.client.send({ kind: 'interrupted', test: running.record.number, error: toWire(error) })
    // What blocks in the guest ends, and with it what the test waits for.
    running.link.agent.kill(running.worker)
    // Unless it waits for nothing, and keeps its own process busy.
    setTimeout(() => this.#running === running && this.onStuck(running.record), STUCK).unref()
  }

  #died(link: GuestLink, error: GuestDied) {
    const running = this.#running
    if (running?.link !== link) return
    running.record.died = error
    running.client.send({ kind: 'interrupted', test: running.record.number, error: toWire(error) })
  }

  #found(finding: GuestFinding, owner: number | undefined) {
    const record = owner === undefined ? undefined : this.records[owner]
    if (!record) return void this.strayFindings.push(finding)
    record.findings.push(finding)
    if (this.#running?.record !== record) this.onLate(record)
  }
}

/**
 * Opens a session: the unix socket that test processes find by $KSERIES_SOCKET, and behind it the guest.
 * @throws what node:net says if no socket can be made.
 */
export const serveSession = async (options: SessionOptions): Promise<Session> => await Session.open(options)
