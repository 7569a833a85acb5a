import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KseriesError } from '@kseries/host'
import { AgentLost } from '../agent/errors.ts'
import type { Sys } from '../sys/sys.ts'
import { PacketSocket } from './channel.ts'
import { Deadline } from './deadline.ts'
import { type GuestDied, NoOutsideMemory, RebootFailed, TestHung, toWire } from './errors.ts'
import { withoutExpected } from './expected.ts'
import type { GuestFinding } from './guest.ts'
import type { GuestLink } from './guest-link.ts'
import { searchMemory } from './memory-search.ts'
import type { SessionOptions } from './options.ts'
import type { TestRecord } from './record.ts'
import { type Visit, Visits, type Work } from './visits.ts'
import type { Request, Response } from './wire.ts'

/** Milliseconds for a test process to end a test whose time is up. */
const STUCK = 15_000

type Client = PacketSocket<Request, Response>

/** A test whose process may make calls. */
interface Running {
  readonly visit: Visit
  readonly client: Client
  readonly deadline: Deadline
  /** What its workers were told to do and have not done, the oldest first. */
  readonly calls: Map<number, string>
  /** Resolves when the guest that it wants instead is there, or is not to be had. */
  rebooting?: Promise<void>
}

/**
 * Owns the link to the guest and lends it to test processes over a unix socket, one test at a time. A test that panics or
 * hangs the guest takes nothing but itself along: the next one gets a new guest.
 */
export class Session implements AsyncDisposable {
  /** For $KSERIES_SOCKET. */
  readonly socketPath: string
  /** A record that was complete got a finding: its report came late. Without a listener it is one of nobody's. */
  onLate: ((record: TestRecord) => void) | undefined
  /** A test's time is up, and its process does not react. */
  onStuck: (record: TestRecord) => void = () => {}
  readonly #options: SessionOptions
  readonly #server: Server
  readonly #folder: string
  readonly #clients = new Set<Client>()
  readonly #visits: Visits
  #running: Running | undefined

