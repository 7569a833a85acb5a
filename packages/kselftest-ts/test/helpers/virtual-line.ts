import type { Codec } from '../../src/framing/codec.ts'
import { encodeFrame, FrameDecoder, FrameType, type Side } from '../../src/framing/frame.ts'
import type { Clock } from '../../src/link/clock.ts'
import { ReliableStream } from '../../src/link/stream.ts'

/** Time that passes only when somebody waits for it. */
export class VirtualTime implements Clock {
  #now = 0
  #next = 0
  readonly #events: { readonly at: number; readonly order: number; readonly fire: () => void; cancelled: boolean }[] =
    []

  now(): number {
    return this.#now
  }

  after(milliseconds: number, fire: () => void): () => void {
    const event = { at: this.#now + milliseconds, order: this.#next++, fire, cancelled: false }
    this.#events.push(event)
    return () => {
      event.cancelled = true
    }
  }

  soon(run: () => void): void {
    this.after(0, run)
  }

  /** Lets time pass until `done`. @returns whether it came to that before `limit` milliseconds were over. */
  run(done: () => boolean, limit: number): boolean {
    while (!done()) {
      this.#events.sort((a, b) => a.at - b.at || a.order - b.order)
      const event = this.#events.shift()
      if (!event || event.at > limit) return false
      this.#now = event.at
      if (!event.cancelled) event.fire()
    }
    return true
  }
}

/** What happens to bytes on their way: given a chunk, what arrives of it. */
export type Noise = (chunk: Uint8Array) => readonly Uint8Array[]

export interface LineOptions {
  readonly codec: Codec
  readonly noise: Noise
  /** Milliseconds from one end to the other. */
  readonly latency?: number
  /** Bytes a millisecond. */
  readonly speed?: number
  readonly start?: number
}

/** Two streams and a bad line between them. */
export const virtualLine = ({
  codec,
  noise,
  latency = 0.2,
  speed = Number.POSITIVE_INFINITY,
  start = 0,
}: LineOptions) => {
  const time = new VirtualTime()
  const got: Record<Side, Uint8Array[]> = { host: [], agent: [] }
  const listeners: Record<Side, (message: Uint8Array) => void> = { host: () => {}, agent: () => {} }
  let frames = 0
  const decoders: Partial<Record<Side, FrameDecoder>> = {}
  const free: Record<Side, number> = { host: 0, agent: 0 }
  const end = (side: Side, other: Side) => {
    const stream = new ReliableStream({
      codec,
      clock: time,
      start,
      send: piece => {
        frames++
        const bytes = encodeFrame({ type: FrameType.data, session: 7, ...piece }, codec, side)
        const sent = Math.max(free[side], time.now()) + bytes.length / speed
        free[side] = sent
        time.after(sent - time.now() + latency, () => {
          for (const chunk of noise(bytes)) decoders[other]?.feed(chunk)
        })
      },
      message: message => {
        got[side].push(message)
        listeners[side](message)
      },
    })
    decoders[side] = new FrameDecoder(codec, other, {
      frame: frame => stream.came(frame),
      damaged: () => stream.damaged(),
      text: () => {},
    })
    return stream
  }
  return { time, host: end('host', 'agent'), agent: end('agent', 'host'), got, listeners, frames: () => frames }
}

/** Bits flip with this probability per byte. */
export const flips = (rate: number, random: () => number): Noise => {
  return chunk => {
    const out = Uint8Array.from(chunk)
    for (let at = 0; at < out.length; at++) {
      if (random() < rate) out[at] = (out[at] ?? 0) ^ (1 << Math.floor(random() * 8))
    }
    return [out]
  }
}
