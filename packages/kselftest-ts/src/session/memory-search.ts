import { BadNeedle } from './errors.ts'
import type { MemoryPiece } from './guest.ts'

/** Bytes of a needle, at least: shorter ones lie about by chance. */
const NEEDLE_MIN = 16
/** What lies in more places than these is no needle; memory is full of zeroes. */
const PLACES_MAX = 10_000

const WORD = 4

/** That a word is in a needle, and how far from its beginning. */
interface Clue {
  readonly needle: number
  readonly offset: number
}

/**
 * Looks for many needles in one pass. Only words at whole addresses are looked at, and of those only the ones that a needle has near its
 * beginning: that takes no longer for a thousand needles than for one.
 */
export class MemorySearch {
  /** Addresses so far, of each needle; ascending, if the pieces are. */
  readonly found: bigint[][]
  readonly #needles: readonly Uint8Array[]
  readonly #clues = new Map<number, Clue[]>()
  /** By the hash of a word: whether there may be a clue. */
  readonly #maybe = new Uint8Array(0x1_0000)
  readonly #longest: number
  /** The end of the last piece: as many bytes as a needle may have begun in. */
  #rest: MemoryPiece = { address: 0n, bytes: new Uint8Array() }

  /** @throws BadNeedle if one is too short. */
  constructor(needles: readonly Uint8Array[]) {
    this.#needles = needles
    this.found = needles.map(() => [])
    this.#longest = Math.max(0, ...needles.map(({ length }) => length))
    for (const [index, needle] of needles.entries()) this.#add(index, needle)
  }

  /** Goes on with the next piece. One that does not begin where the last one ended is a new beginning. @throws BadNeedle */
  feed({ address, bytes }: MemoryPiece): void {
    const follows = this.#rest.address + BigInt(this.#rest.bytes.length) === address
    const before = follows ? this.#rest.bytes : new Uint8Array()
    const length = before.length + bytes.length
    const from = address - BigInt(before.length)
    // Of whole words, zeroes at its end.
    const all = new Uint8Array(Math.ceil(length / WORD) * WORD)
    all.set(before)
    all.set(bytes, before.length)
    this.#scan(all, before.length, length, from)
    const rest = Math.max(0, length - this.#longest + 1)
    this.#rest = { address: from + BigInt(rest), bytes: all.slice(rest, length) }
  }

  #add(index: number, needle: Uint8Array) {
    if (needle.length < NEEDLE_MIN) throw new BadNeedle(`have ${NEEDLE_MIN} bytes or more: it has ${needle.length}`)
    // The last first: of two places a byte apart, that is the lower one.
    for (let offset = WORD - 1; offset >= 0; offset--) {
      const [word = 0] = new Int32Array(Uint8Array.from(needle.subarray(offset, offset + WORD)).buffer)
      this.#maybe[hash(word)] = 1
      this.#clues.set(word, [...(this.#clues.get(word) ?? []), { needle: index, offset }])
    }
  }

  /** @param known - bytes of `all` that were looked at before. */
  #scan(all: Uint8Array, known: number, length: number, from: bigint) {
    const words = new Int32Array(all.buffer)
    for (let at = 0; at < words.length; at++) {
      const word = words[at] ?? 0
      if (this.#maybe[hash(word)] === 0) continue
      for (const { needle, offset } of this.#clues.get(word) ?? []) {
        const begin = at * WORD - offset
        const end = begin + (this.#needles[needle]?.length ?? 0)
        // What ends in the known part has been found before; what ends behind this piece is found with the next one.
        if (begin < 0 || end <= known || end > length) continue
        if (Buffer.compare(this.#needles[needle] ?? all, all.subarray(begin, end)) === 0)
          this.#take(needle, from + BigInt(begin))
      }
    }
  }

  #take(needle: number, address: bigint) {
    const places = this.found[needle] ?? []
    if (places.push(address) > PLACES_MAX) throw new BadNeedle(`be something rare: it lies in ${places.length} places`)
  }
}

const hash = (word: number): number => (word ^ (word >>> 16)) & 0xffff

/** Guest-physical addresses at which each needle lies, ascending. @throws BadNeedle, what reading throws. */
export const searchMemory = async (
  pieces: AsyncIterable<MemoryPiece>,
  needles: readonly Uint8Array[],
): Promise<bigint[][]> => {
  const search = new MemorySearch(needles)
  for await (const piece of pieces) search.feed(piece)
  return search.found
}
