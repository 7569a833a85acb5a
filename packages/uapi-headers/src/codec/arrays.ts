import { type Codec, extentOf, fullMask, mark, markValue } from './codec.ts'
import { outOfRange, within } from './errors.ts'
import { decodeText, encodeText } from './text.ts'

/**
 * Arrays of one-byte integers: char (text), unsigned (bytes). Both take text, bytes, or a list of numbers; what is not
 * given is zero.
 *
 * @param count - undefined for a flexible one.
 * @param text - read as text up to the first NUL, which may be missing; else as bytes.
 */
export const byteArray = (count: number | undefined, text: boolean): Codec => {
  const toBytes = (value: unknown): Uint8Array => {
    const bytes = bytesOf(value)
    if (bytes === undefined) throw outOfRange(value, 'text, a Uint8Array or a list of bytes')
    if (count !== undefined && bytes.length > count) throw outOfRange(value, `at most ${count} bytes`)
    return bytes
  }
  const write = (view: DataView, at: number, value: unknown) =>
    new Uint8Array(view.buffer, view.byteOffset + at).set(toBytes(value))
  const read = (view: DataView, at: number, end: number) => {
    const bytes = new Uint8Array(view.buffer, view.byteOffset + at, count ?? Math.max(0, end - at))
    return text ? decodeText(bytes) : bytes.slice()
  }
  if (count !== undefined) return { size: count, mask: fullMask(count), write, read }
  return {
    size: 0,
    mask: fullMask(0),
    write,
    read,
    tail: {
      at: 0,
      step: 1,
      extent: value => toBytes(value).length,
      mark: (bytes, at, value) => mark(bytes, at, fullMask(toBytes(value).length)),
    },
  }
}

const bytesOf = (value: unknown): Uint8Array | undefined => {
  if (typeof value === 'string') return encodeText(value)
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  if (value instanceof Uint8Array) return value
  if (!Array.isArray(value)) return undefined
  for (const [index, item] of value.entries()) {
    within(`[${index}]`, () => {
      if (!Number.isInteger(item) || item < 0 || item > 255) throw outOfRange(item, 'an integer from 0 to 255')
    })
  }
  return Uint8Array.from(value)
}

/**
 * Arrays of anything else. A shorter list than the array leaves the rest zero.
 * @param count - undefined for a flexible one.
 */
export const array = (element: Codec, count: number | undefined): Codec => {
  const listOf = (value: unknown): ArrayLike<unknown> => {
    if (!Array.isArray(value) && !(ArrayBuffer.isView(value) && 'length' in value)) throw outOfRange(value, 'a list')
    const list = value as ArrayLike<unknown>
    if (count !== undefined && list.length > count) throw outOfRange(value, `a list of at most ${count}`)
    return list
  }
  const each = (value: unknown, work: (item: unknown, index: number) => void) => {
    const list = listOf(value)
    for (let index = 0; index < list.length; index++) {
      const item = list[index]
      if (item !== undefined) within(`[${index}]`, () => work(item, index))
    }
  }
  const write = (view: DataView, at: number, value: unknown) =>
    each(value, (item, index) => {
      // In C such an element would reach into the next one.
      if (extentOf(element, item) > element.size) throw outOfRange(item, 'without flexible data, being in an array')
      element.write(view, at + index * element.size, item)
    })
  const read = (view: DataView, at: number, end: number) => {
    const length = count ?? (element.size === 0 ? 0 : Math.floor(Math.max(0, end - at) / element.size))
    return Array.from({ length }, (_, index) => {
      const start = at + index * element.size
      return element.read(view, start, start + element.size)
    })
  }
  if (count !== undefined) {
    const mask = new Uint8Array(count * element.size)
    for (let index = 0; index < count; index++) mark(mask, index * element.size, element.mask)
    return { size: mask.length, mask, write, read }
  }
  return {
    size: 0,
    mask: fullMask(0),
    write,
    read,
    tail: {
      at: 0,
      step: element.size,
      extent: value => listOf(value).length * element.size,
      mark: (bytes, at, value) =>
        each(value, (item, index) => markValue(element, bytes, at + index * element.size, item)),
    },
  }
}
