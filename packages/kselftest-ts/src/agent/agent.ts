import type { Duplex } from 'node:stream'
import { Interrupted } from '@kseries/host'
import { binary, type Codec } from '../framing/codec.ts'
import { HostLink, type LinkEnd, type LinkStatistics } from '../link/host-link.ts'
import type { SysAbi } from '../sys/abi.ts'
import type { Transport } from '../transport.ts'
import { AgentLost, AgentMismatch, AgentRefused, AgentSilent, type ExitStatus, WorkerGone } from './errors.ts'
import { type AgentInfo, Message, PROTOCOL, parseInfo, words } from './messages.ts'
import type { Limits, Runner } from './runner.ts'

export interface AgentOptions {
  readonly transport: Transport | Duplex
  /** What the guest's programs are compiled for: numbers of system calls, constants. */
  readonly abi: SysAbi
  /** See Runner. */
  readonly params?: Readonly<Record<string, string>> | undefined
  /** @default binary: a line of its own. */
  readonly codec?: Codec | undefined
  readonly signal?: AbortSignal | undefined
  /** Milliseconds until AgentSilent. @default 60000 */
  readonly timeout?: number | undefined
  /** On a shared console: what the kernel says. */
  readonly onText?: ((bytes: Uint8Array) => void) | undefined
}

interface Waiting {
  readonly program: Uint8Array
  readonly resolve: (result: Uint8Array) => void
  readonly reject: (error: Error) => void
  id: number
}

/** Ends of workers that are remembered: who asks about one does so soon. */
const KEEP_ENDED = 1000

/** A worker as the host sees it. */
interface Queue {
  /** With the agent, the oldest first: that is the one that runs. */
  readonly sent: Waiting[]
  readonly unsent: Waiting[]
  bytes: number
  readonly gone: PromiseWithResolvers<ExitStatus>
}

/** A link to an agent, from its first answer on. */
export class Agent implements Runner, AsyncDisposable {
  readonly abi: SysAbi
  readonly params: Readonly<Record<string, string>>
  readonly info: AgentInfo
  /** Resolves when the session is over, however. */
  readonly lost: Promise<AgentLost>
  readonly #link: HostLink
  readonly #queues = new Map<number, Queue>()
  /** How workers ended, the last ones. */
  readonly #ended = new Map<number, ExitStatus>()
  readonly #tokens = new Map<number, (message: DataView) => void>()
  readonly #lost = Promise.withResolvers<AgentLost>()
  #end: AgentLost | undefined
  #next = 1

  constructor(link: HostLink, info: AgentInfo, { abi, params = {} }: Pick<AgentOptions, 'abi' | 'params'>) {
    this.#link = link
    this.info = info
    this.abi = abi
    this.params = params
    this.lost = this.#lost.promise
  }

  get limits(): Limits {
    return this.info
  }

  get statistics(): LinkStatistics {
    return this.#link.statistics
  }

  /**
   * A new process, a child of the agent with nothing open but /dev/null.
   * @returns its handle and its PID.
   * @throws AgentRefused; AgentLost.
   */
  async open(): Promise<{ readonly worker: number; readonly pid: number }> {
    const answer = await this.#ask(Message.open)
    const pid = answer.getInt32(12, true)
    if (pid < 0) throw new AgentRefused('a worker', -pid)
    return { worker: answer.getUint32(8, true), pid }
  }

  /** Resolves when the agent's main process has answered. @throws AgentLost. */
  async ping(): Promise<void> {
    await this.#ask(Message.ping)
  }

