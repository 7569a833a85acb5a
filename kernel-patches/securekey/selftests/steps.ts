/** System calls as data: they are run in a guest, whichever of them fail, and are told as a program in C. */

import type { Program, Ref, Sys } from '@kseries/kselftest-ts'

/** What a call is given: a number, bytes in memory, bytes with addresses and results in them, room, or what an earlier call gave. */
export type Arg = number | bigint | Uint8Array | Patched | { readonly room: number } | Slot

export interface Patched {
  readonly bytes: Uint8Array
  /** Where the address of memory is put (8 bytes), or a number (4). */
  readonly places: readonly (readonly [offset: number, what: Arg])[]
  /** The call writes to it, too: what is there afterwards is looked at, and can be named by calls behind it. One of a call at most. */
  readonly written?: true
}

/** What an earlier call gave, or the word of 32 bits that is in what it has written. */
export interface Slot {
  readonly slot: number
  readonly word?: number
}

/**
 * One call. Those that give a descriptor can be named by others behind it, as slots. 'peek' (address, length) and 'poke' (address,
 * bytes) are none: memory that the process shares with somebody is read and written.
 */
export interface Step {
  readonly call:
    | 'peek'
    | 'poke'
    | 'pread64'
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

/** What calls of a program came to, for those behind them. */
interface Done {
  readonly results: Ref<number>[]
  readonly written: Ref<Uint8Array>[]
}

const slotIn = (p: Program, done: Done, { slot, word }: Slot): number | Ref<number> => {
  if (word === undefined) return done.results[slot] ?? -1
  const written = done.written[slot]
  if (written === undefined) throw new TypeError(`Call ${slot} must write to memory: a word of that is to be used`)
  return p.word(written, word)
}

const valueIn = (p: Program, done: Done, arg: Arg): number | bigint | Ref<unknown> => {
  if (typeof arg !== 'object') return arg
  if (arg instanceof Uint8Array) return p.patched(arg)
  if ('room' in arg) return p.out(arg.room)
  if ('slot' in arg) return slotIn(p, done, arg)
  const places = arg.places.map(([offset, what]) => {
    const value = valueIn(p, done, what)
    if (typeof value !== 'object') throw new TypeError('A number is put into the bytes themselves')
    return [offset, value.map(() => 0), isMemory(what) ? 8 : 4] as const
  })
  if (arg.written === undefined) return p.patched(arg.bytes, ...places)
  const memory = p.inout(arg.bytes, ...places)
  done.written[done.results.length] = memory
  return memory
}

const addStep = (p: Program, done: Done, { call, args }: Step): Ref<number> => {
  const [address, what] = args
  if (call === 'peek') {
    const bytes = p.peek(address as bigint, what as number)
    done.written[done.results.length] = bytes
    return bytes.map(({ length }) => length)
  }
  if (call === 'poke') return p.poke(address as bigint, what as Uint8Array)
  return p.syscall(call, ...args.map(arg => valueIn(p, done, arg)))
}

/** What a call gave: a number, or a negative error number; and what is in the memory that it writes to. */
export interface Outcome {
  readonly result: number
  readonly written: Uint8Array | undefined
}

/** Runs the calls, whichever of them fail. @returns what each came to. */
export const runSteps = async (sys: Sys, steps: readonly Step[]): Promise<Outcome[]> => {
  const all = await sys.program(p => {
    const done: Done = { results: [], written: [] }
    return steps.map((step, index) => {
      const result = addStep(p, done, step)
      done.results.push(result)
      return { settled: p.settled(result), written: done.written[index] }
    })
  })
  return all.map(({ settled, written }) => ({
    result: settled.status === 'fulfilled' ? settled.value : -settled.reason.errno,
    written,
  }))
}

/** The calls as a program in C, for whoever wants to see them fail without us. */
export const programInC = (steps: readonly Step[], preamble: readonly string[]): string => {
  const lines: string[] = []
  /** The names of memory that calls write to, by call. */
  const written: string[] = []
  let [memories, step] = [0, 0]
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
    if ('slot' in arg) return arg.word === undefined ? `r${arg.slot}` : `*(int *)(${written[arg.slot]} + ${arg.word})`
    const name = memory(arg.bytes)
    if (arg.written !== undefined) written[step] = name
    for (const [offset, what] of arg.places)
      lines.push(
        isMemory(what)
          ? `\t*(void **)(${name} + ${offset}) = ${value(what)};`
          : `\t*(int *)(${name} + ${offset}) = ${value(what)};`,
      )
    return name
  }
  for (const { call, args } of steps) {
    const given = args.map(value)
    const [address, what] = given
    if (call === 'peek') lines.push(`\twrite(1, (void *)${address}, ${what});`)
    else if (call === 'poke') lines.push(`\tmemcpy((void *)${address}, ${what}, sizeof(${what}));`)
    else lines.push(`\tlong r${step} = syscall(${[`SYS_${call}`, ...given].join(', ')});`)
    step++
  }
  const head = ['#include <string.h>', '#include <sys/syscall.h>', '#include <unistd.h>', '', 'int main(void)', '{']
  return [...head, ...preamble.map(line => `\t${line}`), ...lines, '\treturn 0;', '}'].join('\n')
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
