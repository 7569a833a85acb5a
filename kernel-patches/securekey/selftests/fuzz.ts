/** Random programs: system calls that are given what they should and should not be given, and what must hold however they end. */

import type { Program, Ref, Sys } from '@kseries/kselftest-ts'
import * as fc from 'fast-check'
import { inUse } from './faults.ts'

/** What a call is given: a number, bytes in memory, bytes with addresses and results in them, room, or what an earlier call gave. */
export type Arg = number | bigint | Uint8Array | Patched | { readonly room: number } | { readonly slot: number }

export interface Patched {
  readonly bytes: Uint8Array
  /** Where the address of memory is put (8 bytes), or a number (4). */
  readonly places: readonly (readonly [offset: number, what: Arg])[]
}

/** One call. Those that give a descriptor can be named by others behind it, as slots. */
export interface Step {
  readonly call:
    | 'ioctl'
    | 'read'
    | 'close'
    | 'dup'
    | 'fcntl'
    | 'ppoll'
    | 'socket'
    | 'bind'
    | 'accept'
    | 'getsockopt'
    | 'setsockopt'
    | 'sendmsg'
  readonly args: readonly Arg[]
}

const isMemory = (arg: Arg): arg is Uint8Array | Patched | { readonly room: number } =>
  typeof arg === 'object' && !('slot' in arg)

const valueIn = (p: Program, slots: readonly Ref<number>[], arg: Arg): number | bigint | Ref<unknown> => {
  if (typeof arg !== 'object') return arg
  if (arg instanceof Uint8Array) return p.patched(arg)
  if ('room' in arg) return p.out(arg.room)
  if ('slot' in arg) return slots[arg.slot] ?? -1
  const places = arg.places.map(([offset, what]) => {
    const value = valueIn(p, slots, what)
    if (typeof value !== 'object') throw new TypeError('A number is put into the bytes themselves')
    return [offset, value.map(() => 0), isMemory(what) ? 8 : 4] as const
  })
  return p.patched(arg.bytes, ...places)
}

/** Runs the calls, whichever of them fail. @returns what each gave: a number, or a negative error number. */
export const runSteps = async (sys: Sys, steps: readonly Step[]): Promise<number[]> => {
  const settled = await sys.program(p => {
    const slots: Ref<number>[] = []
    return steps.map(({ call, args }) => {
      const result = p.syscall(call, ...args.map(arg => valueIn(p, slots, arg)))
      slots.push(result)
      return p.settled(result)
    })
  })
  return settled.map(one => (one.status === 'fulfilled' ? one.value : -one.reason.errno))
}

/** The calls as a program in C, for whoever wants to see them fail without us. */
export const programInC = (steps: readonly Step[], preamble: readonly string[]): string => {
  const lines: string[] = []
  let memories = 0
  const memory = (bytes: Uint8Array): string => {
    const name = `m${memories++}`
    const list = [...bytes].map(byte => `0x${byte.toString(16).padStart(2, '0')}`).join(', ')
    lines.push(`\tstatic unsigned char ${name}[${Math.max(bytes.length, 1)}] = { ${list} };`)
    return name
  }
  const value = (arg: Arg): string => {
    if (typeof arg !== 'object')
      return typeof arg === 'bigint' || Math.abs(arg) > 0x7fff_ffff
        ? `0x${BigInt.asUintN(64, BigInt(arg)).toString(16)}UL`
        : `${arg}`
    if (arg instanceof Uint8Array) return memory(arg)
    if ('room' in arg) return memory(new Uint8Array(arg.room))
    if ('slot' in arg) return `r${arg.slot}`
    const name = memory(arg.bytes)
    for (const [offset, what] of arg.places)
      lines.push(
        isMemory(what)
          ? `\t*(void **)(${name} + ${offset}) = ${value(what)};`
          : `\t*(int *)(${name} + ${offset}) = ${value(what)};`,
      )
    return name
  }
  for (const [index, { call, args }] of steps.entries()) {
    const given = args.map(value).join(', ')
    lines.push(`\tlong r${index} = syscall(SYS_${call}${given ? `, ${given}` : ''});`)
  }
  const head = ['#include <sys/syscall.h>', '#include <unistd.h>', '', 'int main(void)', '{']
  return [...head, ...preamble.map(line => `\t${line}`), ...lines, '\treturn 0;', '}'].join('\n')
}

