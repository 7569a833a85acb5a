import type { Codec } from './codec/codec.ts'
import { extentOf } from './codec/codec.ts'
import { codecsOf } from './codec/compile.ts'
import { Fault, ShortBuffer, UnknownMember } from './codec/errors.ts'
import { UnknownStruct } from './errors.ts'
import {
  type AbiDescription,
  hoist,
  type InlineRecord,
  type MemberLayout,
  recordOf,
  sizeOf,
  type TypeLayout,
} from './layout.ts'
import type { Init, Struct } from './types.ts'

/**
 * A struct of a description.
 * @param name - a tag, or a typedef of a struct without one.
 * @throws UnknownStruct
 */
export const structOf = <T>(description: AbiDescription, name: string): Struct<T> => {
  if (!description.records[name]) throw new UnknownStruct(description, name)
  return lazyStruct<T>(name, () => description)
}

/**
 * A struct of the description that `bound` gives, asked each time, so that it may not be known yet. The codec is made at
 * first use of a description.
 */
export const lazyStruct = <T>(name: string, bound: () => AbiDescription): Struct<T> => {
  let known: AbiDescription | undefined
  let made: Codec | undefined
  const codec = (): Codec => {
    const description = bound()
    if (made === undefined || known !== description) {
      if (!description.records[name]) throw new UnknownStruct(description, name)
      made = codecs(description)(name)
      known = description
    }
    return made
  }
  return {
    name,
    get size() {
      return codec().size
    },
    encode: (value = {} as Init<T>) => encode(codec(), name, value),
    decode: bytes => decode(codec(), name, bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes)) as T,
    offsetof: path => offsetOf(bound(), name, path),
    for: description => structOf<T>(description, name),
  }
}

const allCodecs = new WeakMap<AbiDescription, (name: string) => Codec>()

const codecs = (description: AbiDescription) => {
  const known = allCodecs.get(description)
  if (known) return known
  const made = codecsOf(description)
  allCodecs.set(description, made)
  return made
}

const encode = (codec: Codec, name: string, value: unknown): Uint8Array<ArrayBuffer> => {
  try {
    const bytes = new Uint8Array(extentOf(codec, value))
    codec.write(new DataView(bytes.buffer), 0, value)
    return bytes
  } catch (error) {
    if (error instanceof Fault) throw error.make(`${name}${error.path}`)
    throw error
  }
}

const decode = (codec: Codec, name: string, bytes: Uint8Array): unknown => {
  const { size, tail } = codec
  if (bytes.length < size) throw new ShortBuffer(name, bytes.length, size)
  if (tail && tail.step > 1 && bytes.length > size) {
    const left = (bytes.length - tail.at) % tail.step
    if (left !== 0) {
      throw new ShortBuffer(
        name,
        bytes.length,
        bytes.length - left + tail.step,
        `, as its elements have ${tail.step} bytes and the last one ${left}`,
      )
    }
  }
  return codec.read(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0, bytes.length)
}

const offsetOf = (description: AbiDescription, name: string, path: string): number => {
  const record = description.records[name]
  if (!record) throw new UnknownStruct(description, name)
  let type: TypeLayout | InlineRecord = record
  let offset = 0
  let done = name
  for (const [, member, index] of path.matchAll(/\.?(\w+)|\[(\d+)\]/g)) {
    if (type.kind === 'record') type = recordOf(description, type.name)
    if (member !== undefined && /^[A-Za-z_]/.test(member)) {
      const members: readonly MemberLayout[] = type.kind === 'struct' || type.kind === 'union' ? hoist(type) : []
      const found: MemberLayout | undefined = members.find(one => one.name === member)
      const places = members.filter(one => !one.bits).map(one => one.name)
      if (!found || found.bits) throw new UnknownMember(`${done}.${member}`, done, places)
      offset += found.offset
      type = found.type
      done += `.${member}`
    } else {
      const at = Number(index)
      if (type.kind !== 'array' || (!type.flexible && at >= type.count)) {
        throw new UnknownMember(`${done}[${index}]`, done, [])
      }
      offset += at * sizeOf(description, type.of)
      type = type.of
      done += `[${at}]`
    }
  }
  return offset
}