  private constructor(options: SessionOptions, server: Server, folder: string) {
    this.#options = options
    this.#server = server
    this.#folder = folder
    this.socketPath = join(folder, 'session')
    this.#visits = new Visits(options, {
      died: (visit, error) => this.#died(visit, error),
      late: (record, finding) => (this.onLate ? this.onLate(record) : void this.strayFindings.push(finding)),
    })
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

  get records(): readonly TestRecord[] {
    return this.#visits.records
  }

  /** Reports that came while no test ran, and deaths of guests that nothing else tells of. */
  get strayFindings(): GuestFinding[] {
    return this.#visits.strayFindings
  }

  /** The guest's link, when it is up; a new guest's, if the last one died. For work outside of tests. */
  async link(): Promise<GuestLink> {
    return await this.#visits.guests.link()
  }

  /** The link of the guest that is up, if one is. */
  async current(): Promise<GuestLink | undefined> {
    return await this.#visits.guests.current()
  }

  /**
   * Does work of our own in the guest, such as a KUnit suite, as if it were a test: in its turn, in a process of its own,
   * between marks on the console, with a deadline.
   * @returns its record, and what `work` gave: undefined if the guest died under it or it took too long.
   * @throws what `work` throws, what `link` throws, Interrupted.
   */
  async attend<T>(
    what: Work,
    work: (sys: Sys) => Promise<T>,
  ): Promise<{ readonly record: TestRecord; readonly value: T | undefined }> {
    return await this.#visits.attend(what, work)
  }

  /** Waits until all that the kernel has said up to now is known. */
  async settle(): Promise<void> {
    await this.#visits.settle()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    for (const client of this.#clients) client.close()
    await this.#visits.guests[Symbol.asyncDispose]()
    await rm(this.#folder, { recursive: true, force: true })
  }

  #accept(socket: Socket) {
    const client: Client = new PacketSocket<Request, Response>(
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

  async #serve(client: Client, request: Request, body: Uint8Array): Promise<void> {
    try {
      switch (request.kind) {
        case 'begin':
          return await this.#begin(client, request)
        case 'end':
          return await this.#end(client, request)
        case 'run': {
          const { visit, calls } = this.#now(client)
          const { link } = visit
          calls.set(request.id, request.what)
          const answer = link.agent.run(request.worker, body).catch(async error => {
            // Why the line ended is known a moment later.
            throw error instanceof AgentLost ? await link.died : error
          })
          const bytes = await answer.finally(() => calls.delete(request.id))
          return client.send({ kind: 'answer', id: request.id }, bytes)
        }
        case 'gone': {
          const status = await this.#now(client).visit.link.agent.gone(request.worker)
          return client.send({ kind: 'status', id: request.id, status })
        }
        case 'reboot': {
          const worker = await this.#reboot(this.#now(client))
          return client.send({ kind: 'rebooted', id: request.id, worker })
        }
        case 'find': {
          const { memory } = this.#now(client).visit.link
          if (!memory) throw new NoOutsideMemory()
          const found = await searchMemory(memory.pieces(), split(body, request.lengths))
          return client.send({ kind: 'found', id: request.id, addresses: found.map(places => places.map(String)) })
        }
        case 'cancel':
          return this.#now(client).visit.link.agent.cancel(request.worker)
        case 'kill':
          return this.#now(client).visit.link.agent.kill(request.worker)
      }
    } catch (error) {
      if ('id' in request) client.send({ kind: 'failed', id: request.id, error: toWire(error) })
    }
  }

  #now(client: Client): Running {
    if (this.#running?.client !== client) throw new KseriesError('The test has ended; its calls end with it')
    return this.#running
  }

  async #begin(client: Client, request: Request & { kind: 'begin' }): Promise<void> {
    const { id, file, title, deadline } = request
    const release = await this.#visits.turn()
    // Its process may have died while it waited: then nobody would end the test.
    if (!this.#clients.has(client)) return release()
    const visit = await this.#visits.begin(file, title, release)
    if (!this.#clients.has(client)) return await this.#visits.end(visit)
    const { abi, params = {}, timeFactor = 1 } = this.#options
    const time = deadline * timeFactor
    this.#running = { visit, client, deadline: new Deadline(time, () => this.#late(time)), calls: new Map() }
    const setting = { abi, limits: visit.link.agent.limits, params }
    client.send({ kind: 'begun', id, test: visit.record.number, worker: visit.worker, setting })
  }

  async #end(client: Client, request: Request & { kind: 'end' }): Promise<void> {
    const running = this.#now(client)
    const { record } = running.visit
    record.skipped = request.outcome.skipped
    record.failure = request.outcome.failure
    await this.#finish(running)
    const { left, missing } = withoutExpected(record.findings, request.outcome.expected ?? [])
    record.findings.splice(0, record.findings.length, ...left)
    // Of a test that was interrupted, what did not come is not the point.
    if (missing.length > 0 && !record.died && !record.hung && record.skipped === undefined)
      record.failure ??= { message: missing.join('\n'), details: '' }
    client.send({ kind: 'ended', id: request.id, findings: left, missing })
  }

  async #finish(running: Running): Promise<void> {
    running.deadline.stop()
    this.#running = undefined
    await running.rebooting
    await this.#visits.end(running.visit)
  }

  /** @returns the test's process in the new guest. @throws RebootFailed */
  async #reboot(running: Running): Promise<number> {
    if (running.rebooting) throw new RebootFailed('it is rebooting')
    const { visit, deadline } = running
    deadline.pause()
    const work = this.#visits.reboot(visit)
    running.rebooting = work.catch(() => {})
    try {
      await work
    } finally {
      delete running.rebooting
      if (this.#running === running) deadline.resume()
    }
    return visit.worker
  }

  #late(deadline: number) {
    const running = this.#running
    if (!running) return
    const { record, link, worker } = running.visit
    const error = new TestHung(deadline / 1000, [...running.calls.values()])
    record.hung = error
    running.client.send({ kind: 'interrupted', test: record.number, error: toWire(error) })
    // What blocks in the guest ends, and with it what the test waits for.
    link.agent.kill(worker)
    // Unless it waits for nothing, and keeps its own process busy.
    setTimeout(() => this.#running === running && this.onStuck(record), STUCK).unref()
  }

  #died(visit: Visit, error: GuestDied) {
    if (this.#running?.visit !== visit) return
    this.#running.client.send({ kind: 'interrupted', test: visit.record.number, error: toWire(error) })
  }
}

/** Bytes that were put one behind the other. */
const split = (bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] => {
  let at = 0
  return lengths.map(length => {
    at += length
    return bytes.subarray(at - length, at)
  })
}

/**
 * Opens a session: the unix socket that test processes find by $KSERIES_SOCKET, and behind it the guest.
 * @throws what node:net says if no socket can be made.
 */
export const serveSession = async (options: SessionOptions): Promise<Session> => await Session.open(options)
