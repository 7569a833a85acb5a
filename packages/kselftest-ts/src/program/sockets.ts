import { firstSyscall } from '../sys/abi.ts'
import { moved } from './core.ts'
import { FileCalls, sizeOf } from './files.ts'
import { cmsgAlign, getWord, type Layout, layoutFor, putWord } from './layout.ts'
import { type Arg, Ref } from './ref.ts'
import type { Data, Fd, Flags } from './values.ts'

/** An entry of control data. A number or a descriptor is sent as an `int`. */
export interface ControlMessage {
  readonly level: Flags
  readonly type: Flags
  readonly data: Uint8Array | number | Ref<number>
}

export interface SendRequest {
  /** One piece, or several as an iovec each. */
  readonly data?: Data | string | readonly Data[]
  readonly control?: readonly ControlMessage[]
  readonly flags?: Flags
  readonly name?: Uint8Array
}

export interface ReceiveRequest {
  /** Bytes of data, at most. */
  readonly length: number
  /** Bytes of control data, at most. @default 0 */
  readonly control?: number
  /** Bytes of the sender's address, at most. @default 0 */
  readonly name?: number
  readonly flags?: Flags
}

export interface Received {
  readonly data: Uint8Array
  readonly control: readonly { readonly level: number; readonly type: number; readonly data: Uint8Array }[]
  readonly name: Uint8Array
  readonly flags: number
}

/** Sockets, with the structures of the target's ABI. */
export class SocketCalls extends FileCalls {
  socket(family: Flags, type: Flags, protocol: Flags = 0): Ref<number> {
    return this.syscall('socket', family, type, protocol)
  }

  socketpair(family: Flags, type: Flags, protocol: Flags = 0): [Ref<number>, Ref<number>] {
    return this.pair('socketpair', buffer => [family, type, protocol, buffer])
  }

  bind(fd: Fd, address: Uint8Array): Ref<number> {
    return this.syscall('bind', fd, address, address.length)
  }

  connect(fd: Fd, address: Uint8Array): Ref<number> {
    return this.syscall('connect', fd, address, address.length)
  }

  listen(fd: Fd, backlog: number): Ref<number> {
    return this.syscall('listen', fd, backlog)
  }

  shutdown(fd: Fd, how: Flags): Ref<number> {
    return this.syscall('shutdown', fd, how)
  }

  accept(fd: Fd): Ref<number> {
    // i386 has only the newer call.
    if (firstSyscall(this.abi, 'accept', 'accept4') === 'accept4') return this.accept4(fd)
    return this.syscall('accept', fd, null, null)
  }

  accept4(fd: Fd, flags: Flags = 0): Ref<number> {
    return this.syscall('accept4', fd, null, null, flags)
  }

  /** A number is passed as an `int`, null with the length 0. */
  setsockopt(fd: Fd, level: Flags, name: Flags, value: Data | number | null): Ref<number> {
    const data = typeof value === 'number' ? int(value) : value
    return this.syscall('setsockopt', fd, level, name, data, data === null ? 0 : sizeOf(data))
  }

  /** The option's value, at most `max` bytes of it. */
  getsockopt(fd: Fd, level: Flags, name: Flags, max = 256): Ref<Uint8Array> {
    const value = this.area(max)
    const length = this.area(4)
    this.copy({ kind: 'out', offset: length }, this.data(int(max)), 4)
    const call = this.call('getsockopt', [fd, level, name, pointer(value), pointer(length)], [fd, level, name])
    const bytes = this.segment(call.ops[0] ?? 0, value, max, { load: length })
    return new Ref(bytes.arg, call.ops, bytes.decode)
  }

  /** An option that is an `int`. */
  getsockoptInt(fd: Fd, level: Flags, name: Flags): Ref<number> {
    return this.getsockopt(fd, level, name, 4).map(bytes => (bytes.length < 4 ? 0 : Buffer.from(bytes).readInt32LE()))
  }

  send(fd: Fd, data: Data | string, flags: Flags = 0): Ref<number> {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data
    return this.syscall('sendto', fd, bytes, sizeOf(bytes), flags, null, 0)
  }

  recv(fd: Fd, length: number, flags: Flags = 0): Ref<Uint8Array> {
    return this.reading('recvfrom', length, buffer => [fd, buffer, length, flags, null, null])
  }

