import { PROGRAM_HEADER } from '../agent/messages.ts'
import type { Limits } from '../agent/runner.ts'
import { type SysAbi, syscallNumber } from '../sys/abi.ts'
import { ForbiddenCall, ProgramCancelled, ProgramTooLarge, SyscallError } from '../sys/errors.ts'
import { ByteWriter } from './bytes.ts'
import { type Arg, Ref, type Resolved, refsIn, resolve } from './ref.ts'
import { errnoIn, type ProgramResult, parseResult } from './result.ts'
import { CString, numberOf, showValue, type Value } from './values.ts'

type Op = { goOn: boolean; readonly name: string; readonly shown: readonly Value[] } & (
  | { readonly code: 'call'; readonly number: number; readonly args: readonly Arg[] }
  | { readonly code: 'copy'; readonly to: Arg; readonly from: Arg; readonly length: Arg }
  | { readonly code: 'store'; readonly width: number; readonly to: Arg; readonly value: Arg }
  | { readonly code: 'clone'; readonly process: boolean; readonly flags: number }
  | { readonly code: 'barrier'; readonly number: number; readonly parties: number }
  | { readonly code: 'repeat'; readonly times: number; readonly first: number }
  | { readonly code: 'end'; readonly status: Arg }
)

type OpBody = Op extends infer O ? (O extends Op ? Omit<O, 'goOn' | 'name' | 'shown'> : never) : never

/** How much of an out area travels back: all, as the call's result says, or as a word in the out area says. */
export type SegmentLength = 'all' | 'result' | { readonly load: number }

interface Segment {
  readonly op: number
  readonly offset: number
  readonly max: number
  readonly length: SegmentLength
}

/** Where in some bytes which number is put when the program runs; it has 4 bytes unless said otherwise. */
export type Patch = readonly [offset: number, number: Ref<number>, width?: number]

/** What `settled` gives, in the manner of Promise.allSettled. */
export type Settled<T> =
  | { readonly status: 'fulfilled'; readonly value: T }
  | { readonly status: 'rejected'; readonly reason: SyscallError }

/** Calls whose child would go on in the middle of the agent, and what to use instead. */
const forbidden: Readonly<Record<string, string>> = {
  clone: 'sys.thread() or sys.process()',
  clone3: 'sys.thread() or sys.process()',
  fork: 'sys.process()',
  vfork: 'sys.process()',
}

/** The wire format of agent/program.c, and the references that tie calls together. `Program` adds the calls. */
export class ProgramCore {
  readonly abi: SysAbi
  readonly #limits: Limits
  readonly #ops: Op[] = []
  readonly #data = new ByteWriter()
  readonly #segments: Segment[] = []
  #out = 0

  constructor(abi: SysAbi, limits: Limits) {
    this.abi = abi
    this.#limits = limits
  }

  /**
   * Any system call, by name. Strings are names of constants, a Uint8Array is passed by its address, and what the kernel
   * writes there is lost: use `out` or `inout` for that.
   */
  syscall(name: string, ...args: readonly Value[]): Ref<number> {
    return this.call(name, args).map(Number)
  }

