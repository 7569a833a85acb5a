import { crc32 } from 'node:zlib'
import { pack, stuff, unpack, unstuff } from './cobs.ts'
import type { Codec } from './codec.ts'

/** agent/frame.h has the same numbers. */
export const FrameType = {
  /** A piece of the stream; without payload an acknowledgement. */
  data: 0,
  /** From the host: a new session begins. */
  syn: 1,
  synack: 2,
  /** From the agent: it has just started. */
  hello: 3,
  /** From the agent: it knows of no such session. */
  reset: 4,
} as const

export type FrameType = (typeof FrameType)[keyof typeof FrameType]
export type Side = 'host' | 'agent'

export interface Frame {
  readonly type: FrameType
  /** Something was damaged or missing: resend from `ack` on. */
  readonly nack: boolean
  /** Asks for an acknowledgement at once: the sender waits for it. */
  readonly push: boolean
  /** How often its sender has gone back to resend, modulo 16. */
  readonly round: number
  /** The round of the last frame that its sender got: a `nack` of an earlier one is answered already. */
  readonly echo: number
  /** 16 bits, chosen by the host. */
  readonly session: number
  /** Offset in the stream of the first byte of the payload, modulo 2^32. */
  readonly seq: number
  /** Offset of the next byte that the sender of this frame expects. */
  readonly ack: number
  readonly payload: Uint8Array
}

const PUSH = 0x20
const NACK = 0x40
const FROM_AGENT = 0x80
const HEADER = 12
const OVERHEAD = HEADER + 4
const types: ReadonlySet<number> = new Set(Object.values(FrameType))

/** A frame as bytes for the line, delimiters included. */
export const encodeFrame = (frame: Frame, codec: Codec, from: Side = 'host'): Uint8Array => {
  const bytes = new Uint8Array(OVERHEAD + frame.payload.length)
  const view = new DataView(bytes.buffer)
  bytes[0] = frame.type | (frame.push ? PUSH : 0) | (frame.nack ? NACK : 0) | (from === 'agent' ? FROM_AGENT : 0)
  bytes[1] = (frame.round & 15) | (frame.echo << 4)
  view.setUint16(2, frame.session, true)
  view.setUint32(4, frame.seq, true)
  view.setUint32(8, frame.ack, true)
  bytes.set(frame.payload, HEADER)
  view.setUint32(bytes.length - 4, crc32(bytes.subarray(0, -4)), true)
  return stuff(codec.name === 'console' ? pack(bytes) : bytes, codec)
}

/** What a decoder finds. */
export interface FrameSink {
  frame(frame: Frame): void
  /** Something between two delimiters was no frame. */
  damaged(): void
  /** On a shared console: bytes that are not ours, in the order they came. */
  text(bytes: Uint8Array): void
}

/**
 * Finds frames in a stream that is split, damaged, joined midway, or mixed with kernel messages. Frames of our own side
 * (a console may echo) are dropped.
 */
export class FrameDecoder {
  readonly #codec: Codec
  readonly #from: Side
  readonly #sink: FrameSink
  #block: Uint8Array
  #length = 0
  #overflow = false
  /** A frame has just ended: bytes with the top bit set are text (UTF-8 in a message) until a delimiter opens the next. */
  #idle = true

  /** @param from - whose frames are wanted. */
  constructor(codec: Codec, from: Side, sink: FrameSink) {
    this.#codec = codec
    this.#from = from
    this.#sink = sink
    this.#block = new Uint8Array(Math.ceil((codec.segment + OVERHEAD) * 1.2) + 64)
  }

  /** Takes what came; any split will do. */
  feed(chunk: Uint8Array): void {
    const shared = this.#codec.name === 'console'
    let textFrom = -1
    const flushText = (end: number) => {
      if (textFrom >= 0) this.#sink.text(chunk.subarray(textFrom, end))
      textFrom = -1
    }
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0
      if (shared && (byte < 0x80 || (this.#idle && byte !== 0x80))) {
        if (textFrom < 0) textFrom = at
        continue
      }
      flushText(at)
      const value = shared ? byte & 0x7f : byte
      if (value !== 0) this.#put(value)
      else this.#delimiter()
    }
    flushText(chunk.length)
  }

  #put(value: number) {
    if (this.#length < this.#block.length) this.#block[this.#length++] = value
    else this.#overflow = true
  }

  #delimiter() {
    const block = this.#block.subarray(0, this.#length)
    const overflow = this.#overflow
    this.#length = 0
    this.#overflow = false
    this.#idle = false
    if (block.length === 0 && !overflow) return
    const bytes = overflow ? undefined : this.#bytesOf(block)
    if (!bytes) return this.#sink.damaged()
    this.#idle = true
    const kind = bytes[0] ?? 0
    const type = kind & ~(PUSH | NACK | FROM_AGENT)
    if ((kind & FROM_AGENT ? 'agent' : 'host') !== this.#from || !types.has(type)) return
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    this.#sink.frame({
      type: type as FrameType,
      push: (kind & PUSH) !== 0,
      nack: (kind & NACK) !== 0,
      round: (bytes[1] ?? 0) & 15,
      echo: (bytes[1] ?? 0) >> 4,
      session: view.getUint16(2, true),
      seq: view.getUint32(4, true),
      ack: view.getUint32(8, true),
      payload: bytes.slice(HEADER, -4),
    })
  }

  #bytesOf(block: Uint8Array): Uint8Array | undefined {
    const values = unstuff(block, this.#codec)
    const bytes = values && this.#codec.name === 'console' ? unpack(values) : values
    if (!bytes || bytes.length < OVERHEAD) return undefined
    const check = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4).getUint32(0, true)
    return crc32(bytes.subarray(0, -4)) === check ? bytes : undefined
  }
}
