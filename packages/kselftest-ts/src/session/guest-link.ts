import { randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { Agent, connectAgent } from '../agent/agent.ts'
import { codecNamed } from '../framing/codec.ts'
import type { SysAbi } from '../sys/abi.ts'
import { Sys } from '../sys/sys.ts'
import { GuestDied } from './errors.ts'
import type { Guest, GuestFinding } from './guest.ts'

export interface GuestLinkOptions {
  readonly guest: Guest
  readonly abi: SysAbi
  readonly signal?: AbortSignal | undefined
  /** Milliseconds until the agent must have answered. */
  readonly timeout?: number | undefined
  /** A report of the kernel; `owner` is what was given to the mark before it, or undefined. */
  readonly onFinding: (finding: GuestFinding, owner: number | undefined) => void
}

/** Milliseconds for what a dying guest still prints. */
const LAST_WORDS = 500
const MARK_DEADLINE = 3000
const MARK_TRIES = 3
const KILL_DEADLINE = 5000

/** One guest of a session: its agent, the marks on its console, and the news of its end. */
export class GuestLink implements AsyncDisposable {
  readonly agent: Agent
  /** Makes calls for the session itself. */
  readonly service: Sys
  /** Resolves when nothing can be run any more. */
  readonly died: Promise<GuestDied>
  readonly #guest: Guest
  readonly #options: GuestLinkOptions
  readonly #findings: GuestFinding[] = []
  readonly #marks: { readonly line: number; readonly owner: number | undefined }[] = []
  readonly #died = Promise.withResolvers<GuestDied>()
  readonly #nonce = randomInt(0x1000, 0x10000).toString(16)
  #unlisten = () => {}
  #marking = Promise.resolve()
  #line = 0
  #marked = 0
  #dead = false
  #awaited: { readonly token: string; readonly seen: (line: number) => void } | undefined
  #spare: Promise<{ readonly worker: number; readonly pid: number }> | undefined

  private constructor(options: GuestLinkOptions, agent: Agent, service: Sys) {
    this.#options = options
    this.#guest = options.guest
    this.agent = agent
    this.service = service
    this.died = this.#died.promise
  }

  /** Waits for the guest's agent. @throws AgentSilent, AgentLost, AgentMismatch, Interrupted. */
  static async start(options: GuestLinkOptions): Promise<GuestLink> {
    const { guest, abi, signal, timeout } = options
    const agent = await connectAgent({
      transport: guest.transport,
      codec: codecNamed(guest.codec ?? 'binary'),
      abi,
      signal,
      timeout,
      onText: guest.onText,
    })
    const { worker } = await agent.open()
    const link = new GuestLink(options, agent, new Sys(agent, worker))
    link.#watch()
    link.#spare = agent.open()
    link.#spare.catch(() => {})
    return link
  }

  /** A process for a test; the next one is made while this is used. */
  async open(): Promise<number> {
    const spare = this.#spare ?? this.agent.open()
    this.#spare = this.agent.open()
    this.#spare.catch(() => {})
    const { worker } = await spare
    // Asked for now: once it has gone nobody could say how.
    void this.agent.gone(worker).catch(() => {})
    return worker
  }

  /** Ends a process and all that came of it. @returns whether it has gone: one that the kernel holds for good has not. */
  async close(worker: number): Promise<boolean> {
    if (this.#dead) return true
    this.agent.kill(worker)
    const gone = this.agent.gone(worker).then(() => true)
    return await Promise.race([gone, this.died.then(() => true), delay(KILL_DEADLINE, false, { ref: false })])
  }

  /** Whether the agent's main process answers. */
  async answers(): Promise<boolean> {
    const pong = this.agent.ping().then(
      () => true,
      () => false,
    )
    return await Promise.race([pong, delay(KILL_DEADLINE, false, { ref: false })])
  }

  /**
   * Writes a line to the kernel's log; reports after it belong to `owner`.
   * @returns when it was seen on the console, behind all that the kernel said before.
   */
  async mark(text: string, owner: number | undefined): Promise<void> {
    this.#marking = this.#marking.then(async () => await this.#mark(text, owner))
    await this.#marking
  }

  async #mark(text: string, owner: number | undefined): Promise<void> {
    if (!this.#guest.console) return
    for (let attempt = 0; attempt < MARK_TRIES && !this.#dead; attempt++) {
      const token = `kseries: ${this.#nonce}-${++this.#marked}`
      const seen = Promise.withResolvers<number>()
      this.#awaited = { token: `${token} `, seen: seen.resolve }
      // Level 1: on the console whatever its log level, short of silence.
      const line = `<1>${token} ${text.replace(/[^\x20-\x7e]+/g, '?').slice(0, 160)}\n`
      const written = this.service.program(p => {
        const fd = p.open(this.#guest.kmsg ?? '/dev/kmsg', 'O_WRONLY|O_CLOEXEC')
        p.write(fd, line)
        p.close(fd)
      })
      // Noise on the line may have damaged it: then another one.
      const found = await Promise.race([
        Promise.all([seen.promise, written]).then(([number]) => number),
        this.died.then(() => undefined),
        delay(MARK_DEADLINE, undefined, { ref: false }),
      ]).catch(() => undefined)
      if (found !== undefined) {
        this.#guest.console.settle?.()
        return void this.#marks.push({ line: found, owner })
      }
    }
    this.#marks.push({ line: this.#line, owner })
  }

  /** Nothing more is expected of it; `reason` goes to whoever waits. */
  declareDead(reason: string): void {
    if (this.#dead) return
    this.#dead = true
    this.#died.resolve(new GuestDied(reason, this.#findings.filter(isDeath)))
  }

  get dead(): boolean {
    return this.#dead
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unlisten()
    await this.agent[Symbol.asyncDispose]()
    this.declareDead('the session ended')
  }

  #watch() {
    const { console: watched, exited } = this.#guest
    for (const finding of watched?.findings ?? []) this.#found(finding)
    if (watched) {
      this.#unlisten = watched.listen(event => {
        if (event.kind === 'finding') return this.#found(event.finding)
        this.#line = event.line.number
        if (this.#awaited && event.line.text.includes(this.#awaited.token)) this.#awaited.seen(event.line.number)
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
  }

  #found(finding: GuestFinding) {
    this.#findings.push(finding)
    const { consoleLine = this.#line } = finding
    const owner = this.#marks.findLast(({ line }) => line <= consoleLine)?.owner
    this.#options.onFinding(finding, owner)
    if (finding.kind === 'panic') {
      setTimeout(() => this.declareDead(`it panicked: ${finding.title}`), LAST_WORDS).unref()
    }
  }
}

const isDeath = ({ kind }: GuestFinding) => kind === 'panic' || kind === 'oops' || kind === 'bug'
