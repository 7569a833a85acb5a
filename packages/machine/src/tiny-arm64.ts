import type { TinyCode } from './tiny-program.ts'

const words = (...values: readonly number[]): Uint8Array => {
  const out = Buffer.alloc(values.length * 4)
  for (const [i, value] of values.entries()) out.writeUInt32LE(value >>> 0, i * 4)
  return out
}
const movz = (register: number, value: number) => 0xd280_0000 | ((value & 0xffff) << 5) | register
const movk16 = (register: number, value: number) => 0xf2a0_0000 | ((value & 0xffff) << 5) | register
const load = (register: number, value: number) => words(movz(register, value), movk16(register, value >>> 16))
const mov = (to: number, from: number) => 0xaa00_03e0 | (from << 16) | to
const offset19 = (bytes: number) => ((bytes >> 2) & 0x7_ffff) << 5
// The result of the last call lives in x0, which the next call's first argument overwrites: it is copied to x21.
const [counter, kept, last] = [19, 20, 21]

/** Arm ARM (DDI 0487), chapter C6; system calls as in arch/arm64/kernel/entry.S: number in x8, result in x0. */
export const arm64: TinyCode = {
  elfMachine: 183,
  // include/uapi/asm-generic/unistd.h; there is no pause: ppoll(NULL, 0, NULL, NULL) does the same
  numbers: { read: 63, write: 64, openat: 56, mount: 40, reboot: 142, pause: 73, sched_yield: 124, exit: 93 },
  load,
  loadFrom: (index, from) => words(mov(index, from === 'last' ? last : kept)),
  systemCall: number => words(movz(8, number), 0xd400_0001, mov(last, 0)),
  keepLast: () => words(mov(kept, last)),
  setCounter: count => load(counter, count),
  // sub x19, x19, #1; cbnz x19, back
  countDown: back => words(0xd100_0400 | (counter << 5) | counter, 0xb500_0000 | offset19(-(back + 4)) | counter),
  jumpBack: back => words(0x1400_0000 | ((-back >> 2) & 0x3ff_ffff)),
  // tbnz x21, #63, back
  jumpBackIfFailed: back => words(0xb7f8_0000 | (((-back >> 2) & 0x3fff) << 5) | last),
}
