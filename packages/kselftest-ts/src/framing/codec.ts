/**
 * How frames become bytes. `binary` is for a line of our own; `console` for one shared with the kernel's messages: 7 bits to
 * a byte, the top bit always set, so that messages (ASCII) and frames can be told apart byte by byte.
 */
export interface Codec {
  readonly name: 'binary' | 'console'
  /** COBS: the greatest code, which leads a block of `limit - 1` values without a zero. */
  readonly limit: number
  /** Set on each byte of a frame; it alone is the delimiter. */
  readonly high: number
  /** Payload bytes in one frame, at most; also what a sender begins with. */
  readonly segment: number
  /** Bytes under way, at most. A tty keeps 4095 bytes for a reader that is late (drivers/tty/n_tty.c). */
  readonly window: number
  /** Milliseconds that a window takes on the line: what is under way is given its share of it. */
  readonly patience: number
}

export const binary: Codec = { name: 'binary', limit: 255, high: 0, segment: 16_384, window: 65_536, patience: 20 }
export const shared: Codec = { name: 'console', limit: 127, high: 0x80, segment: 256, window: 2048, patience: 150 }

export type CodecName = Codec['name']

/** The codec of that name. */
export const codecNamed = (name: CodecName): Codec => (name === 'binary' ? binary : shared)
