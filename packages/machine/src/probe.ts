import { writeFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Interrupted, spawnDaemon } from '@kseries/host'
import { probeArgs, qemuFor } from './boards.ts'
import { QemuMissing } from './errors.ts'
import { probeGreeting, probePayload, probeRead, probeWork } from './probe-payload.ts'
import { RuntimeDir } from './runtime-dir.ts'
import type { AcceleratorKind, Arch } from './spec.ts'

/** What came of running the probe. */
export type ProbeResult =
  | {
      readonly kind: 'works'
      /** Frequency of the guest's time stamp counter, measured against our clock. */
      readonly tscKhz: number
    }
  /** `what` completes "KVM …": "ended with 134: …", "did nothing in 1.5 s"; `ended`: QEMU gave up by itself. */
  | { readonly kind: 'broken'; readonly what: string; readonly ended: boolean }

export interface ProbeOptions {
  readonly signal?: AbortSignal | undefined
  /** Processor model. @default the board's */
  readonly cpu?: string
  /** Milliseconds that QEMU has to start; on a busy host that takes a while and says nothing. @default 10000 */
  readonly startDeadline?: number
  /** Milliseconds that the guest has from then on to begin and to do its work. */
  readonly deadline: number
}

/**
 * Runs the payload of probe-payload.ts under an accelerator.
 * @throws QemuMissing; Interrupted.
 */
export const probe = async (arch: Arch, kind: AcceleratorKind, options: ProbeOptions): Promise<ProbeResult> => {
  const { signal, startDeadline = 10_000, deadline, cpu } = options
  if (signal?.aborted) throw new Interrupted('probe', signal.reason)
  await using runtime = await RuntimeDir.make()
  const rom = join(runtime.path, 'rom')
  await writeFile(rom, probePayload(arch))
  const uart = await runtime.listen('uart')
  const { program, debianPackage } = qemuFor(arch)
  await using daemon = spawnDaemon(program, probeArgs(arch, kind, rom, { id: 'uart', path: uart.path }, cpu))

  const late = Promise.withResolvers<'late'>()
  let left = startDeadline
  let timer = setTimeout(() => late.resolve('late'), left)
  const aborted = Promise.withResolvers<'aborted'>()
  const onAbort = () => aborted.resolve('aborted')
  signal?.addEventListener('abort', onAbort, { once: true })
  let stage = 'did nothing'
  const converse = async (): Promise<ProbeResult> => {
    const guest = new Bytes(await uart.connected)
    clearTimeout(timer)
    left = deadline
    timer = setTimeout(() => late.resolve('late'), left)
    stage = 'starts, but its guest did not run'
    if ((await guest.take(probeGreeting.length)).toString() !== probeGreeting) return broken('ran a guest wrongly')
    stage = 'runs a guest, but far too slowly: no end of 20 million turns of a loop'
    await guest.ask(probeWork)
    clearTimeout(timer)
    return { kind: 'works', tscKhz: await frequency(guest) }
  }
  const ended = async (): Promise<ProbeResult> => {
    const { exitCode, signal: by, stderr } = await daemon.exited
    if (exitCode === 127 && /not found/.test(stderr)) throw new QemuMissing(program, debianPackage)
    const said = stderr.split('\n').filter(line => line.trim() !== '' && !line.includes(': warning: '))
    const why = said.find(line => line.startsWith('qemu')) ?? said.at(-1)
    return broken(`ended with ${by ?? exitCode}${why ? `: ${why}` : ''}`, true)
  }
  try {
    // A guest that breaks off the talk has ended, or is about to.
    const first = await Promise.race([converse().catch(ended), ended(), late.promise, aborted.promise])
    if (first === 'aborted') throw new Interrupted('probe', signal?.reason)
    return first === 'late' ? broken(`${stage} in ${left / 1000} s`) : first
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
}

const broken = (what: string, ended = false): ProbeResult => ({ kind: 'broken', what, ended })

// Long enough that the few dozen microseconds of an answer's way are far below a thousandth of it.
const measureMilliseconds = 250
const samples = 40

// As NTP does: of several questions the one answered fastest, taken to be answered halfway.
const frequency = async (guest: Bytes): Promise<number> => {
  const sample = async () => {
    let best = { trip: Number.POSITIVE_INFINITY, at: 0, tsc: 0n }
    for (let i = 0; i < samples; i++) {
      const sent = performance.now()
      const tsc = await guest.ask(probeRead)
      const trip = performance.now() - sent
      if (trip < best.trip) best = { trip, at: sent + trip / 2, tsc }
    }
    return best
  }
  const first = await sample()
  await delay(measureMilliseconds)
  const last = await sample()
  return Math.round(Number(last.tsc - first.tsc) / (last.at - first.at))
}

/** A socket read by counts. */
class Bytes {
  readonly #socket: Socket
  readonly #chunks: AsyncIterator<Buffer>
  #buffer = Buffer.alloc(0)

  constructor(socket: Socket) {
    this.#socket = socket
    this.#chunks = (socket as AsyncIterable<Buffer>)[Symbol.asyncIterator]()
  }

  async take(count: number): Promise<Buffer> {
    while (this.#buffer.length < count) {
      const next = await this.#chunks.next()
      if (next.done) throw new Error('the guest has gone')
      this.#buffer = Buffer.concat([this.#buffer, next.value])
    }
    const taken = this.#buffer.subarray(0, count)
    this.#buffer = this.#buffer.subarray(count)
    return taken
  }

  async ask(question: string): Promise<bigint> {
    this.#socket.write(question)
    return (await this.take(8)).readBigUInt64LE()
  }
}
