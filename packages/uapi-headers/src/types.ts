import type { AbiDescription } from './layout.ts'

/**
 * What `encode` takes for a struct whose decoded form is T: any members may be left out and are zero, as in a C
 * initialiser; text and bytes are interchangeable; 64-bit integers and pointers may be plain numbers.
 */
export type Init<T> = T extends bigint
  ? bigint | number
  : T extends boolean
    ? boolean
    : T extends Uint8Array
      ? Uint8Array | string | readonly number[]
      : T extends string
        ? Uint8Array | string
        : T extends readonly (infer Element)[]
          ? readonly Init<Element>[]
          : T extends object
            ? { readonly [Key in keyof T]?: Init<T[Key]> | undefined }
            : T

/** A C struct or union, as memory of one ABI. */
export interface Struct<T> {
  /** The tag or typedef name. */
  readonly name: string
  /** sizeof: bytes of the fixed part. */
  readonly size: number

  /**
   * A struct as bytes. Padding and members not given are zero. One that ends in a flexible array is as long as its data,
   * and at least `size`.
   * @throws UnknownMember; ValueOutOfRange; UnionConflict: each names the member, as in "sockaddr_alg.salg_feat".
   */
  encode(value?: Init<T>): Uint8Array<ArrayBuffer>

  /**
   * Bytes as a struct, with each member that C could name, so for a union all of them. Bytes after the struct are
   * ignored, unless it ends in a flexible array: that takes as many elements as there are.
   * @throws ShortBuffer
   */
  decode(bytes: Uint8Array | ArrayBuffer): T

  /**
   * Where a member begins, in bytes. A path goes into structs and arrays: "params[1].a".
   * @throws UnknownMember also for a bitfield, which has no such place.
   */
  offsetof(path: string): number

  /** The same struct in another ABI, such as the 32-bit one of a kernel under test. */
  for(description: AbiDescription): Struct<T>
}
