import { setTimeout as delay } from 'node:timers/promises'
import { Agent, connectAgent } from '../agent/agent.ts'
import { AgentLost, AgentSilent } from '../agent/errors.ts'
import { codecNamed } from '../framing/codec.ts'
import type { SysAbi } from '../sys/abi.ts'
import { Sys } from '../sys/sys.ts'
import { GuestDied } from './errors.ts'
import type { Guest, GuestFinding, OutsideMemory } from './guest.ts'
import { Marks } from './marks.ts'

export interface GuestLinkOptions {
  readonly guest: Guest
  readonly abi: SysAbi
  readonly params?: Readonly<Record<string, string>> | undefined
  readonly signal?: AbortSignal | undefined
  /** Milliseconds until the agent must have answered. */
  readonly timeout?: number | undefined
  /** See SessionOptions. */
  readonly timeFactor?: number | undefined
  /** Whose its reports are while it boots. @default nobody's */
  readonly owner?: number | undefined
  /** A report of the kernel; `owner` is what was given to the mark before it, or undefined. */
  readonly onFinding: (finding: GuestFinding, owner: number | undefined) => void
}

/** Milliseconds for what a dying guest still prints. */
const LAST_WORDS = 500
const MARK_DEADLINE = 3000
const MARK_TRIES = 3
/** For what the agent does at once: to open, to kill, to answer. */
const AGENT_DEADLINE = 5000

/** One guest of a session: its agent, the marks on its console, and the news of its end. */
export class GuestLink implements AsyncDisposable {
  readonly agent: Agent
  /** Makes calls for the session itself. */
  readonly service: Sys
  /** Resolves when nothing can be run any more. */
  readonly died: Promise<GuestDied>
  readonly #guest: Guest
  readonly #options: GuestLinkOptions
  readonly #factor: number
  readonly #findings: GuestFinding[] = []
  readonly #marks: Marks
  readonly #died = Promise.withResolvers<GuestDied>()
  #unlisten = () => {}
  #marking = Promise.resolve()
  #dead = false
  #spare: Promise<{ readonly worker: number; readonly pid: number }> | undefined

  private constructor(options: GuestLinkOptions, agent: Agent, service: Sys) {
    this.#options = options
    this.#guest = options.guest
    this.#factor = options.timeFactor ?? 1
    this.#marks = new Marks(options.owner)
    this.agent = agent
    this.service = service
    this.died = this.#died.promise
  }

  /** Waits for the guest's agent. @throws AgentSilent, AgentLost, AgentMismatch, Interrupted. */
  static async start(options: GuestLinkOptions): Promise<GuestLink> {
    const { guest, abi, params, signal, timeout = 60_000 } = options
    const agent = await connectAgent({
      transport: guest.transport,
      codec: codecNamed(guest.codec ?? 'binary'),
      abi,
      params,
      signal,
      timeout,
      onText: guest.onText,
    })
    const opened = await Promise.race([
      agent.open().catch((error: unknown) => ({ error })),
      delay(timeout, { error: new AgentSilent(timeout / 1000) }, { ref: false }),
    ])
    if ('error' in opened) {
      await agent[Symbol.asyncDispose]()
      throw opened.error
    }
    const link = new GuestLink(options, agent, new Sys(agent, opened.worker))
    link.#watch()
    link.#prepare()
    return link
  }

  /**
   * A process for a test; the next one is made while this is used.
   * @returns undefined if the guest died, or does not answer, which is the same.
   * @throws AgentRefused.
   */
  async open(): Promise<number | undefined> {
    const spare = this.#spare ?? this.agent.open()
    this.#prepare()
    const opened = await this.#inTime(spare)
    if (opened === 'late') this.declareDead('its agent does not answer')
    if (opened === 'late' || opened === 'dead') return undefined
    // Asked for now: once it has gone nobody could say how.
    void this.agent.gone(opened.worker).catch(() => {})
    return opened.worker
  }

