/** A growing buffer of bytes and LEB128 numbers. */
export class ByteWriter {
  #bytes = Buffer.alloc(256)
  #length = 0

  get length(): number {
    return this.#length
  }

  u8(value: number): this {
    this.#room(1)
    this.#bytes[this.#length++] = value
    return this
  }

  /** Unsigned LEB128; up to 2^53. */
  uleb(value: number): this {
    let rest = value
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) this.u8((rest % 128) | 0x80)
    return this.u8(rest)
  }

  /** Signed LEB128, of the low 64 bits. */
  sleb(value: number | bigint): this {
    if (typeof value === 'number' && Math.abs(value) < 2 ** 30) {
      let small = value
      for (; small < -64 || small > 63; small >>= 7) this.u8((small & 0x7f) | 0x80)
      return this.u8(small & 0x7f)
    }
    let rest = BigInt.asIntN(64, BigInt(value))
    for (; rest < -64n || rest > 63n; rest >>= 7n) this.u8(Number(rest & 0x7fn) | 0x80)
    return this.u8(Number(rest & 0x7fn))
  }

  u32(value: number): this {
    this.#room(4)
    this.#bytes.writeUInt32LE(value >>> 0, this.#length)
    this.#length += 4
    return this
  }

  put(bytes: Uint8Array): this {
    this.#room(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
    return this
  }

  /** Zeros up to a multiple of `boundary`; gives the position. */
  align(boundary: number): number {
    const to = Math.ceil(this.#length / boundary) * boundary
    this.#room(to - this.#length)
    this.#bytes.fill(0, this.#length, to)
    this.#length = to
    return to
  }

  /** What was written; not a copy. */
  take(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  #room(more: number) {
    if (this.#length + more <= this.#bytes.length) return
    const larger = Buffer.alloc(Math.max(2 * this.#bytes.length, this.#length + more))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
  }
}

/** Reads what ByteWriter writes. @throws RangeError past the end. */
export class ByteReader {
  readonly #bytes: Uint8Array
  #at: number

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes
    this.#at = at
  }

  u8(): number {
    const value = this.#bytes[this.#at++]
    if (value === undefined) throw new RangeError('The answer ends too early')
    return value
  }

  uleb(): number {
    let value = 0
    for (let factor = 1; ; factor *= 128) {
      const byte = this.u8()
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
    }
  }

  /** A number as far as it is exact, else a bigint. */
  sleb(): number | bigint {
    const start = this.#at
    let value = 0
    let factor = 1
    for (;;) {
      const byte = this.u8()
      value += (byte & 0x7f) * factor
      factor *= 128
      if (byte < 0x80) {
        if (this.#at - start > 7) break
        return byte & 0x40 ? value - factor : value
      }
    }
    let exact = 0n
    this.#at = start
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.u8()
      exact |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) {
        const signed = BigInt.asIntN(64, BigInt.asIntN(Number(shift) + 7, exact))
        return BigInt(Number(signed)) === signed && Number.isSafeInteger(Number(signed)) ? Number(signed) : signed
      }
    }
  }

  take(length: number): Uint8Array {
    const from = this.#at
    this.#at += length
    if (this.#at > this.#bytes.length) throw new RangeError('The answer ends too early')
    return this.#bytes.slice(from, this.#at)
  }
}
