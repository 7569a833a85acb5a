import type { TinyCode } from './tiny-program.ts'

const bytes = (...values: readonly number[]) => Uint8Array.from(values)
const le32 = (value: number): number[] => [value, value >>> 8, value >>> 16, value >>> 24].map(byte => byte & 0xff)
// mov r32, imm32 zero-extends; the order of edi, esi, edx, r10d, r8d, r9d is that of system call arguments.
const movImm = [[0xbf], [0xbe], [0xba], [0x41, 0xba], [0x41, 0xb8], [0x41, 0xb9]]
// mov r64, rax and mov r64, r12
const movRax = [0xc7, 0xc6, 0xc2].map(modrm => [0x48, 0x89, modrm])
const movR12 = [0xe7, 0xe6, 0xe2].map(modrm => [0x4c, 0x89, modrm])

const pick = <T>(list: readonly T[], index: number): T => {
  const value = list[index]
  if (value === undefined) throw new RangeError(`A tiny program has no such argument register: ${index}`)
  return value
}

/** Intel SDM volume 2; system calls as in arch/x86/entry/entry_64.S. rbx is the counter, r12 what was kept. */
export const x86_64: TinyCode = {
  elfMachine: 62,
  numbers: { read: 0, write: 1, openat: 257, mount: 165, reboot: 169, pause: 34, sched_yield: 24, exit: 60 },
  load: (index, value) => bytes(...pick(movImm, index), ...le32(value)),
  loadFrom: (index, from) => bytes(...pick(from === 'last' ? movRax : movR12, index)),
  systemCall: number => bytes(0xb8, ...le32(number), 0x0f, 0x05),
  keepLast: () => bytes(0x49, 0x89, 0xc4),
  setCounter: count => bytes(0xbb, ...le32(count)),
  countDown: back => bytes(0xff, 0xcb, 0x0f, 0x85, ...le32(-(back + 8))),
  jumpBack: back => bytes(0xe9, ...le32(-(back + 5))),
  jumpBackIfFailed: back => bytes(0x48, 0x85, 0xc0, 0x0f, 0x88, ...le32(-(back + 9))),
}
