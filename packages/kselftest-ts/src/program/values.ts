import { flagsOf, type SysAbi } from '../sys/abi.ts'
import { Ref } from './ref.ts'

/** Memory that stays in the guest: `sys.alloc()`. */
export interface GuestMemory {
  readonly address: bigint
  readonly size: number
}

/** Something that holds a descriptor: `sys.owned(fd)`. */
export interface HasFd {
  readonly fd: number
}

/** Text for a call that takes a `char *`; see `cstring`. */
export class CString {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  /** With the terminating zero. */
  get bytes(): Uint8Array {
    return Buffer.from(`${this.text}\0`)
  }
}

/** Text as an argument of `syscall()`, where a plain string names constants. */
export const cstring = (text: string): CString => new CString(text)

/** A number, or names of constants: 'O_RDWR|O_CLOEXEC'. */
export type Flags = number | string | Ref<number>

/** A descriptor. */
export type Fd = number | HasFd | Ref<number>

/** Bytes, or where they are in the guest. */
export type Data = Uint8Array | GuestMemory | Ref<unknown>

/** What a system call takes: null is a null pointer; the address of bytes is passed. */
export type Value = number | bigint | string | null | Uint8Array | CString | GuestMemory | HasFd | Ref<unknown>

/** The number a simple value stands for. */
export const numberOf = (
  abi: SysAbi,
  value: number | bigint | string | null | HasFd | GuestMemory,
): number | bigint => {
  if (value === null) return 0
  if (typeof value === 'string') return flagsOf(abi, value)
  if (typeof value === 'object') return 'fd' in value ? value.fd : value.address
  return value
}

/** As a person would write it in C; references by what they came to. */
export const showValue = (value: Value, of: (ref: Ref<unknown>) => string): string => {
  if (value === null) return 'NULL'
  if (value instanceof Ref) return of(value)
  if (value instanceof CString) return JSON.stringify(value.text)
  if (value instanceof Uint8Array) return `<${value.length} bytes>`
  switch (typeof value) {
    case 'string':
      return value
    case 'number':
    case 'bigint':
      return value > 0xffff ? `0x${value.toString(16)}` : String(value)
    case 'object':
      return 'fd' in value ? String(value.fd) : `0x${value.address.toString(16)}`
  }
}
