import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MemoryBusy } from './errors.ts'
import type { Qmp } from './qmp.ts'
import { RuntimeDir } from './runtime-dir.ts'

/** A part of a machine's memory, at a guest-physical address. */
export interface MemoryPiece {
  readonly address: bigint
  readonly bytes: Uint8Array
}

/** Bytes that are on the disk at a time, and in ours. */
const PIECE = 64 << 20

/** The memory of a machine as it is seen from outside: by its normal world, whatever the guest has made of it. */
export class Memory {
  readonly #qmp: Qmp
  readonly #base: number
  readonly #size: number
  #busy = false

  /**
   * @param base - guest-physical address of its first byte.
   * @param size - bytes.
   */
  constructor(qmp: Qmp, base: number, size: number) {
    this.#qmp = qmp
    this.#base = base
    this.#size = size
  }

  /**
   * All of it, in pieces, from the lowest address up. The guest stands still until the caller has the last one, or no longer wants any;
   * its clocks do, too.
   * @throws MemoryBusy; QmpFailed, when the machine has gone for one; what node:fs says when the disk is full.
   */
  async *pieces(): AsyncGenerator<MemoryPiece> {
    if (this.#busy) throw new MemoryBusy()
    this.#busy = true
    try {
      await using folder = await RuntimeDir.make()
      await this.#qmp.execute('stop')
      try {
        for (let at = 0; at < this.#size; at += PIECE) {
          const [address, size] = [this.#base + at, Math.min(PIECE, this.#size - at)]
          const file = join(folder.path, 'memory')
          await this.#qmp.execute('pmemsave', { val: address, size, filename: file })
          yield { address: BigInt(address), bytes: await readFile(file) }
        }
      } finally {
        await this.#qmp.execute('cont')
      }
    } finally {
      this.#busy = false
    }
  }
}
