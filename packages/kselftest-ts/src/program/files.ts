import { firstSyscall } from '../sys/abi.ts'
import { ProgramCore } from './core.ts'
import { POLLFD_EVENTS, POLLFD_REVENTS, POLLFD_SIZE } from './layout.ts'
import { type Arg, Ref } from './ref.ts'
import { CString, cstring, type Data, type Fd, type Flags, type GuestMemory, type Value } from './values.ts'

/** What poll() is asked about one descriptor. */
export interface PollRequest {
  readonly fd: Fd
  readonly events: Flags
}

export interface MmapRequest {
  readonly length: number
  readonly prot: Flags
  readonly flags: Flags
  /** @default -1 */
  readonly fd?: Fd
  /** A multiple of the page size. @default 0 */
  readonly offset?: number
  readonly addr?: number | bigint
}

const path = (text: string) => cstring(text)

/** Descriptors, files, memory. */
export class FileCalls extends ProgramCore {
  open(file: string, flags: Flags, mode = 0): Ref<number> {
    return this.openat('AT_FDCWD', file, flags, mode)
  }

  openat(directory: Fd | string, file: string, flags: Flags, mode = 0): Ref<number> {
    return this.call('openat', [directory, path(file), flags, mode]).map(Number)
  }

  close(fd: Fd): Ref<number> {
    return this.syscall('close', fd)
  }

  dup(fd: Fd): Ref<number> {
    return this.syscall('dup', fd)
  }

  dup3(fd: Fd, to: Fd, flags: Flags = 0): Ref<number> {
    return this.syscall('dup3', fd, to, flags)
  }

  /** At most `length` bytes. */
  read(fd: Fd, length: number): Ref<Uint8Array> {
    return this.reading('read', length, buffer => [fd, buffer, length])
  }

  pread(fd: Fd, length: number, offset: number): Ref<Uint8Array> {
    return this.reading('pread64', length, buffer => [fd, buffer, length, ...this.loff(3, offset)])
  }

  write(fd: Fd, data: Data | string): Ref<number> {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data
    return this.syscall('write', fd, bytes, sizeOf(bytes))
  }

  pwrite(fd: Fd, data: Data, offset: number): Ref<number> {
    return this.syscall('pwrite64', fd, data, sizeOf(data), ...this.loff(3, offset))
  }

  lseek(fd: Fd, offset: number, whence: Flags): Ref<number> {
    if (this.abi.pointerSize === 8) return this.syscall('lseek', fd, offset, whence)
    // The result of lseek() is a signed word, which ends at 2 GiB.
    const [low, high] = halves(offset)
    const at = this.area(8)
    const place = new Ref({ kind: 'out', offset: at }, [], () => undefined)
    const call = this.call('_llseek', [fd, high, low, place, whence], [fd, offset, whence])
    const position = this.segment(call.ops[0] ?? 0, at, 8, 'all')
    return new Ref({ kind: 'load', offset: at }, call.ops, result =>
      Number(Buffer.from(position.decode(result)).readBigInt64LE()),
    )
  }

  ftruncate(fd: Fd, size: number): Ref<number> {
    return this.syscall(firstSyscall(this.abi, 'ftruncate64', 'ftruncate'), fd, ...this.loff(1, size))
  }

  fcntl(fd: Fd, command: Flags, argument: Value = 0): Ref<number> {
    return this.syscall(firstSyscall(this.abi, 'fcntl64', 'fcntl'), fd, command, argument)
  }

  /**
   * `argument` as bytes is a structure that the kernel may read and write: `data` is what it holds after the call. A number
   * is passed as it is, guest memory by its address.
   */
  ioctl(
    fd: Fd,
    request: Flags,
    argument: number | bigint | Uint8Array | GuestMemory | Ref<number> = 0,
  ): { readonly value: Ref<number>; readonly data: Ref<Uint8Array> } {
    if (!(argument instanceof Uint8Array)) {
      const value = this.syscall('ioctl', fd, request, argument)
      return { value, data: new Ref(value.arg, value.ops, () => new Uint8Array()) }
    }
    const data = this.inout(argument)
    const value = this.call('ioctl', [fd, request, data], [fd, request, argument]).map(Number)
    return { value, data }
  }

  memfd_create(name: string, flags: Flags = 0): Ref<number> {
    return this.syscall('memfd_create', path(name), flags)
  }

  eventfd(value = 0, flags: Flags = 0): Ref<number> {
    return this.syscall('eventfd2', value, flags)
  }

  /** The reading end and the writing end. */
  pipe2(flags: Flags = 0): [Ref<number>, Ref<number>] {
    return this.pair('pipe2', buffer => [buffer, flags])
  }

  mmap({ length, prot, flags, fd = -1, offset = 0, addr = 0 }: MmapRequest): Ref<bigint> {
    // mmap2() of the 32-bit ABIs counts in units of 4096 bytes.
    const name = firstSyscall(this.abi, 'mmap2', 'mmap')
    return this.syscallPointer(name, addr, length, prot, flags, fd, name === 'mmap2' ? offset / 4096 : offset)
  }

  munmap(address: number | bigint, length: number): Ref<number> {
    return this.syscall('munmap', address, length)
  }

  /** Memory of the process; EFAULT for what a load instruction would die of. */
  peek(address: number | bigint | Ref<bigint>, length: number): Ref<Uint8Array> {
    const offset = this.area(length)
    const op = this.copy({ kind: 'out', offset }, this.argOf(address), length)
    return this.segment(op, offset, length, 'all')
  }

