import type { Socket } from 'node:net'
import { constants } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import type { Daemon } from '@kseries/host'
import { ramOf } from './boards.ts'
import type { Console } from './console.ts'
import { ChannelMissing } from './errors.ts'
import type { Finding } from './finding.ts'
import { Memory } from './memory.ts'
import type { Qmp } from './qmp.ts'
import type { MachineSpec } from './spec.ts'

/** A two-way byte stream with the guest. Structurally what a test session takes as its transport. */
export interface Channel {
  /** What the guest sends; one reader. Ends when QEMU does. */
  readonly readable: AsyncIterable<Uint8Array>
  /** Resolves when the bytes have left us; the guest reads them when it likes. Rejects when the machine has gone. */
  write(data: Uint8Array): Promise<void>
  close(): Promise<void>
}

/**
 * How a machine ended. `reset` is a reboot, which a panic causes too; `stopped` is our own doing; so is `console-lost`,
 * because the console could not be kept (a full disk).
 */
export type MachineExit =
  | { readonly kind: 'powered-off' }
  | { readonly kind: 'reset' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'killed'; readonly signal: string }
  | { readonly kind: 'console-lost'; readonly message: string }
  | { readonly kind: 'failed'; readonly code: number | undefined; readonly stderr: string }

export interface MachineParts {
  readonly spec: MachineSpec
  readonly daemon: Daemon
  readonly qmp: Qmp
  readonly console: Console
  readonly secureConsole?: Console | undefined
  readonly channels: ReadonlyMap<string, Channel>
  readonly poweredOnAt: number
  /** QEMU's last word on why it shuts down, from QMP's SHUTDOWN event: guest-shutdown, guest-reset, host-qmp-quit … */
  readonly shutdownReason: () => string | undefined
}

// How long QEMU may take to quit when asked, before it is killed.
const quitDeadline = 2000

/** A machine that runs. Disposing it stops it. */
export class Machine implements AsyncDisposable {
  readonly spec: MachineSpec
  readonly console: Console
  /** Of a board with a secure world: its own. */
  readonly secureConsole: Console | undefined
  readonly qmp: Qmp
  /** performance.now() of power-on. */
  readonly poweredOnAt: number
  /** Resolves when QEMU has ended and the console's files are whole; never rejects. */
  readonly exited: Promise<MachineExit>
  readonly #daemon: Daemon
  readonly #channels: ReadonlyMap<string, Channel>
  #stopping = false
  #memory: Memory | undefined
  #consoleLost: string | undefined
  #ended = false

  constructor(parts: MachineParts) {
    this.spec = parts.spec
    this.console = parts.console
    this.secureConsole = parts.secureConsole
    this.qmp = parts.qmp
    this.poweredOnAt = parts.poweredOnAt
    this.#daemon = parts.daemon
    this.#channels = parts.channels
    this.exited = this.#watchExit(parts.shutdownReason)
    const onLost = (error: Error) => {
      this.#consoleLost = error.message
      return this.stop()
    }
    this.console.closed.catch(onLost)
    this.secureConsole?.closed.catch(onLost)
  }

  /** What the kernel reported so far, and then the secure world. */
  get findings(): readonly Finding[] {
    return [...this.console.findings, ...(this.secureConsole?.findings ?? [])]
  }

  /** The process group that QEMU runs in. */
  get pid(): number {
    return this.#daemon.pid
  }

  /** Whether QEMU has ended. */
  get ended(): boolean {
    return this.#ended
  }

  /**
   * A byte stream of the guest by name: a virtio-serial port, or 'console' of a machine with a shared console.
   * @throws ChannelMissing
   */
  channel(name: string): Channel {
    const channel = this.#channels.get(name)
    if (!channel) throw new ChannelMissing(name, [...this.#channels.keys()])
    return channel
  }

  /** Its normal memory. @throws MemoryInPieces */
  get memory(): Memory {
    const { base, size } = ramOf(this.spec)
    this.#memory ??= new Memory(this.qmp, base, size)
    return this.#memory
  }

  /** Ends the machine at once, without the guest's help: asks QEMU to quit, kills it when it does not. Harmless later. */
  async stop(): Promise<MachineExit> {
    if (this.#ended) return this.exited
    this.#stopping = true
    this.qmp.execute('quit').catch(() => {})
    const deadline = new AbortController()
    const late = delay(quitDeadline, 'late', { signal: deadline.signal }).catch(() => 'ended')
    if ((await Promise.race([this.exited.then(() => 'ended'), late])) === 'late') await this.#daemon.kill()
    deadline.abort()
    return this.exited
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #watchExit(shutdownReason: () => string | undefined): Promise<MachineExit> {
    const { exitCode, signal, stderr } = await this.#daemon.exited
    // Both sockets have been closed by the end of QEMU; what they still hold must be read.
    await Promise.all([
      this.console.closed.catch(() => {}),
      this.secureConsole?.closed.catch(() => {}),
      this.qmp.closed,
    ])
    this.#ended = true
    const by = signal ?? signalOf(exitCode)
    if (this.#consoleLost !== undefined) return { kind: 'console-lost', message: this.#consoleLost }
    if (this.#stopping) return { kind: 'stopped' }
    if (by !== undefined) return { kind: 'killed', signal: by }
    if (exitCode !== 0) return { kind: 'failed', code: exitCode, stderr }
    switch (shutdownReason()) {
      case 'guest-shutdown':
        return { kind: 'powered-off' }
      case 'host-signal':
        return {
          kind: 'killed',
          signal: signalOf(128 + Number(/terminating on signal (\d+)/.exec(stderr)?.[1])) ?? 'SIGTERM',
        }
      case 'guest-reset':
      case 'guest-panic':
        return { kind: 'reset' }
      default:
        return { kind: 'stopped' }
    }
  }
}

// A shell, such as keeper.sh, reports a child's death by signal n as exit code 128 + n.
const signalOf = (exitCode: number | undefined): string | undefined =>
  Object.entries(constants.signals).find(([, number]) => number + 128 === exitCode)?.[0]

async function* bytesOf(socket: Socket): AsyncGenerator<Uint8Array> {
  try {
    yield* socket as AsyncIterable<Buffer>
  } catch (error) {
    // QEMU killed with bytes of ours unread: its end all the same.
    if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error
  }
}

/** A connected socket as a channel. */
export const socketChannel = (socket: Socket): Channel => ({
  readable: bytesOf(socket),
  write: data =>
    new Promise((resolve, reject) => {
      socket.write(data, error => (error ? reject(error) : resolve()))
    }),
  close: () =>
    new Promise(resolve => {
      if (socket.destroyed) resolve()
      else socket.once('close', () => resolve()).destroy()
    }),
})
