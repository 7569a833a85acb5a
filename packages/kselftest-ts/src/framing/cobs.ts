import type { Codec } from './codec.ts'

/**
 * Consistent overhead byte stuffing (Cheshire and Baker, 1999) for values of 8 or 7 bits, delimiters on both sides: no
 * value of what comes out between them is the delimiter.
 */
export const stuff = (values: Uint8Array, { limit, high }: Codec): Uint8Array => {
  const out = new Uint8Array(values.length + Math.ceil((values.length + 1) / (limit - 1)) + 3)
  out[0] = high
  let code = 1
  let at = 2
  let run = 1
  for (const value of values) {
    if (value !== 0) {
      out[at++] = value | high
      if (++run < limit) continue
    }
    out[code] = run | high
    code = at++
    run = 1
  }
  out[code] = run | high
  out[at++] = high
  return out.subarray(0, at)
}

/**
 * The values of a block, in place, without delimiters and top bits.
 * @returns undefined for what `stuff` never makes.
 */
export const unstuff = (block: Uint8Array, { limit }: Codec): Uint8Array | undefined => {
  let from = 0
  let to = 0
  while (from < block.length) {
    const code = block[from++] ?? 0
    if (code === 0 || code > limit || code - 1 > block.length - from) return undefined
    block.copyWithin(to, from, from + code - 1)
    to += code - 1
    from += code - 1
    if (code < limit && from < block.length) block[to++] = 0
  }
  return block.subarray(0, to)
}

/** Values of 7 bits out of bytes, the first bits first; the last one is padded with zeros. */
export const pack = (bytes: Uint8Array): Uint8Array => {
  const out = new Uint8Array(Math.ceil((bytes.length * 8) / 7))
  let bits = 0
  let count = 0
  let at = 0
  for (const byte of bytes) {
    bits = ((bits << 8) | byte) & 0x7fff
    for (count += 8; count >= 7; count -= 7) out[at++] = (bits >> (count - 7)) & 0x7f
  }
  if (count > 0) out[at] = (bits << (7 - count)) & 0x7f
  return out
}

/** The bytes that `pack` was given, in place. */
export const unpack = (values: Uint8Array): Uint8Array => {
  let bits = 0
  let count = 0
  let at = 0
  for (const value of values) {
    bits = ((bits << 7) | value) & 0x7fff
    count += 7
    if (count >= 8) {
      count -= 8
      values[at++] = bits >> count
    }
  }
  return values.subarray(0, at)
}
