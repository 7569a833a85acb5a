/** What is looked for in all of the guest's memory, and how something is put in there once and not twice. */

import type { GuestBuffer, Sys } from '@kseries/kselftest-ts'

/** Bytes in parts of one size; a rest is left out. */
export const piecesOf = (bytes: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.floor(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  )

/** As a cipher has them that thinks in words of the other byte order. */
export const swapped = (bytes: Uint8Array): Uint8Array => Uint8Array.from(Buffer.from(bytes).swap32())

/**
 * What tells that a key is about: each half of its bytes, since a copy need not be whole, in either order of the bytes of a word. Its
 * schedule begins with the key.
 */
export const tracesOf = (key: Uint8Array): Uint8Array[] =>
  piecesOf(key, 16).flatMap(half => [Uint8Array.from(half), swapped(half)])

const WORD = 8

/**
 * Memory of the process with these bytes in it. They come to the guest as numbers, 7 bits of them in a byte, and each word is stored by
 * itself: no buffer on the way, of the console's driver or of the agent, ever holds two words as they are.
 */
export const planted = async (sys: Sys, bytes: Uint8Array): Promise<GuestBuffer> => {
  const buffer = await sys.alloc(bytes.length)
  const words = piecesOf(bytes, WORD).map(word => Buffer.from(word).readBigInt64LE())
  await sys.program(p => {
    for (const [index, word] of words.entries())
      p.store(p.argOf(buffer.address + BigInt(index * WORD)), p.argOf(word), WORD)
  })
  return buffer
}
