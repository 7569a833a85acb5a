/** A 32-bit program that makes system calls, one after the other: put together here, since a guest has no compiler. */

/** What a call takes: a number, the address of something in the program's memory, or what an earlier call gave. */
export type Argument = number | { readonly at: number } | { readonly result: number }

export interface Call {
  /** Its number on i386, arch/x86/entry/syscalls/syscall_32.tbl. */
  readonly number: number
  /** At most five. */
  readonly args: readonly Argument[]
  /** Where in the memory its result goes, besides. */
  readonly store?: number
}

export const SYSCALLS = { exit: 1, read: 3, write: 4, open: 5, ioctl: 54 } as const

const BASE = 0x0804_8000
const HEADERS = 52 + 32
/** MOV of an immediate to, and of what is at an address to, EBX, ECX, EDX, ESI, EDI. */
const IMMEDIATE = [0xbb, 0xb9, 0xba, 0xbe, 0xbf] as const
const FROM_MEMORY = [0x1d, 0x0d, 0x15, 0x35, 0x3d] as const

/** A word of 64 bits in the memory that is the address of something else there. */
export interface Pointer {
  readonly at: number
  readonly to: number
}

/**
 * A static ELF file. It ends when all calls were made, whatever they gave.
 * @param memory - what is in its memory at first, but for the pointers.
 * @param output - a descriptor to which it writes the calls' results, 32 bits each, and then its memory.
 */
export const program32 = (
  memory: Uint8Array,
  calls: readonly Call[],
  output: number,
  pointers: readonly Pointer[] = [],
): Uint8Array => {
  const results = Buffer.alloc(4 * calls.length)
  // The code is as long whatever the addresses in it are.
  const { length } = codeAt(0, calls, memory.length, output)
  const data = BASE + HEADERS + length
  const own = Buffer.from(memory)
  for (const { at, to } of pointers) own.writeBigUInt64LE(BigInt(data + results.length + to), at)
  return Buffer.concat([
    elfHeaders(HEADERS + length + results.length + own.length),
    codeAt(data, calls, memory.length, output),
    results,
    own,
  ])
}

/** The code, with the results at an address and the memory behind them. */
const codeAt = (results: number, calls: readonly Call[], size: number, output: number): Buffer => {
  const own = results + 4 * calls.length
  const load = (argument: Argument, register: number): Buffer[] => {
    if (typeof argument === 'number') return [byte(IMMEDIATE[register]), word(argument)]
    if ('at' in argument) return [byte(IMMEDIATE[register]), word(own + argument.at)]
    return [byte(0x8b, FROM_MEMORY[register]), word(results + 4 * argument.result)]
  }
  const made = ({ number, args }: Call) => [...args.flatMap(load), byte(0xb8), word(number), byte(0xcd, 0x80)]
  const keep = (to: number) => [byte(0xa3), word(to)]
  const kept = calls.flatMap((call, index) => [
    ...made(call),
    ...keep(results + 4 * index),
    ...(call.store === undefined ? [] : keep(own + call.store)),
  ])
  const write = { number: SYSCALLS.write, args: [output, results, 4 * calls.length + size] }
  return Buffer.concat([...kept, ...made(write), ...made({ number: SYSCALLS.exit, args: [0] })])
}

const byte = (...bytes: readonly (number | undefined)[]): Buffer => Buffer.from(bytes.map(one => one ?? 0))

const word = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value >>> 0)
  return bytes
}

/** Of an executable with one segment that may be read, written and executed. */
const elfHeaders = (size: number): Buffer => {
  const bytes = Buffer.alloc(HEADERS)
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1])
  bytes.writeUInt16LE(2, 16) // ET_EXEC
  bytes.writeUInt16LE(3, 18) // EM_386
  bytes.writeUInt32LE(1, 20)
  bytes.writeUInt32LE(BASE + HEADERS, 24)
  bytes.writeUInt32LE(52, 28)
  bytes.writeUInt16LE(52, 40)
  bytes.writeUInt16LE(32, 42)
  bytes.writeUInt16LE(1, 44)
  bytes.writeUInt32LE(1, 52) // PT_LOAD
  bytes.writeUInt32LE(BASE, 60)
  bytes.writeUInt32LE(BASE, 64)
  bytes.writeUInt32LE(size, 68)
  bytes.writeUInt32LE(size, 72)
  bytes.writeUInt32LE(7, 76)
  bytes.writeUInt32LE(4096, 80)
  return bytes
}