/** How many programs are tried. KSERIES_FUZZ=10000 before `kseries run` for as many. */
const RUNS = Number(process.env['KSERIES_FUZZ'] ?? 150)

/** Milliseconds for them. */
export const PATIENCE = 60_000 + 200 * RUNS

/** Programs in a process, which is killed then, with whatever is in flight. */
const CHUNK = 50

/** Warnings there were, and reports of KASAN and UBSAN (kernel/panic.c: check_panic_on_warn()). */
const warnings = async (sys: Sys) => await sys.readText('/sys/kernel/warn_count')

/** What warns only once warns once more: a shorter program can be seen to fail, too. */
const forgetWarnings = async (sys: Sys) => await sys.writeFile('/sys/kernel/debug/clear_warn_once', '1')

const FAILSLAB = '/sys/kernel/debug/failslab'

/** Of a hundred allocations of a process that is short of memory, so many fail. */
const SHORTAGE = 5

/** Where a function of the kernel begins, and what is behind it. */
const placeOf = async (sys: Sys, name: string): Promise<readonly [string, string]> => {
  const lines = (await sys.readText('/proc/kallsyms')).split('\n')
  const at = lines.findIndex(line => line.endsWith(` ${name}`))
  const address = (line = '') => `0x${line.split(' ')[0]}`
  if (at < 0) throw new Error(`/proc/kallsyms does not know ${name}`)
  return [address(lines[at]), address(lines[at + 1])]
}

/** Readies the kernel to fail allocations of some processes, if it can: that of `--profile debug` can. */
const shortage = async (sys: Sys): Promise<AsyncDisposable & { readonly isThere: boolean }> => {
  const isThere = await sys.readText(`${FAILSLAB}/times`).then(
    () => true,
    () => false,
  )
  const set = async (name: string, value: string | number) => await sys.writeFile(`${FAILSLAB}/${name}`, `${value}`)
  if (isThere) {
    await set('task-filter', 'Y')
    await set('ignore-gfp-wait', 'N')
    await set('verbose', 0)
    await set('times', -1)
    // It takes a buffer that cannot be mapped for a defect, and warns (drivers/dma-buf/dma-buf.c).
    const [start, end] = await placeOf(sys, 'dma_buf_vmap_unlocked')
    await set('reject-start', start)
    await set('reject-end', end)
    await set('probability', SHORTAGE)
  }
  return { isThere, [Symbol.asyncDispose]: async () => void (isThere && (await set('probability', 0))) }
}

/** Calls, one behind the other. */
export class StepList {
  readonly steps: Step[] = []

  /** @returns the call's slot. */
  add(call: Step['call'], ...args: readonly Arg[]): number {
    return this.steps.push({ call, args }) - 1
  }

  /** One of some slots, by a number that may be any; if there are none, a descriptor that cannot be one. */
  one(of: readonly number[], which: number): Arg {
    const slot = of[which % Math.max(of.length, 1)]
    return slot === undefined ? -1 : { slot }
  }
}

/** What random programs are made of. */
export interface Fuzzed<Op> {
  readonly operation: fc.Arbitrary<Op>
  /** What most programs begin with, so that there is something to go on with. */
  readonly opening: readonly Op[]
  /** Makes, in a new process, what the programs are about; gives how their operations become calls. */
  readonly begin: (process: Sys) => Promise<(operations: readonly Op[]) => readonly Step[]>
  /** The same in words, for programs in C. */
  readonly preamble: readonly string[]
}

