/**
 * Writes and reads one C type. Made once for a layout, then used many times; memory it writes to is zero at first, so
 * padding and what is not given stay zero.
 */
export interface Codec {
  /** Bytes of the fixed part: sizeof. */
  readonly size: number
  /** For each byte of the fixed part, the bits that mean something; padding has none. */
  readonly mask: Uint8Array
  /** What a value that is not given means. */
  write(view: DataView, at: number, value: unknown): void
  /** @param end - where the bytes end, of which a flexible array takes what is left. */
  read(view: DataView, at: number, end: number): unknown
  /** Only of types that end in a flexible array. */
  readonly tail?: Tail
}

export interface Tail {
  /** Where the flexible part begins, from the start of the type. */
  readonly at: number
  /** Bytes of the whole for a value: at least `size`. */
  extent(value: unknown): number
  /** Sets the bits that mean something in the whole of a value, as `mask` does for the fixed part. */
  mark(bytes: Uint8Array, at: number, value: unknown): void
  /** Bytes that must not remain when the data is divided into elements; 0 when nothing can be said. */
  readonly step: number
}

export const fullMask = (size: number): Uint8Array => new Uint8Array(size).fill(0xff)

/** Sets the bits of `mask` in `bytes` from `at` on. */
export const mark = (bytes: Uint8Array, at: number, mask: Uint8Array): void => {
  for (let index = 0; index < mask.length; index++) bytes[at + index] = (bytes[at + index] ?? 0) | (mask[index] ?? 0)
}

/** Bytes a value takes in memory, flexible part included. */
export const extentOf = (codec: Codec, value: unknown): number => codec.tail?.extent(value) ?? codec.size

/** `mark` for a value: its fixed part, and its flexible one if it has any. */
export const markValue = (codec: Codec, bytes: Uint8Array, at: number, value: unknown): void => {
  if (codec.tail) codec.tail.mark(bytes, at, value)
  else mark(bytes, at, codec.mask)
}
