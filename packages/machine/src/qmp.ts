import type { Socket } from 'node:net'
import { QmpFailed } from './errors.ts'
import { linesOf } from './lines-of.ts'

/** An asynchronous event of QEMU: SHUTDOWN, RESET, STOP … (docs/interop/qemu-qmp-ref). */
export interface QmpEvent {
  readonly event: string
  readonly data: Readonly<Record<string, unknown>>
}

interface Pending {
  readonly command: string
  readonly resolve: (value: unknown) => void
  readonly reject: (error: QmpFailed) => void
}

/** QEMU's control socket: JSON objects, a line each; docs/interop/qmp-spec. */
export class Qmp {
  /** Resolves when QEMU has greeted and accepts commands. Rejects with QmpFailed when it hangs up before. */
  readonly ready: Promise<void>
  /** Resolves when QEMU has hung up and its last event was given. */
  readonly closed: Promise<void>
  readonly #socket: Socket
  readonly #pending = new Map<number, Pending>()
  readonly #onEvent: (event: QmpEvent) => void
  #lastId = 0
  #closed = false

  constructor(socket: Socket, onEvent: (event: QmpEvent) => void) {
    this.#socket = socket
    this.#onEvent = onEvent
    const greeting = Promise.withResolvers<void>()
    this.closed = this.#read(greeting.resolve)
    this.ready = this.#negotiate(greeting.promise)
    this.#onClose = () => greeting.reject(new QmpFailed('qmp_capabilities', 'it closed the control socket'))
    // Whoever waits is told; nobody has to wait.
    this.ready.catch(() => {})
  }

  readonly #onClose: () => void

  /**
   * Runs one command.
   * @param command - such as "quit", "stop", "cont", "query-status", "inject-nmi", "human-monitor-command".
   * @returns what QEMU returns, unchecked.
   * @throws QmpFailed with QEMU's description, or when the socket closes first.
   */
  execute(command: string, args?: Readonly<Record<string, unknown>>): Promise<unknown> {
    if (this.#closed) return Promise.reject(new QmpFailed(command, 'the control socket is closed'))
    const id = ++this.#lastId
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    this.#pending.set(id, { command, resolve, reject })
    this.#socket.write(`${JSON.stringify({ execute: command, ...(args && { arguments: args }), id })}\n`)
    return promise
  }

  async #negotiate(greeted: Promise<void>): Promise<void> {
    await greeted
    await this.execute('qmp_capabilities')
  }

  async #read(greeted: () => void): Promise<void> {
    try {
      for await (const line of linesOf(this.#socket)) {
        const message: unknown = JSON.parse(line)
        if (!isObject(message)) continue
        if ('QMP' in message) greeted()
        else if (typeof message['event'] === 'string') {
          this.#onEvent({ event: message['event'], data: isObject(message['data']) ? message['data'] : {} })
        } else this.#settle(message)
      }
    } catch {
      // A broken socket or a half line: QEMU has gone, which the end below tells.
    }
    this.#closed = true
    this.#onClose()
    for (const { command, reject } of this.#pending.values())
      reject(new QmpFailed(command, 'it closed the control socket'))
    this.#pending.clear()
  }

  #settle(message: Readonly<Record<string, unknown>>): void {
    const id = Number(message['id'])
    const pending = this.#pending.get(id)
    if (!pending) return
    this.#pending.delete(id)
    const { error } = message
    if (isObject(error)) pending.reject(new QmpFailed(pending.command, String(error['desc'] ?? JSON.stringify(error))))
    else pending.resolve(message['return'])
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