/**
 * Tries random programs: each call ends, none with an error that no system call should have, the kernel does not complain, and when
 * the process is gone nothing is in use that was not before. Every other process is short of memory, where the kernel can do that.
 *
 * @returns in words how many calls were made, and how many of them did something: more than a quarter.
 */
export const fuzz = async <Op>(sys: Sys, { operation, opening, begin, preamble }: Fuzzed<Op>): Promise<string> => {
  const some = fc.array(operation, { minLength: 1, maxLength: 16 })
  const opened = some.map(operations => [...opening, ...operations])
  const programs = fc.oneof({ weight: 5, arbitrary: opened }, some)
  const used = await inUse(sys)
  let [calls, successes] = [0, 0]
  await using short = await shortage(sys)
  for (let done = 0; done < RUNS; done += CHUNK) {
    await using worker = await sys.process()
    const stepsOf = await begin(worker)
    if (short.isThere && (done / CHUNK) % 2 === 1) await worker.writeFile('/proc/self/make-it-fail', '1')
    const property = fc.asyncProperty(programs, async ops => {
      const steps = stepsOf(ops)
      const tell = (what: string) => new Error(`${what}:\n${programInC(steps, preamble)}`)
      const before = await warnings(sys)
      const results = await runSteps(worker, steps)
      calls += results.length
      successes += results.filter(result => result >= 0).length
      const strange = results.findIndex(result => result < -133 || result === -38)
      if (strange >= 0) throw tell(`call ${strange} (${steps[strange]?.call}) gave ${results[strange]}`)
      if ((await warnings(sys)) === before) return
      await forgetWarnings(sys)
      throw tell('the kernel complained')
    })
    await fc.assert(property, { numRuns: Math.min(CHUNK, RUNS - done), includeErrorInReport: true })
    await worker.end()
    const left = await inUse(sys)
    if (left !== used)
      throw new Error(`Of the last ${CHUNK} programs something is left: ${left} where there was ${used}`)
  }
  if (successes <= calls / 4)
    throw new Error(`Of ${calls} calls only ${successes} did something: too much is refused at once`)
  const how = short.isThere ? `; in half of the processes ${SHORTAGE} % of the allocations failed` : ''
  return `${calls} calls, of which ${successes} did something${how}`
}

/** Numbers of 32 bits that are likely to matter, and any. */
export const word = (...likely: readonly number[]): fc.Arbitrary<number> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...likely) },
    { weight: 1, arbitrary: fc.constantFrom(0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 0xffff_ffff }) },
  )

/** Nothing, and now and then what is given. */
export const rarely = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 7, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })

/** Numbers of 64 bits that are likely to matter, and any. */
export const long = (...likely: readonly number[]): fc.Arbitrary<bigint> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...likely).map(BigInt) },
    { weight: 1, arbitrary: fc.constantFrom(0n, 1n, 2n ** 32n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 64n - 16n) },
    { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) },
  )

/** A wrapped key as it is, or with a bit changed, or less or more of it. */
export const variants = (blobs: number): fc.Arbitrary<Variant> =>
  fc.record({
    which: fc.nat({ max: blobs - 1 }),
    bit: rarely(fc.nat({ max: 1200 })),
    length: rarely(fc.nat({ max: 1100 })),
  })

interface Variant {
  readonly which: number
  readonly bit?: number | undefined
  readonly length?: number | undefined
}

/** The bytes that `variants` tells of. */
export const variant = (blobs: readonly Uint8Array[], { which, bit, length }: Variant): Uint8Array => {
  const bytes = Buffer.alloc(length ?? blobs[which]?.length ?? 0)
  bytes.set((blobs[which] ?? new Uint8Array()).subarray(0, bytes.length))
  if (bit !== undefined && bit >> 3 < bytes.length) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return bytes
}
