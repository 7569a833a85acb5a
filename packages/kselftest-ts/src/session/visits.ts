import { setTimeout as delay } from 'node:timers/promises'
import { Interrupted } from '@kseries/host'
import { AgentLost } from '../agent/errors.ts'
import { Sys } from '../sys/sys.ts'
import { GuestDied, RebootFailed, TestHung } from './errors.ts'
import type { GuestFinding } from './guest.ts'
import type { GuestLink } from './guest-link.ts'
import { Guests } from './guests.ts'
import type { SessionOptions } from './options.ts'
import { newRecord, type TestRecord } from './record.ts'
import { Turns } from './turns.ts'

/** One test's time in a guest, from its mark on the console to the end of its process and the mark after that. */
export interface Visit {
  readonly record: TestRecord
  /** Of the guest that it is in; another one when the test has rebooted it. */
  link: GuestLink
  /** Its process there. */
  worker: number
  readonly startedAt: number
  readonly release: () => void
}

export interface VisitsEvents {
  /** The guest died under a visit that has not ended. */
  readonly died: (visit: Visit, error: GuestDied) => void
  /** A record that was complete got a finding: its report came late. */
  readonly late: (record: TestRecord, finding: GuestFinding) => void
}

/** What is attended; see `Session.attend`. */
export interface Work {
  /** What its record has as `file`. */
  readonly group: string
  readonly title: string
  /** Milliseconds, for a guest as fast as `timeFactor` 1. */
  readonly deadline: number
}

/** Lets tests into the guest one at a time, and charges each with what the kernel said and with the guest's death. */
export class Visits {
  readonly guests: Guests
  readonly records: TestRecord[] = []
  readonly strayFindings: GuestFinding[] = []
  readonly #options: SessionOptions
  readonly #events: VisitsEvents
  readonly #turns = new Turns()
  #current: Visit | undefined

  constructor(options: SessionOptions, events: VisitsEvents) {
    this.#options = options
    this.#events = events
    this.guests = new Guests(options, {
      found: (finding, owner) => this.#found(finding, owner),
      died: (link, error) => this.#died(link, error),
    })
  }

  /** Waits for a turn. @returns the way to end it. */
  async turn(): Promise<() => void> {
    return await this.#turns.take()
  }

  /** Makes a process in a guest that lives, and the mark on its console. @param release - ends the turn. */
  async begin(file: string, title: string, release: () => void): Promise<Visit> {
    const record = newRecord(this.records.length, file, title)
    this.records.push(record)
    try {
      const entered = await this.#enter(record, 'begin')
      this.#current = { record, ...entered, startedAt: performance.now(), release }
      return this.#current
    } catch (error) {
      record.infra = error instanceof Error ? error.message : String(error)
      release()
      throw error
    }
  }

  /**
   * Ends the guest under a test, as a power cycle, and lets the test into another one: its process there is `visit.worker`.
   * @throws RebootFailed if there is no other guest to be had.
   */
  async reboot(visit: Visit): Promise<void> {
    const { record, link } = visit
    // What the old guest has said is known then.
    await link.mark(`reboot ${record.number}`, record.number)
    try {
      await this.guests.restart(record.number)
      Object.assign(visit, await this.#enter(record, 'go on with'))
    } catch (error) {
      throw new RebootFailed(error)
    }
  }

  /** Takes the process down, waits for what the kernel says of that, and ends the turn. */
  async end({ record, link, worker, startedAt, release }: Visit): Promise<void> {
    try {
      const gone = await link.close(worker)
      if (!gone) {
        record.hung ??= new TestHung(0, ['its process, which cannot be killed'])
        link.declareDead('a process cannot be killed: the kernel holds it')
      } else if (record.hung && (this.#options.reboot || !(await link.answers()))) {
        // What it was in the middle of, it did not put back: the next one gets a clean guest.
        link.declareDead(`'${record.title}' did not end`)
      }
      await link.mark(`end ${record.number}`, undefined)
    } finally {
      record.duration = performance.now() - startedAt
      this.#current = undefined
      release()
    }
  }

  /** See `Session.attend`. */
  async attend<T>(
    { group, title, deadline }: Work,
    work: (sys: Sys) => Promise<T>,
  ): Promise<{ readonly record: TestRecord; readonly value: T | undefined }> {
    const visit = await this.begin(group, title, await this.turn())
    const { record, link } = visit
    const { signal, timeFactor = 1 } = this.#options
    const time = deadline * timeFactor
    const over = new AbortController()
    const stop = AbortSignal.any([over.signal, ...(signal ? [signal] : [])])
    const done = work(new Sys(link.agent, visit.worker)).catch(async (error: unknown) => {
      // A line that ended is told before why it did.
      throw error instanceof AgentLost ? await link.died : error
    })
    const died = link.died.then(error => Promise.reject(error))
    const late = delay(time, undefined, { ref: false, signal: stop }).then(
      () => Promise.reject(new TestHung(time / 1000, [title])),
      (error: unknown) => Promise.reject(new Interrupted(title, error)),
    )
    try {
      return { record, value: await Promise.race([done, died, late]) }
    } catch (error) {
      if (error instanceof TestHung) record.hung = error
      else if (error instanceof GuestDied) record.died = error
      else throw error
      return { record, value: undefined }
    } finally {
      over.abort()
      await this.end(visit)
    }
  }

  /** Waits until all that the kernel has said is known, if there is a guest. */
  async settle(): Promise<void> {
    const release = await this.turn()
    try {
      const link = await this.guests.current()
      await link?.mark('settled', undefined)
    } finally {
      release()
    }
  }

  async #enter(
    { number, title }: TestRecord,
    verb: string,
  ): Promise<{ readonly link: GuestLink; readonly worker: number }> {
    for (;;) {
      const link = await this.guests.link()
      const mark = link.mark(`${verb} ${number}: ${title}`, number)
      const [worker] = await Promise.all([link.open(), mark])
      // A guest that has died by now died of what was before.
      if (worker !== undefined && !link.dead) return { link, worker }
    }
  }

  #died(link: GuestLink, error: GuestDied) {
    const visit = this.#current
    if (visit?.link === link) {
      // One that hung was declared dead for it.
      if (!visit.record.hung) visit.record.died = error
      return this.#events.died(visit, error)
    }
    // A panic is a finding already.
    if (error.findings.some(({ kind }) => kind === 'panic')) return
    this.strayFindings.push({ kind: 'panic', title: `The guest died: ${error.reason}`, text: error.message })
  }

  #found(finding: GuestFinding, owner: number | undefined) {
    const record = owner === undefined ? undefined : this.records[owner]
    if (!record) return void this.strayFindings.push(finding)
    record.findings.push(finding)
    if (this.#current?.record !== record) this.#events.late(record, finding)
  }
}