  /** How many bytes were sent. */
  sendmsg(fd: Fd, request: SendRequest): Ref<number> {
    const layout = layoutFor(this.abi.pointerSize)
    const { data = [], control = [], flags = 0, name } = request
    const pieces = (Array.isArray(data) ? data : [data]) as readonly (Data | string)[]
    const header = Buffer.alloc(layout.msghdr.size)
    const vector = Buffer.alloc(layout.iovec.size * pieces.length)
    const addresses = pieces.map((piece, index) => {
      const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece
      putWord(vector, index * layout.iovec.size + layout.iovec.length, sizeOf(bytes), layout)
      return this.argOf(bytes)
    })
    putWord(header, layout.msghdr.iovlen, pieces.length, layout)
    if (name) header.writeInt32LE(name.length, layout.msghdr.namelen)
    const { bytes: controlBytes, patches } = this.#control(control, layout)
    putWord(header, layout.msghdr.controllen, controlBytes.length, layout)

    const headerAt = this.data(header)
    const link = (at: Arg, to: Arg) => this.store(at, to, layout.pointer)
    if (pieces.length > 0) {
      const vectorAt = this.data(vector)
      addresses.forEach((address, index) => link(moved(vectorAt, index * layout.iovec.size), address))
      link(moved(headerAt, layout.msghdr.iov), vectorAt)
    }
    if (controlBytes.length > 0) {
      const controlAt = this.data(controlBytes)
      for (const [offset, ref] of patches) this.store(moved(controlAt, offset), ref.arg, 4)
      link(moved(headerAt, layout.msghdr.control), controlAt)
    }
    if (name) link(headerAt, this.data(name))
    const message = new Ref(headerAt, [], () => undefined)
    return this.call('sendmsg', [fd, message, flags], [fd, ...pieces.map(shownPiece), flags]).map(Number)
  }

  recvmsg(fd: Fd, request: ReceiveRequest): Ref<Received> {
    const layout = layoutFor(this.abi.pointerSize)
    const { length, control = 0, name = 0, flags = 0 } = request
    const header = Buffer.alloc(layout.msghdr.size)
    const vector = Buffer.alloc(layout.iovec.size)
    putWord(vector, layout.iovec.length, length, layout)
    putWord(header, layout.msghdr.iovlen, 1, layout)
    putWord(header, layout.msghdr.controllen, control, layout)
    header.writeInt32LE(name, layout.msghdr.namelen)

    const dataAt = this.area(length)
    const controlAt = this.area(control)
    const nameAt = this.area(name)
    const headerAt = this.area(header.length)
    const vectorAt = this.data(vector)
    this.copy(out(headerAt), this.data(header), header.length)
    this.store(vectorAt, out(dataAt), layout.pointer)
    this.store(out(headerAt + layout.msghdr.iov), vectorAt, layout.pointer)
    if (control > 0) this.store(out(headerAt + layout.msghdr.control), out(controlAt), layout.pointer)
    if (name > 0) this.store(out(headerAt), out(nameAt), layout.pointer)
    const message = new Ref(out(headerAt), [], () => undefined)
    const call = this.call('recvmsg', [fd, message, flags], [fd, length, flags])
    const op = call.ops[0] ?? 0
    const data = this.segment(op, dataAt, length, 'result')
    const controlBytes = this.segment(op, controlAt, control, { load: headerAt + layout.msghdr.controllen })
    const nameBytes = this.segment(op, nameAt, name, { load: headerAt + layout.msghdr.namelen })
    const after = this.segment(op, headerAt, header.length, 'all')
    return new Ref(call.arg, [op], result => {
      const bytes = Buffer.from(after.decode(result))
      return {
        data: data.decode(result),
        control: parseControl(Buffer.from(controlBytes.decode(result)), layout),
        name: nameBytes.decode(result),
        flags: bytes.length > 0 ? bytes.readUInt32LE(layout.msghdr.flags) : 0,
      }
    })
  }

  #control(messages: readonly ControlMessage[], layout: Layout) {
    const patches: (readonly [number, Ref<number>])[] = []
    const parts: Buffer[] = []
    let at = 0
    for (const { level, type, data } of messages) {
      const bytes = data instanceof Uint8Array ? data : int(typeof data === 'number' ? data : 0)
      if (data instanceof Ref) patches.push([at + layout.cmsghdr.size, data])
      const part = Buffer.alloc(layout.cmsghdr.size + cmsgAlign(bytes.length, layout))
      putWord(part, 0, layout.cmsghdr.size + bytes.length, layout)
      part.writeInt32LE(this.#plain(level), layout.cmsghdr.level)
      part.writeInt32LE(this.#plain(type), layout.cmsghdr.type)
      part.set(bytes, layout.cmsghdr.size)
      parts.push(part)
      at += part.length
    }
    return { bytes: Buffer.concat(parts), patches }
  }

  #plain(value: Flags): number {
    const arg = this.argOf(value)
    if (arg.kind !== 'number')
      throw new TypeError('Level and type of control data must be known when the program is made')
    return Number(arg.value)
  }
}

const parseControl = (bytes: Buffer, layout: Layout) => {
  const messages: { level: number; type: number; data: Uint8Array }[] = []
  const { size } = layout.cmsghdr
  for (let at = 0; at + size <= bytes.length; ) {
    const length = getWord(bytes, at, layout)
    if (length < size) break
    messages.push({
      level: bytes.readInt32LE(at + layout.cmsghdr.level),
      type: bytes.readInt32LE(at + layout.cmsghdr.type),
      data: Uint8Array.from(bytes.subarray(at + size, at + length)),
    })
    at += cmsgAlign(length, layout)
  }
  return messages
}

const shownPiece = (piece: Data | string) => (typeof piece === 'string' ? Buffer.from(piece) : piece)

const out = (offset: number): Arg => ({ kind: 'out', offset })

const pointer = (offset: number) => new Ref(out(offset), [], () => undefined)

const int = (value: number): Uint8Array => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value | 0)
  return bytes
}
