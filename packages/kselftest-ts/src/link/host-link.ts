import { randomInt } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { type Codec } from '../framing/codec.ts'
import { encodeFrame, type Frame, FrameDecoder, FrameType } from '../framing/frame.ts'
import { attach, type Line, type Transport } from '../transport.ts'
import { type Clock, realClock } from './clock.ts'
import { ReliableStream } from './stream.ts'

export interface HostLinkOptions {
  readonly transport: Transport | Duplex
  readonly codec: Codec
  readonly clock?: Clock
  /** The agent has answered: messages flow. */
  readonly up: () => void
  readonly message: (bytes: Uint8Array) => void
  /** Bytes between frames on a shared console: what the kernel says. */
  readonly text: (bytes: Uint8Array) => void
  /** The session is over: the line ended, or the agent began anew and knows nothing of it. Called once. */
  readonly down: (why: LinkEnd) => void
}

/** How a session ended. */
export type LinkEnd = { readonly kind: 'closed'; readonly error?: Error | undefined } | { readonly kind: 'restarted' }

export interface LinkStatistics {
  readonly framesSent: number
  readonly framesReceived: number
  /** Pieces between delimiters that were no frame: noise. */
  readonly damaged: number
}

const SYN_FIRST = 100
const SYN_MAX = 1000
const blank = { push: false, nack: false, round: 0, echo: 0, seq: 0, ack: 0, payload: new Uint8Array() }

/**
 * The host's end of a line to an agent. Begins a session as soon as the agent is there, whether it says hello after us
 * (a booting guest), has been up for long, or is in the middle of what it told somebody else.
 */
export class HostLink {
  readonly #options: HostLinkOptions
  readonly #clock: Clock
  readonly #line: Line
  readonly #stream: ReliableStream
  /** Drawn by chance, so that frames of an earlier session are not taken for ours. */
  readonly #session = randomInt(1, 0x10000)
  #state: 'calling' | 'up' | 'down' = 'calling'
  #cancelSyn: (() => void) | undefined
  #statistics = { framesSent: 0, framesReceived: 0, damaged: 0 }

  constructor(options: HostLinkOptions) {
    this.#options = options
    this.#clock = options.clock ?? realClock
    this.#stream = new ReliableStream({
      codec: options.codec,
      clock: this.#clock,
      send: piece => this.#send({ type: FrameType.data, session: this.#session, ...piece }),
      message: bytes => options.message(bytes),
    })
    const decoder = new FrameDecoder(options.codec, 'agent', {
      frame: frame => this.#came(frame),
      damaged: () => {
        this.#statistics.damaged++
        if (this.#state === 'up') this.#stream.damaged()
      },
      text: bytes => options.text(bytes),
    })
    this.#line = attach(options.transport, {
      bytes: chunk => decoder.feed(chunk),
      end: error => this.#down({ kind: 'closed', error }),
    })
    this.#call(SYN_FIRST)
  }

  get statistics(): LinkStatistics {
    return this.#statistics
  }

  /** Sends a message, now or when the agent is there. */
  write(message: Uint8Array): void {
    if (this.#state === 'up') this.#stream.write(message)
    else if (this.#state === 'calling') this.#early.push(message)
  }

  /** Ends the session and the line. */
  close(): void {
    this.#down({ kind: 'closed' })
    this.#line.close()
  }

  #early: Uint8Array[] = []

  #call(again: number) {
    this.#send({ ...blank, type: FrameType.syn, session: this.#session })
    this.#cancelSyn?.()
    this.#cancelSyn = this.#clock.after(again, () => this.#call(Math.min(2 * again, SYN_MAX)))
  }

  #came(frame: Frame) {
    this.#statistics.framesReceived++
    if (this.#state === 'down') return
    switch (frame.type) {
      case FrameType.hello:
        if (this.#state === 'calling') this.#call(SYN_FIRST)
        else this.#down({ kind: 'restarted' })
        return
      case FrameType.reset:
        if (this.#state === 'up' && frame.session === this.#session) this.#down({ kind: 'restarted' })
        return
      case FrameType.synack:
        if (frame.session === this.#session) this.#up()
        return
      case FrameType.data:
        if (frame.session !== this.#session) return
        // Its answer to our call was lost; this says as much.
        this.#up()
        this.#stream.came(frame)
        return
      case FrameType.syn:
        return
    }
  }

  #up() {
    if (this.#state !== 'calling') return
    this.#state = 'up'
    this.#cancelSyn?.()
    for (const message of this.#early.splice(0)) this.#stream.write(message)
    this.#options.up()
  }

  #down(why: LinkEnd) {
    if (this.#state === 'down') return
    this.#state = 'down'
    this.#cancelSyn?.()
    this.#stream.close()
    this.#options.down(why)
  }

  #send(frame: Frame) {
    if (this.#state === 'down') return
    this.#statistics.framesSent++
    this.#line.write(encodeFrame(frame, this.#options.codec))
  }
}
