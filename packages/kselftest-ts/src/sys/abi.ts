import type { AbiDescription } from '@kseries/uapi-headers'
import { UnknownName } from './errors.ts'

/** What making system calls needs to know of an ABI. Plain JSON, but for bigints that no call takes. */
export interface SysAbi {
  readonly name: string
  readonly pointerSize: 4 | 8
  /** Numbers by name, without `__NR_`. */
  readonly syscalls: Readonly<Record<string, number>>
  /** Of all headers together. */
  readonly constants: Readonly<Record<string, number>>
}

/** The part of a description that `Sys` uses. */
export const sysAbi = (
  description: Pick<AbiDescription, 'abi' | 'pointerSize' | 'syscalls' | 'constants'>,
): SysAbi => ({
  name: description.abi,
  pointerSize: description.pointerSize,
  syscalls: description.syscalls,
  constants: Object.fromEntries(
    Object.values(description.constants).flatMap(header =>
      Object.entries(header).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
    ),
  ),
})

/** The number of a system call. @throws UnknownName. */
export const syscallNumber = (abi: SysAbi, name: string): number => {
  const number = abi.syscalls[name]
  if (number === undefined) throw new UnknownName('system call', name, abi.name)
  return number
}

/** The first of these calls that the ABI has: 32-bit ones have the call that is meant under another name. */
export const firstSyscall = (abi: SysAbi, ...names: readonly [string, ...string[]]): string =>
  names.find(name => abi.syscalls[name] !== undefined) ?? names[0]

/** The value of 'O_RDWR|O_CLOEXEC', or the number itself. @throws UnknownName. */
export const flagsOf = (abi: SysAbi, flags: number | string): number => {
  if (typeof flags === 'number') return flags
  let value = 0
  for (const name of flags.split('|')) {
    const trimmed = name.trim()
    const part = /^(0x[\da-f]+|\d+)$/i.test(trimmed) ? Number(trimmed) : abi.constants[trimmed]
    if (part === undefined) throw new UnknownName('constant', trimmed, abi.name)
    value = part < 0 ? part : value + part - (value & part)
  }
  return value
}
