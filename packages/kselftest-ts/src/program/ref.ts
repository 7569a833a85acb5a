import type { ProgramResult } from './result.ts'

/** Where an argument's value comes from, when the program runs. */
export type Arg =
  | { readonly kind: 'number'; readonly value: number | bigint }
  /** The address of bytes that travel with the program. */
  | { readonly kind: 'data'; readonly offset: number }
  /** The address of memory whose bytes travel back. */
  | { readonly kind: 'out'; readonly offset: number }
  /** What an earlier operation gave. */
  | { readonly kind: 'result'; readonly op: number; readonly addend: number }
  /** The signed word of 32 bits there: a descriptor that pipe2() wrote. */
  | { readonly kind: 'load'; readonly offset: number }

/** Something that will be known when the program has run; until then, an argument for later calls. */
export class Ref<T> {
  /** As an argument. */
  readonly arg: Arg
  /** Operations that it hangs on: the call itself. */
  readonly ops: readonly number[]
  readonly decode: (result: ProgramResult) => T

  constructor(arg: Arg, ops: readonly number[], decode: (result: ProgramResult) => T) {
    this.arg = arg
    this.ops = ops
    this.decode = decode
  }

  /** The same argument, read in another way. */
  map<U>(read: (value: T) => U): Ref<U> {
    return new Ref(this.arg, this.ops, result => read(this.decode(result)))
  }
}

/** A shape with its references replaced by what they came to. */
export type Resolved<T> =
  T extends Ref<infer U>
    ? U
    : T extends Uint8Array | bigint | string | number | boolean | null | undefined
      ? T
      : T extends (...args: never[]) => unknown
        ? T
        : { [K in keyof T]: Resolved<T[K]> }

/** Replaces the references in arrays and plain objects, at any depth. */
export const resolve = <T>(shape: T, result: ProgramResult): Resolved<T> => resolveAny(shape, result) as Resolved<T>

const resolveAny = (shape: unknown, result: ProgramResult): unknown => {
  if (shape instanceof Ref) return shape.decode(result) as unknown
  if (Array.isArray(shape)) return shape.map(inner => resolveAny(inner, result))
  if (isPlain(shape)) {
    return Object.fromEntries(Object.entries(shape).map(([key, inner]) => [key, resolveAny(inner, result)]))
  }
  return shape
}

/** All references in a shape. */
export const refsIn = (shape: unknown): Ref<unknown>[] => {
  if (shape instanceof Ref) return [shape]
  if (Array.isArray(shape)) return shape.flatMap(refsIn)
  return isPlain(shape) ? Object.values(shape).flatMap(refsIn) : []
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
