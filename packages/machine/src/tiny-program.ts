import type { Arch } from './spec.ts'
import { arm64 } from './tiny-arm64.ts'
import { x86_64 } from './tiny-x86.ts'

/** A system call by name: nothing but what a program needs that prints, echoes, hangs or powers off. */
export type TinyCall = 'read' | 'write' | 'openat' | 'mount' | 'reboot' | 'pause' | 'sched_yield' | 'exit'

/**
 * An argument: a number, bytes or text (passed by address, text zero-terminated), the result of the call before, the
 * result set aside by `keep`, or the address of 4 KiB of scratch memory.
 */
export type TinyArg = number | string | Uint8Array | { readonly from: 'last' | 'kept' | 'buffer' }

export type TinyStep =
  | { readonly call: TinyCall; readonly args: readonly TinyArg[] }
  /** Sets the last result aside. */
  | { readonly keep: 'last' }
  /** Runs the steps `count` times, without a count for ever. Counted ones cannot be nested. */
  | { readonly repeat: readonly TinyStep[]; readonly count?: number }
  /** Runs the steps again while the last call of them fails. */
  | { readonly untilOk: readonly TinyStep[] }

/** How one architecture does the few things a tiny program is made of; each gives machine code. */
export interface TinyCode {
  readonly elfMachine: number
  readonly numbers: Readonly<Record<TinyCall, number>>
  /** Argument `index` = a value below 4 GiB. */
  load(index: number, value: number): Uint8Array
  loadFrom(index: number, from: 'last' | 'kept'): Uint8Array
  systemCall(number: number): Uint8Array
  keepLast(): Uint8Array
  setCounter(count: number): Uint8Array
  /** Counts down and goes `back` bytes before this instruction's start unless it reached 0. */
  countDown(back: number): Uint8Array
  jumpBack(back: number): Uint8Array
  jumpBackIfFailed(back: number): Uint8Array
}

const codes: Record<Arch, TinyCode> = { x86_64, arm64 }

/**
 * Makes a static ELF program of a few system calls without a compiler: an init for measurements and for tests of the
 * machine itself. A program that comes to its end without having powered off waits for ever.
 *
 * @returns the file, to be packed as an executable "init".
 */
export const tinyProgram = (arch: Arch, steps: readonly TinyStep[]): Uint8Array => {
  const asm = codes[arch]
  const data: Buffer[] = []
  let dataEnd = dataAddress + bufferSize
  const place = (value: string | Uint8Array): number => {
    const bytes = typeof value === 'string' ? Buffer.from(`${value}\0`) : Buffer.from(value)
    const address = dataEnd
    data.push(bytes)
    dataEnd += bytes.length
    return address
  }
  const argument = (arg: TinyArg, index: number): Uint8Array => {
    if (typeof arg === 'number') return asm.load(index, arg >>> 0)
    if (typeof arg === 'string' || arg instanceof Uint8Array) return asm.load(index, place(arg))
    return arg.from === 'buffer' ? asm.load(index, dataAddress) : asm.loadFrom(index, arg.from)
  }
  const emit = (step: TinyStep): Uint8Array => {
    if ('call' in step) return Buffer.concat([...step.args.map(argument), asm.systemCall(asm.numbers[step.call])])
    if ('keep' in step) return asm.keepLast()
    if ('untilOk' in step) {
      const body = Buffer.concat(step.untilOk.map(emit))
      return Buffer.concat([body, asm.jumpBackIfFailed(body.length)])
    }
    const body = Buffer.concat(step.repeat.map(emit))
    if (step.count === undefined) return Buffer.concat([body, asm.jumpBack(body.length)])
    return Buffer.concat([asm.setCounter(step.count), body, asm.countDown(body.length)])
  }
  const forEver: TinyStep = { repeat: [{ call: 'pause', args: [0, 0, 0, 0] }] }
  const code = Buffer.concat([...steps, forEver].map(emit))
  if (code.length > codeRoom)
    throw new RangeError(`A tiny program must fit into ${codeRoom} bytes: it is ${code.length}`)
  return elf(asm.elfMachine, code, Buffer.concat(data))
}

// One segment, readable, writable and executable: headers, code at 0x1000, then the scratch buffer and the data.
const base = 0x40_0000
const codeOffset = 0x1000
const codeRoom = 0x1000
const dataAddress = base + codeOffset + codeRoom
const bufferSize = 4096

const elf = (machine: number, code: Uint8Array, data: Uint8Array): Uint8Array => {
  const file = Buffer.alloc(codeOffset + codeRoom + bufferSize + data.length)
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
  file.writeUInt16LE(2, 16) // ET_EXEC
  file.writeUInt16LE(machine, 18)
  file.writeUInt32LE(1, 20)
  file.writeBigUInt64LE(BigInt(base + codeOffset), 24) // e_entry
  file.writeBigUInt64LE(64n, 32) // e_phoff
  file.writeUInt16LE(64, 52) // e_ehsize
  file.writeUInt16LE(56, 54) // e_phentsize
  file.writeUInt16LE(1, 56) // e_phnum
  file.writeUInt32LE(1, 64) // PT_LOAD
  file.writeUInt32LE(7, 68) // RWX
  file.writeBigUInt64LE(BigInt(base), 80)
  file.writeBigUInt64LE(BigInt(base), 88)
  file.writeBigUInt64LE(BigInt(file.length), 96)
  file.writeBigUInt64LE(BigInt(file.length), 104)
  file.writeBigUInt64LE(0x1000n, 112)
  file.set(code, codeOffset)
  file.set(data, codeOffset + codeRoom + bufferSize)
  return file
}

/** Writes text to the console (init's standard output). */
export const say = (text: string): TinyStep => ({
  call: 'write',
  args: [1, Buffer.from(text), Buffer.byteLength(text)],
})

/** Powers the machine off, at once; include/uapi/linux/reboot.h. microvm cannot (boards.ts). */
export const powerOff: TinyStep = { call: 'reboot', args: [0xfee1_dead, 672_274_793, 0x4321_fedc] }

/** Resets the machine; QEMU, started with -no-reboot, then ends. */
export const reset: TinyStep = { call: 'reboot', args: [0xfee1_dead, 672_274_793, 0x0123_4567] }

/** The least init there is: a line and the end, by a reset, which every board can. The measure for every boot time. */
export const bareInit = (arch: Arch, line = 'bare init: up'): Uint8Array => tinyProgram(arch, [say(`${line}\n`), reset])
