import { type Codec, fullMask } from './codec.ts'
import { outOfRange } from './errors.ts'

/** Smallest and largest value of an integer of so many bits. */
const rangeOf = (bits: number, signed: boolean): readonly [bigint, bigint] =>
  signed ? [-(1n << BigInt(bits - 1)), (1n << BigInt(bits - 1)) - 1n] : [0n, (1n << BigInt(bits)) - 1n]

const wantedInteger = (bits: number, signed: boolean) => {
  const [low, high] = rangeOf(bits, signed)
  return `an integer from ${low} to ${high}`
}

/** A value as number, or a Fault. */
const toNumber = (value: unknown, low: number, high: number, wanted: () => string): number => {
  const number = typeof value === 'bigint' ? Number(value) : value
  if (typeof number !== 'number' || !Number.isInteger(number) || number < low || number > high) {
    throw outOfRange(value, wanted())
  }
  return number
}

/** A value as bigint, or a Fault. */
const toBigInt = (value: unknown, low: bigint, high: bigint, wanted: () => string): bigint => {
  const big =
    typeof value === 'bigint'
      ? value
      : typeof value === 'number' && Number.isSafeInteger(value)
        ? BigInt(value)
        : undefined
  if (big === undefined || big < low || big > high) throw outOfRange(value, wanted())
  return big
}

const getters = {
  u1: (view: DataView, at: number) => view.getUint8(at),
  s1: (view: DataView, at: number) => view.getInt8(at),
  u2: (view: DataView, at: number, little: boolean) => view.getUint16(at, little),
  s2: (view: DataView, at: number, little: boolean) => view.getInt16(at, little),
  u4: (view: DataView, at: number, little: boolean) => view.getUint32(at, little),
  s4: (view: DataView, at: number, little: boolean) => view.getInt32(at, little),
} as const

/**
 * Integers, enums and pointers.
 * @param big - give bigints though the size would fit a number.
 */
export const integer = (size: number, signed: boolean, littleEndian: boolean, big = false): Codec => {
  const mask = fullMask(size)
  const wanted = () => wantedInteger(size * 8, signed)
  const [low, high] = rangeOf(size * 8, signed)
  if (size === 1 || size === 2 || size === 4) {
    const get = getters[`${signed ? 's' : 'u'}${size}`]
    const [least, most] = [Number(low), Number(high)]
    return {
      size,
      mask,
      write: (view, at, value) => {
        const number = toNumber(value, least, most, wanted)
        if (size === 4) view.setInt32(at, number, littleEndian)
        else if (size === 2) view.setInt16(at, number, littleEndian)
        else view.setInt8(at, number)
      },
      read: big ? (view, at) => BigInt(get(view, at, littleEndian)) : (view, at) => get(view, at, littleEndian),
    }
  }
  if (size === 8) {
    return {
      size,
      mask,
      write: (view, at, value) => view.setBigInt64(at, toBigInt(value, low, high, wanted), littleEndian),
      read: signed
        ? (view, at) => view.getBigInt64(at, littleEndian)
        : (view, at) => view.getBigUint64(at, littleEndian),
    }
  }
  return bits(0, size * 8, { signed, littleEndian, big: true, size })
}

export const boolean = (): Codec => ({
  size: 1,
  mask: fullMask(1),
  write: (view, at, value) => {
    const number = typeof value === 'boolean' ? Number(value) : value
    view.setUint8(
      at,
      toNumber(number, 0, 1, () => 'true or false'),
    )
  },
  read: (view, at) => view.getUint8(at) !== 0,
})

export const float = (size: number, littleEndian: boolean): Codec => ({
  size,
  mask: fullMask(size),
  write: (view, at, value) => {
    if (typeof value !== 'number') throw outOfRange(value, 'a number')
    if (size === 4) view.setFloat32(at, value, littleEndian)
    else view.setFloat64(at, value, littleEndian)
  },
  read: (view, at) => (size === 4 ? view.getFloat32(at, littleEndian) : view.getFloat64(at, littleEndian)),
})

export interface BitsOptions {
  readonly signed: boolean
  readonly littleEndian: boolean
  /** Give a bigint, whatever the width. */
  readonly big: boolean
  readonly bool?: boolean
  /** Bytes of the codec. @default as many as the bits reach into */
  readonly size?: number
}

/**
 * A bitfield, or an integer of unusual size.
 *
 * @param first - its first bit, from the start of the codec's first byte: counted from the least significant bit on a
 * little-endian ABI, from the most significant on a big-endian one.
 */
export const bits = (first: number, width: number, options: BitsOptions): Codec => {
  const { signed, littleEndian, big, bool = false } = options
  const size = options.size ?? Math.ceil((first + width) / 8)
  const shift = BigInt(littleEndian ? first : size * 8 - first - width)
  const ones = (1n << BigInt(width)) - 1n
  const [low, high] = bool ? [0n, 1n] : rangeOf(width, signed)
  const wanted = () => (bool ? 'true or false' : wantedInteger(width, signed))
  const mask = new Uint8Array(size)
  store(new DataView(mask.buffer), 0, size, littleEndian, ones << shift)
  return {
    size,
    mask,
    write: (view, at, value) => {
      const number = toBigInt(bool && typeof value === 'boolean' ? Number(value) : value, low, high, wanted)
      const others = fetch(view, at, size, littleEndian) & ~(ones << shift)
      store(view, at, size, littleEndian, others | ((number & ones) << shift))
    },
    read: (view, at) => {
      const raw = (fetch(view, at, size, littleEndian) >> shift) & ones
      const value = signed ? BigInt.asIntN(width, raw) : raw
      return bool ? value !== 0n : big ? value : Number(value)
    },
  }
}

const fetch = (view: DataView, at: number, size: number, littleEndian: boolean): bigint => {
  let value = 0n
  for (let index = 0; index < size; index++) {
    value = (value << 8n) | BigInt(view.getUint8(at + (littleEndian ? size - 1 - index : index)))
  }
  return value
}

const store = (view: DataView, at: number, size: number, littleEndian: boolean, value: bigint): void => {
  for (let index = 0; index < size; index++) {
    view.setUint8(at + (littleEndian ? index : size - 1 - index), Number((value >> BigInt(index * 8)) & 0xffn))
  }
}
