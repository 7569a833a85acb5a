import { readFileSync } from 'node:fs'
import { AbiNotBound, BadAbiFile, StaleTypes, UnknownConstant } from './errors.ts'
import type { AbiDescription, ConstantValue } from './layout.ts'
import { lazyStruct } from './struct.ts'
import type { Struct } from './types.ts'

let current: AbiDescription | undefined

/**
 * Says which ABI the generated constants and structs of this process mean. Structs follow a later call; constants are
 * plain values, fixed when the generated file is imported: bind first.
 */
export const bindAbi = (description: AbiDescription): void => {
  current = description
}

/**
 * The ABI in use: the one given to bindAbi, else that of the file which KSERIES_ABI names, read once.
 * @param what - what is wanted of it, for the error.
 * @throws AbiNotBound; BadAbiFile
 */
export const boundAbi = (what = 'the ABI'): AbiDescription => {
  if (current) return current
  const path = process.env['KSERIES_ABI']
  if (!path) throw new AbiNotBound(what)
  try {
    const description = JSON.parse(readFileSync(path, 'utf8')) as AbiDescription
    if (description.format !== 1) throw new TypeError(`its format is ${description.format}, not 1`)
    current = description
    return description
  } catch (error) {
    throw new BadAbiFile(path, error)
  }
}

const indexes = new WeakMap<AbiDescription, ReadonlyMap<string, ConstantValue>>()

const indexOf = (description: AbiDescription): ReadonlyMap<string, ConstantValue> => {
  const known = indexes.get(description)
  if (known) return known
  const index = new Map(Object.values(description.constants).flatMap(group => Object.entries(group)))
  indexes.set(description, index)
  return index
}

/**
 * A constant of a description, or of the bound ABI.
 * @returns a number; a bigint if a double cannot hold it; text for a string literal.
 * @throws UnknownConstant; AbiNotBound
 */
export const constantValue = (
  name: string,
  description = boundAbi(`the constant '${name}'`),
): number | bigint | string => {
  const value = indexOf(description).get(name)
  if (value === undefined) throw new UnknownConstant(description, name)
  return typeof value === 'object' ? BigInt(value.bigint) : value
}

/** For generated files: a constant of the bound ABI that is a number. */
export const constant = (name: string): number => {
  const value = constantValue(name)
  if (typeof value !== 'number') throw new StaleTypes(name, value, 'number')
  return value
}

/** For generated files: a constant of the bound ABI that may need more than 53 bits. */
export const bigConstant = (name: string): bigint => {
  const value = constantValue(name)
  if (typeof value === 'string') throw new StaleTypes(name, value, 'bigint')
  return BigInt(value)
}

/** For generated files: a constant of the bound ABI that is text. */
export const textConstant = (name: string): string => {
  const value = constantValue(name)
  if (typeof value !== 'string') throw new StaleTypes(name, value, 'string')
  return value
}

/** For generated files: a struct or union of the bound ABI, looked up at first use. */
export const struct = <T>(name: string): Struct<T> => lazyStruct<T>(name, () => boundAbi(`the layout of '${name}'`))

/**
 * The number of a system call.
 * @returns undefined if this ABI has none of that name.
 */
export const syscallNumber = (name: string, description = boundAbi(`the number of ${name}()`)): number | undefined =>
  description.syscalls[name]
