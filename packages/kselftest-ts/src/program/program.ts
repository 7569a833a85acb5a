import { firstSyscall } from '../sys/abi.ts'
import type { Ref } from './ref.ts'
import { SocketCalls } from './sockets.ts'
import { cstring, type Flags, type Value } from './values.ts'

/**
 * A program: calls that make one trip to the guest together. Each method adds a call and gives a reference to what it will
 * come to, to be used as an argument of later calls and returned from the function given to `sys.program`.
 */
export class Program extends SocketCalls {
  add_key(type: string, description: string, payload: Uint8Array | null, keyring: Flags): Ref<number> {
    const length = payload?.length ?? 0
    return this.syscall('add_key', cstring(type), cstring(description), payload, length, keyring)
  }

  keyctl(operation: Flags, ...args: readonly Value[]): Ref<number> {
    return this.syscall('keyctl', operation, ...args)
  }

  unshare(flags: Flags): Ref<number> {
    return this.syscall('unshare', flags)
  }

  mount(source: string, target: string, type: string, flags: Flags = 0, data: string | null = null): Ref<number> {
    const options = data === null ? null : cstring(data)
    return this.syscall('mount', cstring(source), cstring(target), cstring(type), flags, options)
  }

  umount(target: string, flags: Flags = 0): Ref<number> {
    return this.syscall('umount2', cstring(target), flags)
  }

  getpid(): Ref<number> {
    return this.syscall('getpid')
  }

  gettid(): Ref<number> {
    return this.syscall('gettid')
  }

  getuid(): Ref<number> {
    return this.syscall(this.wide('getuid'))
  }

  getgid(): Ref<number> {
    return this.syscall(this.wide('getgid'))
  }

  kill(pid: number | Ref<number>, signal: Flags): Ref<number> {
    return this.syscall('kill', pid, signal)
  }

  /** The variant of a call about users and groups that takes 32-bit numbers: i386 has 16-bit ones by the plain name. */
  protected wide(name: string): string {
    return firstSyscall(this.abi, `${name}32`, name)
  }

  setgroups(groups: readonly number[]): Ref<number> {
    const list = Buffer.alloc(4 * groups.length)
    groups.forEach((group, index) => list.writeUInt32LE(group, 4 * index))
    return this.syscall(this.wide('setgroups'), groups.length, list)
  }

  setresgid(real: number, effective: number, saved: number): Ref<number> {
    return this.syscall(this.wide('setresgid'), real, effective, saved)
  }

  setresuid(real: number, effective: number, saved: number): Ref<number> {
    return this.syscall(this.wide('setresuid'), real, effective, saved)
  }
}

/** What `sys.program` takes. */
export type BuildProgram<T> = (program: Program) => T