  async run(worker: number, program: Uint8Array): Promise<Uint8Array> {
    if (this.#end) throw this.#end
    const ended = this.#ended.get(worker)
    if (ended) throw new WorkerGone(ended)
    return await new Promise<Uint8Array>((resolve, reject) => {
      const queue = this.#queue(worker)
      queue.unsent.push({ program, resolve, reject, id: 0 })
      this.#feed(worker, queue)
    })
  }

  cancel(worker: number): void {
    const queue = this.#queue(worker)
    const running = queue.sent[0]
    if (running) this.#link.write(words(Message.cancel, worker, running.id))
  }

  kill(worker: number): void {
    this.#link.write(words(Message.kill, worker))
  }

  async gone(worker: number): Promise<ExitStatus> {
    const ended = this.#ended.get(worker)
    if (ended) return ended
    if (this.#end) throw this.#end
    return await this.#queue(worker).gone.promise
  }

  /** Ends the session; the line is closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#link.close()
  }

  /** For `connectAgent` only. */
  came(message: Uint8Array): void {
    const view = new DataView(message.buffer, message.byteOffset, message.length)
    const word = (index: number) => view.getUint32(4 + 4 * index, true)
    switch (message[0]) {
      case Message.result:
        return this.#answered(word(0), word(1), waiting => waiting.resolve(message))
      case Message.refused:
        return this.#answered(word(0), word(1), waiting =>
          waiting.reject(new AgentRefused('a program', view.getUint16(2, true))),
        )
      case Message.gone:
        return this.#gone(word(0), word(1))
      case Message.opened:
      case Message.pong:
        this.#tokens.get(word(0))?.(view)
        this.#tokens.delete(word(0))
    }
  }

  /** For `connectAgent` only. */
  down(end: LinkEnd): void {
    const error = new AgentLost(end.kind, end.kind === 'closed' ? end.error : undefined)
    this.#end = error
    for (const queue of this.#queues.values()) {
      for (const waiting of [...queue.sent, ...queue.unsent]) waiting.reject(error)
      queue.gone.reject(error)
    }
    this.#queues.clear()
    this.#lost.resolve(error)
  }

  async #ask(kind: number): Promise<DataView> {
    if (this.#end) throw this.#end
    const token = this.#id()
    const answer = new Promise<DataView>(resolve => this.#tokens.set(token, resolve))
    this.#link.write(words(kind, token))
    const first = await Promise.race([answer, this.lost])
    if (first instanceof Error) throw first
    return first
  }

  #queue(worker: number): Queue {
    let queue = this.#queues.get(worker)
    if (!queue) {
      queue = { sent: [], unsent: [], bytes: 0, gone: Promise.withResolvers() }
      // Nobody may have asked.
      queue.gone.promise.catch(() => {})
      this.#queues.set(worker, queue)
    }
    return queue
  }

  /** Sends what the agent has room for in this worker's ring, see agent/worker.h. */
  #feed(worker: number, queue: Queue) {
    let next: Waiting | undefined
    while ((next = queue.unsent[0])) {
      const size = spaceOf(next.program)
      if (queue.sent.length > 0 && queue.bytes + size > this.info.queueBytes) return
      queue.unsent.shift()
      queue.sent.push(next)
      queue.bytes += size
      next.id = this.#id()
      const message = Buffer.from(next.program)
      message[0] = Message.run
      message.writeUInt32LE(worker, 4)
      message.writeUInt32LE(next.id, 8)
      this.#link.write(message)
    }
  }

  #answered(worker: number, id: number, settle: (waiting: Waiting) => void) {
    const queue = this.#queues.get(worker)
    const index = queue?.sent.findIndex(waiting => waiting.id === id) ?? -1
    const [waiting] = index < 0 || !queue ? [] : queue.sent.splice(index, 1)
    if (!queue || !waiting) return
    queue.bytes -= spaceOf(waiting.program)
    settle(waiting)
    this.#feed(worker, queue)
  }

  #gone(worker: number, status: number) {
    // As wait4() gives it: a signal in the low seven bits, else the code in the next eight.
    const exit: ExitStatus = status & 0x7f ? { signal: status & 0x7f } : { code: (status >> 8) & 0xff }
    this.#ended.set(worker, exit)
    const [oldest] = this.#ended.keys()
    if (this.#ended.size > KEEP_ENDED && oldest !== undefined) this.#ended.delete(oldest)
    const queue = this.#queues.get(worker)
    if (!queue) return
    this.#queues.delete(worker)
    for (const waiting of [...queue.sent, ...queue.unsent]) waiting.reject(new WorkerGone(exit))
    queue.gone.resolve(exit)
  }

  #id(): number {
    this.#next = this.#next === 0xffffffff ? 1 : this.#next + 1
    return this.#next
  }
}

const spaceOf = (program: Uint8Array) => (program.length + 8 + 15) & ~15

/**
 * Waits for an agent on a line and begins a session with it.
 *
 * @throws AgentSilent after `timeout`; AgentLost if the line ends first; AgentMismatch; Interrupted.
 */
export const connectAgent = async (options: AgentOptions): Promise<Agent> => {
  const { transport, codec = binary, signal, timeout = 60_000, onText = () => {} } = options
  if (signal?.aborted) throw new Interrupted('connecting to the agent', signal.reason)
  const ready = Promise.withResolvers<Agent>()
  let agent: Agent | undefined
  const link = new HostLink({
    transport,
    codec,
    up: () => {},
    text: onText,
    message: message => {
      if (agent) return agent.came(message)
      if (message[0] !== Message.info) return
      const info = parseInfo(message)
      if (info.protocol !== PROTOCOL) return ready.reject(new AgentMismatch(info.protocol, PROTOCOL))
      agent = new Agent(link, info, options)
      ready.resolve(agent)
    },
    down: end => {
      ready.reject(new AgentLost(end.kind, end.kind === 'closed' ? end.error : undefined))
      agent?.down(end)
    },
  })
  const timer = setTimeout(() => ready.reject(new AgentSilent(timeout / 1000)), timeout)
  const onAbort = () => ready.reject(new Interrupted('connecting to the agent', signal?.reason))
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    return await ready.promise
  } catch (error) {
    link.close()
    throw error
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
}
