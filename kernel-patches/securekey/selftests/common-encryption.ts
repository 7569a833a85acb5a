/** Common encryption (ISO/IEC 23001-7) of a sample, worked out by node:crypto. */

import { type Cipher, encrypt } from './reference.ts'

/** A part of a sample: bytes in the clear, then bytes that are protected. */
export interface Subsample {
  readonly clear_len: number
  readonly protected_len: number
}

/** Blocks of a protected range that are encrypted, then such that are not, and so on; 0 and 0: all are. */
export interface Pattern {
  readonly crypt: number
  readonly skip: number
}

/** What a scheme makes of a sample. */
export interface Scheme {
  readonly cipher: Cipher
  readonly pattern: boolean
  /** Less than a block at the end of a protected range is in the clear. */
  readonly wholeBlocks: boolean
  /** Protected ranges of subsamples must be whole numbers of blocks. */
  readonly wholeSubsamples: boolean
  /** The vector begins anew with each subsample. */
  readonly restart: boolean
}

export const SCHEMES = {
  cenc: { cipher: 'ctr(aes)', pattern: false, wholeBlocks: false, wholeSubsamples: false, restart: false },
  cbc1: { cipher: 'cbc(aes)', pattern: false, wholeBlocks: true, wholeSubsamples: true, restart: false },
  cens: { cipher: 'ctr(aes)', pattern: true, wholeBlocks: true, wholeSubsamples: false, restart: false },
  cbcs: { cipher: 'cbc(aes)', pattern: true, wholeBlocks: true, wholeSubsamples: false, restart: true },
} as const satisfies Readonly<Record<string, Scheme>>

const BLOCK = 16

/** A range of a sample that is encrypted. */
type Range = readonly [from: number, to: number]

const rangesOf = (start: number, length: number, { wholeBlocks }: Scheme, { crypt, skip }: Pattern): Range[] => {
  const end = start + (wholeBlocks ? length - (length % BLOCK) : length)
  if (skip === 0) return end > start ? [[start, end]] : []
  const ranges: Range[] = []
  for (let at = start; at < end; at += (crypt + skip) * BLOCK) ranges.push([at, Math.min(at + crypt * BLOCK, end)])
  return ranges
}

/**
 * Encrypts what of a sample is encrypted.
 * @param subsamples - of it; none: all of it is protected.
 */
export const protect = (
  scheme: Scheme,
  key: Uint8Array,
  iv: Uint8Array,
  sample: Uint8Array,
  subsamples: readonly Subsample[] = [],
  pattern: Pattern = { crypt: 0, skip: 0 },
): Uint8Array => {
  const parts = subsamples.length > 0 ? subsamples : [{ clear_len: 0, protected_len: sample.length }]
  const protectedParts: Range[][] = []
  let at = 0
  for (const { clear_len, protected_len } of parts) {
    protectedParts.push(rangesOf(at + clear_len, protected_len, scheme, pattern))
    at += clear_len + protected_len
  }
  // One chain, or stream, goes through all that is encrypted; or through each subsample.
  const chains = scheme.restart ? protectedParts : [protectedParts.flat()]
  const result = Uint8Array.from(sample)
  for (const chain of chains) {
    const encrypted = encrypt(
      scheme.cipher,
      key,
      iv,
      Buffer.concat(chain.map(([from, to]) => sample.subarray(from, to))),
    )
    let taken = 0
    for (const [from, to] of chain) {
      result.set(encrypted.subarray(taken, taken + to - from), from)
      taken += to - from
    }
  }
  return result
}