  /** A system call that gives an address. */
  syscallPointer(name: string, ...args: readonly Value[]): Ref<bigint> {
    return this.call(name, args).map(value => this.#pointer(value))
  }

  /** Memory for a call to write to; what it holds in the end travels back. */
  out(size: number): Ref<Uint8Array> {
    const offset = this.area(size)
    return this.segment(-1, offset, size, 'all')
  }

  /** Memory for a call to read and write, with these bytes in it at first; patches as for `patched`. */
  inout(bytes: Uint8Array, ...patches: readonly Patch[]): Ref<Uint8Array> {
    const offset = this.area(bytes.length)
    const op = this.copy({ kind: 'out', offset }, this.data(bytes), bytes.length)
    this.#patch({ kind: 'out', offset }, patches)
    return this.segment(op, offset, bytes.length, 'all')
  }

  /** Bytes with numbers put in that are known only when the program runs. */
  patched(bytes: Uint8Array, ...patches: readonly Patch[]): Ref<Uint8Array> {
    const at = this.data(bytes)
    return new Ref(at, this.#patch(at, patches), () => bytes)
  }

  /** The signed word of 32 bits that a call has written to `out` or `inout` memory: an argument for the calls behind it. */
  word(memory: Ref<Uint8Array>, offset: number): Ref<number> {
    if (memory.arg.kind !== 'out') throw new TypeError('Cannot take a word of memory that does not travel back')
    return new Ref({ kind: 'load', offset: memory.arg.offset + offset }, memory.ops, result =>
      Buffer.from(memory.decode(result)).readInt32LE(offset),
    )
  }

  /** Lets the program go on when the calls in `shape` fail; tells which did. */
  settled<T>(shape: T): Ref<Settled<Resolved<T>>> {
    const ops = [...new Set(refsIn(shape).flatMap(ref => ref.ops))]
    for (const op of ops) {
      const call = this.#ops[op]
      if (call) call.goOn = true
    }
    return new Ref({ kind: 'number', value: 0 }, ops, result => {
      const failed = ops.find(op => op >= result.ran || errnoIn(result.results[op]) !== undefined)
      return failed === undefined
        ? { status: 'fulfilled', value: resolve(shape, result) }
        : { status: 'rejected', reason: this.#errorOf(failed, result) }
    })
  }

  /** Runs what `body` adds again and again, in the guest. References in it hold what the last round gave. */
  repeat<T>(times: number, body: () => T): T {
    const first = this.#ops.length
    const shape = body()
    if (times > 1 && this.#ops.length > first) this.#add('repeat', [times], { code: 'repeat', times, first })
    return shape
  }

  /** Waits until as many workers as the barrier is for have come to it; then all go on at once. */
  barrier(gate: { readonly number: number; readonly parties: number }): void {
    this.#add('barrier', [], { code: 'barrier', ...gate })
  }

  // What calls are made of.

  /** One system call. */
  call(name: string, values: readonly Value[], shown = values): Ref<number | bigint> {
    const instead = forbidden[name]
    if (instead !== undefined) throw new ForbiddenCall(name, instead)
    const number = syscallNumber(this.abi, name)
    const args = values.map(value => this.argOf(value))
    const op = this.#add(name, shown, { code: 'call', number, args })
    for (const arg of args) if (arg.kind === 'out') this.#used(arg.offset, op)
    return this.resultOf(op)
  }

  /** An operation's result as a reference. */
  resultOf(op: number): Ref<number | bigint> {
    return new Ref({ kind: 'result', op, addend: 0 }, [op], result => result.results[op] ?? 0)
  }

  /** Puts bytes into the program; gives their address. */
  data(bytes: Uint8Array): Arg {
    const offset = this.#data.align(8)
    this.#data.put(bytes)
    return { kind: 'data', offset }
  }

  /** Reserves memory for results; gives its offset. */
  area(size: number): number {
    const offset = this.#out
    this.#out += Math.ceil(size / 16) * 16
    return offset
  }

  /** Has bytes of the out area travel back when an operation succeeded; -1: the first that uses them. */
  segment(op: number, offset: number, max: number, length: SegmentLength): Ref<Uint8Array> {
    const index = this.#segments.push({ op, offset, max, length }) - 1
    return new Ref({ kind: 'out', offset }, op < 0 ? [] : [op], result => result.segments[index] ?? new Uint8Array())
  }

  copy(to: Arg, from: Arg, length: number): number {
    const op = this.#add('copy', [length], { code: 'copy', to, from, length: { kind: 'number', value: length } })
    if (from.kind === 'out') this.#used(from.offset, op)
    return op
  }

  store(to: Arg, value: Arg, width: number): number {
    const op = this.#add('store', [], { code: 'store', to, value, width })
    if (value.kind === 'out') this.#used(value.offset, op)
    return op
  }

  cloneWorker(process: boolean, flags: number): Ref<number> {
    const name = process ? 'fork' : 'clone'
    return this.resultOf(this.#add(name, [flags], { code: 'clone', process, flags })).map(Number)
  }

  end(status: number): void {
    this.#add('exit', [status], { code: 'end', status: { kind: 'number', value: status } })
  }

  argOf(value: Value): Arg {
    if (value instanceof Ref) return value.arg
    if (value instanceof CString) return this.data(value.bytes)
    if (value instanceof Uint8Array) return this.data(value)
    return { kind: 'number', value: numberOf(this.abi, value) }
  }

  // To the wire and back.

  /** The program as a message; the agent's link adds for whom it is. @throws ProgramTooLarge. */
  encode(): Uint8Array {
    const { programBytes, operations } = this.#limits
    const data = this.#data.take()
    const body = new ByteWriter()
    const starts: number[] = []
    for (const op of this.#ops) {
      starts.push(body.length)
      encodeOp(body, op, starts)
    }
    const segmentsFrom = body.length
    for (const index of this.#order()) encodeSegment(body, this.#segments[index])
    const size = PROGRAM_HEADER + data.length + body.length + 4
    if (this.#ops.length > operations) throw new ProgramTooLarge('operations', this.#ops.length, operations)
    if (size > programBytes) throw new ProgramTooLarge('bytes', size, programBytes)
    if (this.#out > programBytes) throw new ProgramTooLarge('bytes of results', this.#out, programBytes)
    const message = Buffer.alloc(size)
    message.writeUInt16LE(this.#ops.length, 2)
    message.writeUInt32LE(data.length, 12)
    message.writeUInt32LE(this.#out, 16)
    message.writeUInt32LE(this.#segments.length, 20)
    message.set(data, PROGRAM_HEADER)
    message.set(body.take(), PROGRAM_HEADER + data.length)
    message.writeUInt32LE(body.length - segmentsFrom, size - 4)
    return message
  }

  /** The calls, for a person: 'poll(5, POLLIN, -1)'. */
  describe(): string {
    const calls = this.#ops.filter(({ code }) => code === 'call' || code === 'barrier')
    const shown = calls
      .slice(0, 4)
      .map(({ name, shown: args }) => `${name}(${args.map(arg => showValue(arg, () => '…')).join(', ')})`)
    return calls.length > 4 ? `${shown.join(', ')} and ${calls.length - 4} more` : shown.join(', ')
  }

  /** What `shape` came to. @throws SyscallError of the call that ended the program; ProgramCancelled. */
  decode<T>(answer: Uint8Array, shape: T): Resolved<T> {
    const result = parseResult(answer, this.#segments.length)
    const segments: Uint8Array[] = []
    this.#order().forEach((index, place) => {
      segments[index] = result.segments[place] ?? new Uint8Array()
    })
    const inOrder = { ...result, segments }
    switch (result.status) {
      case 'failed':
        throw this.#errorOf(result.ran - 1, inOrder)
      case 'cancelled':
        throw new ProgramCancelled(result.ran)
      case 'malformed':
        throw new TypeError(`The agent cannot read a program of ${this.#ops.length} operations`)
      case 'done':
      case 'ended':
        return resolve(shape, inOrder)
    }
  }

  #patch(at: Arg, patches: readonly Patch[]): number[] {
    return patches.map(([offset, ref, width = 4]) => this.store(moved(at, offset), ref.arg, width))
  }

  /** Segments by offset, as the agent wants them. */
  #order(): number[] {
    return this.#segments.map((_, index) => index).toSorted((a, b) => this.#offset(a) - this.#offset(b) || a - b)
  }

  #offset(index: number): number {
    return this.#segments[index]?.offset ?? 0
  }

  #used(offset: number, op: number) {
    this.#segments.forEach((segment, index) => {
      if (segment.op < 0 && segment.offset === offset) this.#segments[index] = { ...segment, op }
    })
  }

  #add(name: string, shown: readonly Value[], body: OpBody): number {
    return this.#ops.push({ goOn: false, name, shown, ...body } as Op) - 1
  }

  #pointer(value: number | bigint): bigint {
    return BigInt.asUintN(8 * this.abi.pointerSize, BigInt(value))
  }

  #errorOf(op: number, result: ProgramResult): SyscallError {
    const { name = '?', shown = [] } = this.#ops[op] ?? {}
    const show = (ref: Ref<unknown>) => {
      if (ref.arg.kind === 'result') return String(result.results[ref.arg.op] ?? '?')
      return ref.arg.kind === 'data' || ref.arg.kind === 'out' ? '<buffer>' : '<result>'
    }
    const args = shown.map(value => showValue(value, show)).join(', ')
    return new SyscallError(name, args, errnoIn(result.results[op]) ?? 0)
  }
}

/** An address further on. */
export const moved = (arg: Arg, by: number): Arg => {
  switch (arg.kind) {
    case 'number':
      return { kind: 'number', value: BigInt(arg.value) + BigInt(by) }
    case 'data':
    case 'out':
      return { kind: arg.kind, offset: arg.offset + by }
    case 'result':
      return { ...arg, addend: arg.addend + by }
    case 'load':
      throw new TypeError('A descriptor is no address')
  }
}

const GO_ON = 0x80
const codes = { call: 0, copy: 1, store: 2, clone: 3, barrier: 4, repeat: 5, end: 6 } as const

const encodeOp = (to: ByteWriter, op: Op, starts: readonly number[]): void => {
  const start = to.length
  to.u8(codes[op.code] | (op.goOn ? GO_ON : 0))
  switch (op.code) {
    case 'call':
      to.uleb(op.number).u8(op.args.length)
      for (const arg of op.args) encodeArg(to, arg)
      return
    case 'copy':
      encodeArg(to, op.to)
      encodeArg(to, op.from)
      encodeArg(to, op.length)
      return
    case 'store':
      to.u8(op.width)
      encodeArg(to, op.to)
      encodeArg(to, op.value)
      return
    case 'clone':
      to.u8(op.process ? 1 : 0).uleb(op.flags)
      return
    case 'barrier':
      to.uleb(op.number).uleb(op.parties)
      return
    case 'repeat':
      to.uleb(op.times)
        .uleb(start - (starts[op.first] ?? 0))
        .uleb(op.first)
      return
    case 'end':
      encodeArg(to, op.status)
      return
  }
}

const encodeArg = (to: ByteWriter, arg: Arg): void => {
  switch (arg.kind) {
    case 'number':
      to.u8(0).sleb(arg.value)
      return
    case 'data':
      to.u8(1).uleb(arg.offset)
      return
    case 'out':
      to.u8(2).uleb(arg.offset)
      return
    case 'result':
      to.u8(3).uleb(arg.op).sleb(arg.addend)
      return
    case 'load':
      to.u8(4).uleb(arg.offset)
      return
  }
}

const NEVER = 0xffff

const encodeSegment = (to: ByteWriter, segment: Segment | undefined): void => {
  if (!segment) return
  const { op, offset, max, length } = segment
  to.uleb(op < 0 ? NEVER : op)
    .uleb(offset)
    .uleb(max)
  if (length === 'all') to.u8(0)
  else if (length === 'result') to.u8(1)
  else to.u8(2).uleb(length.load)
}