  /** Writes to memory of the process. */
  poke(address: number | bigint | Ref<bigint>, bytes: Uint8Array): Ref<number> {
    return this.resultOf(this.copy(this.argOf(address), this.data(bytes), bytes.length)).map(Number)
  }

  /** For one descriptor: what happened to it; 0 when the time was up. `timeout` in milliseconds, -1 for ever. */
  poll(fd: Fd, events: Flags, timeout: number): Ref<number>
  /** For several: the same list, with `revents`. */
  poll(requests: readonly PollRequest[], timeout: number): Ref<readonly (PollRequest & { readonly revents: number })[]>
  poll(first: Fd | readonly PollRequest[], second: Flags, third?: number): Ref<unknown> {
    if (!Array.isArray(first)) {
      return this.pollAll([{ fd: first as Fd, events: second }], third ?? -1).map(([one]) => one?.revents ?? 0)
    }
    return this.pollAll(first as readonly PollRequest[], second as number)
  }

  nanosleep(milliseconds: number): Ref<number> {
    const name = firstSyscall(this.abi, 'clock_nanosleep_time64', 'clock_nanosleep')
    return this.syscall(name, 1 /* CLOCK_MONOTONIC */, 0, timespec(milliseconds), 0)
  }

  protected pollAll(requests: readonly PollRequest[], timeout: number) {
    const table = Buffer.alloc(POLLFD_SIZE * requests.length)
    const refs: [number, Arg][] = []
    requests.forEach(({ fd, events }, index) => {
      const at = index * POLLFD_SIZE
      const number = this.argOf(fd)
      if (number.kind === 'number') table.writeInt32LE(Number(number.value), at)
      else refs.push([at, number])
      table.writeUInt16LE(Number(numberIn(this.argOf(events))), at + POLLFD_EVENTS)
    })
    const offset = this.area(table.length)
    this.copy({ kind: 'out', offset }, this.data(table), table.length)
    for (const [at, ref] of refs) this.store({ kind: 'out', offset: offset + at }, ref, 4)
    const name = firstSyscall(this.abi, 'ppoll_time64', 'ppoll')
    const out = new Ref({ kind: 'out', offset }, [], () => 0)
    const call = this.call(
      name,
      [out, requests.length, timeout < 0 ? null : timespec(timeout), null, 8],
      [...requests.flatMap(({ fd, events }) => [fd, events]), timeout],
    )
    const op = call.ops[0] ?? 0
    const after = this.segment(op, offset, table.length, 'all')
    return new Ref(call.arg, [op], result => {
      const bytes = Buffer.from(after.decode(result))
      return requests.map((request, index) => ({
        ...request,
        revents: bytes.length > 0 ? bytes.readUInt16LE(index * POLLFD_SIZE + POLLFD_REVENTS) : 0,
      }))
    })
  }

  /** A call that writes as many bytes to a buffer as its result says. */
  protected reading(name: string, length: number, args: (buffer: Ref<unknown>) => readonly Value[]): Ref<Uint8Array> {
    const offset = this.area(length)
    const buffer = new Ref({ kind: 'out', offset }, [], () => undefined)
    const call = this.call(name, args(buffer))
    const bytes = this.segment(call.ops[0] ?? 0, offset, length, 'result')
    // As an argument for later calls it is the buffer; what decides about it is the call.
    return new Ref(bytes.arg, call.ops, bytes.decode)
  }

  /** A call that writes two descriptors. */
  protected pair(name: string, args: (buffer: Ref<unknown>) => readonly Value[]): [Ref<number>, Ref<number>] {
    const offset = this.area(8)
    const call = this.call(name, args(new Ref({ kind: 'out', offset }, [], () => undefined)))
    const op = call.ops[0] ?? 0
    const bytes = this.segment(op, offset, 8, 'all')
    return [this.word(bytes, 0), this.word(bytes, 4)]
  }

  /**
   * A 64-bit offset as arguments: two halves on 32-bit ABIs, which on arm begin in an even register (AAPCS, "Parameter
   * Passing"; arch/arm64/include/asm/unistd32.h follows).
   * @param index - how many arguments come before.
   */
  protected loff(index: number, offset: number): number[] {
    if (this.abi.pointerSize === 8) return [offset]
    return this.abi.name === 'arm' && index % 2 === 1 ? [0, ...halves(offset)] : halves(offset)
  }
}

/** The low and the high word of a 64-bit number. */
const halves = (value: number): [number, number] => {
  const high = Math.floor(value / 2 ** 32)
  return [value - high * 2 ** 32, high]
}

/** How many bytes something has. */
export const sizeOf = (data: Data | CString): number => {
  if (data instanceof Uint8Array) return data.length
  if (data instanceof CString) return data.bytes.length
  if (data instanceof Ref) throw new TypeError('The size of a result is not known when the program is made')
  return data.size
}

/** struct __kernel_timespec: two 64-bit numbers on every ABI (linux/time_types.h). */
const timespec = (milliseconds: number): Uint8Array => {
  const bytes = Buffer.alloc(16)
  bytes.writeBigInt64LE(BigInt(Math.floor(milliseconds / 1000)), 0)
  bytes.writeBigInt64LE(BigInt(Math.round((milliseconds % 1000) * 1e6)), 8)
  return bytes
}

const numberIn = (arg: Arg): number | bigint => {
  if (arg.kind === 'number') return arg.value
  throw new TypeError('The events to poll for must be known when the program is made')
}