  /** Ends a process and all that came of it. @returns whether it has gone: one that the kernel holds for good has not. */
  async close(worker: number): Promise<boolean> {
    if (this.#dead) return true
    this.agent.kill(worker)
    return (await this.#inTime(this.agent.gone(worker))) !== 'late'
  }

  /** Whether the agent's main process answers. */
  async answers(): Promise<boolean> {
    const answer = await this.#inTime(this.agent.ping())
    return answer !== 'late' && answer !== 'dead'
  }

  /**
   * Writes a line to the kernel's log; reports after it belong to `owner`.
   * @returns when it was seen on the console, behind all that the kernel said before, or the guest is dead.
   */
  async mark(text: string, owner: number | undefined): Promise<void> {
    this.#marking = this.#marking.then(async () => await this.#mark(text, owner))
    await this.#marking
  }

  async #mark(text: string, owner: number | undefined): Promise<void> {
    const { console: watched, kmsg = '/dev/kmsg' } = this.#guest
    if (!watched) return
    for (let attempt = 0; attempt < MARK_TRIES && !this.#dead; attempt++) {
      const { token, seen } = this.#marks.next(owner)
      // Level 1: on the console whatever its log level, short of silence.
      const line = `<1>${token} ${text.replace(/[^\x20-\x7e]+/g, '?').slice(0, 160)}\n`
      const written = this.service.program(p => {
        const fd = p.open(kmsg, 'O_WRONLY|O_CLOEXEC')
        p.write(fd, line)
        p.close(fd)
      })
      // Noise on the line may have damaged it: then another one.
      const found = await this.#inTime(Promise.all([seen, written]), MARK_DEADLINE).catch(() => 'late' as const)
      if (found === 'dead') return
      if (found !== 'late') return watched.settle?.()
    }
    if (!this.#dead) this.#marks.assume(owner)
  }

  /** Nothing more is expected of it; `reason` goes to whoever waits. */
  declareDead(reason: string): void {
    if (this.#dead) return
    this.#dead = true
    this.#died.resolve(new GuestDied(reason, this.#findings.filter(isDeath)))
  }

  /** Its memory, if it can be read from outside. */
  get memory(): OutsideMemory | undefined {
    return this.#guest.memory
  }

  get dead(): boolean {
    return this.#dead
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unlisten()
    await this.agent[Symbol.asyncDispose]()
    this.declareDead('the session ended')
  }

  #prepare() {
    this.#spare = this.agent.open()
    this.#spare.catch(() => {})
  }

  /** What the agent answers. A line that ended is told some time before the guest is known to be dead. */
  async #inTime<T>(answer: Promise<T>, deadline = AGENT_DEADLINE): Promise<T | 'late' | 'dead'> {
    const died = this.died.then(() => 'dead' as const)
    const orDead = answer.catch((error: unknown) => {
      if (error instanceof AgentLost) return died
      throw error
    })
    return await Promise.race([orDead, died, delay(deadline * this.#factor, 'late' as const, { ref: false })])
  }

  #watch() {
    const { console: watched, exited } = this.#guest
    for (const finding of watched?.findings ?? []) this.#found(finding)
    if (watched) {
      this.#unlisten = watched.listen(event => {
        if (event.kind === 'finding') this.#found(event.finding)
        else this.#marks.line(event.line.number, event.line.text)
      })
    }
    const afterwards = async (reason: string) => {
      await delay(LAST_WORDS, undefined, { ref: false })
      this.#guest.console?.settle?.()
      this.declareDead(reason)
    }
    const onLost = async () => {
      const error = await this.agent.lost
      const end = exited && (await Promise.race([exited, delay(LAST_WORDS, undefined, { ref: false })]))
      await afterwards(end ? `the machine ended (${end.kind})` : error.message)
    }
    const onExit = async () => {
      const end = await exited
      if (end) await afterwards(`the machine ended (${end.kind})`)
    }
    void onLost()
    void onExit()
    // Without it there are no marks; the kernel may have killed it for want of memory.
    this.service.exited.then(
      () => this.declareDead("the session's own process in it has ended"),
      () => {},
    )
  }

  #found(finding: GuestFinding) {
    this.#findings.push(finding)
    this.#options.onFinding(finding, this.#marks.ownerOf(finding.consoleLine))
    if (finding.kind === 'panic') {
      setTimeout(() => this.declareDead(`it panicked: ${finding.title}`), LAST_WORDS).unref()
    }
  }
}

const isDeath = ({ kind }: GuestFinding) => kind === 'panic' || kind === 'oops' || kind === 'bug'
