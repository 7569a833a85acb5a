import type { GuestMemory } from '../program/values.ts'
import type { Sys } from './sys.ts'

/** Bytes of a buffer that one program carries. */
const CHUNK = 64 * 1024

/** Memory of a guest process that stays between programs; unmapped at the end of an `await using` block. */
export class GuestBuffer implements GuestMemory, AsyncDisposable {
  readonly address: bigint
  readonly size: number
  readonly #sys: Sys

  private constructor(sys: Sys, address: bigint, size: number) {
    this.#sys = sys
    this.address = address
    this.size = size
  }

  /** See `Sys.alloc`. */
  static async make(sys: Sys, content: number | Uint8Array): Promise<GuestBuffer> {
    const size = typeof content === 'number' ? content : content.length
    const address = await sys.mmap({
      length: Math.max(size, 1),
      prot: 'PROT_READ|PROT_WRITE',
      flags: 'MAP_PRIVATE|MAP_ANONYMOUS',
    })
    const buffer = new GuestBuffer(sys, address, size)
    if (typeof content !== 'number') await buffer.write(content)
    return buffer
  }

  /** Its bytes, or a part of them. */
  async read(offset = 0, length = this.size - offset): Promise<Uint8Array> {
    const parts: Promise<Uint8Array>[] = []
    for (let at = 0; at < length; at += CHUNK) {
      parts.push(this.#sys.peek(this.address + BigInt(offset + at), Math.min(CHUNK, length - at)))
    }
    return Buffer.concat(await Promise.all(parts))
  }

  /** Puts bytes into it. @throws RangeError if they do not fit. */
  async write(bytes: Uint8Array, offset = 0): Promise<void> {
    if (offset + bytes.length > this.size) {
      throw new RangeError(`Cannot write ${bytes.length} bytes at ${offset} of a buffer of ${this.size}`)
    }
    const parts: Promise<number>[] = []
    for (let at = 0; at < bytes.length; at += CHUNK) {
      parts.push(this.#sys.poke(this.address + BigInt(offset + at), bytes.subarray(at, at + CHUNK)))
    }
    await Promise.all(parts)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sys.munmap(this.address, Math.max(this.size, 1))
  }
}
