/** A client of a trusted application straight through /dev/tee0, with no driver for it between. */

import type { Sys } from '@kseries/kselftest-ts'
import { type Kind, UUIDS } from './ta-protocol.ts'
import {
  O_CLOEXEC,
  O_RDWR,
  TEE_IOC_CANCEL,
  TEE_IOC_CLOSE_SESSION,
  TEE_IOC_INVOKE,
  TEE_IOC_OPEN_SESSION,
  TEE_IOC_SHM_ALLOC,
  TEE_IOC_SHM_REGISTER_FD,
  TEE_IOCTL_LOGIN_PUBLIC,
  TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT,
  TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT,
  TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT,
  TEE_IOCTL_PARAM_ATTR_TYPE_NONE,
  TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT,
  TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT,
  TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT,
  tee_ioctl_buf_data,
  tee_ioctl_cancel_arg,
  tee_ioctl_close_session_arg,
  tee_ioctl_invoke_arg,
  tee_ioctl_open_session_arg,
  type tee_ioctl_param,
  tee_ioctl_shm_alloc_data,
  tee_ioctl_shm_register_fd_data,
} from './uapi.gen.ts'

/** What a trusted application or the TEE ends a call with: GlobalPlatform's Internal Core API, 3.3.3. */
export const RESULTS = {
  TEE_SUCCESS: 0,
  TEE_ERROR_GENERIC: 0xffff_0000,
  TEE_ERROR_ACCESS_DENIED: 0xffff_0001,
  TEE_ERROR_CANCEL: 0xffff_0002,
  TEE_ERROR_BAD_PARAMETERS: 0xffff_0006,
  TEE_ERROR_BAD_STATE: 0xffff_0007,
  TEE_ERROR_ITEM_NOT_FOUND: 0xffff_0008,
  TEE_ERROR_NOT_SUPPORTED: 0xffff_000a,
  TEE_ERROR_OUT_OF_MEMORY: 0xffff_000c,
  TEE_ERROR_BUSY: 0xffff_000d,
  TEE_ERROR_SHORT_BUFFER: 0xffff_0010,
  TEE_ERROR_TARGET_DEAD: 0xffff_3024,
  TEE_ERROR_MAC_INVALID: 0xffff_3071,
} as const

export type ResultName = keyof typeof RESULTS

const names = new Map<number, ResultName>(Object.entries(RESULTS).map(([name, code]) => [code, name as ResultName]))

/** The name of a result, or the number of one that nobody should give. */
export const resultName = (code: number): ResultName | `0x${string}` => names.get(code) ?? `0x${code.toString(16)}`

const ATTRIBUTES: Readonly<Record<Kind, number>> = {
  none: TEE_IOCTL_PARAM_ATTR_TYPE_NONE,
  'value in': TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT,
  'value out': TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT,
  'value inout': TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT,
  'memory in': TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT,
  'memory out': TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT,
  'memory inout': TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT,
}

/** Memory that both worlds know. */
export interface TeeMemory {
  /** Its file: the memory goes when that is closed. */
  readonly fd: number
  readonly id: number
  readonly size: number
}

/** Memory of both worlds that is mapped into the process. */
export interface SharedMemory extends TeeMemory {
  readonly address: bigint
}

/** struct tee_ioctl_param; what is not given is 0. */
export type Param = Partial<tee_ioctl_param> & { readonly attr: bigint }

/** A value parameter. */
export const value = (kind: Kind, a: number | bigint = 0, b: number | bigint = 0): Param => ({
  attr: BigInt(ATTRIBUTES[kind]),
  a: BigInt(a),
  b: BigInt(b),
})

/** As C would have it in 64 bits, also where it is one more than fits. */
const unsigned = (number: number | bigint): bigint => BigInt.asUintN(64, BigInt(number))

/** A memory reference: a range of a piece of memory, or of whatever has that number. */
export const memory = (kind: Kind, of: TeeMemory | bigint, offset: number | bigint, size: number | bigint): Param => ({
  attr: BigInt(ATTRIBUTES[kind]),
  a: unsigned(offset),
  b: unsigned(size),
  c: unsigned(typeof of === 'bigint' ? of : of.id),
})

/** No parameter. */
export const NONE: Param = { attr: BigInt(TEE_IOCTL_PARAM_ATTR_TYPE_NONE) }

/** Is a parameter of this kind a memory reference? */
export const isMemory = (kind: Kind): boolean => kind.startsWith('memory')

/** The members of a call that need saying. */
export interface Invocation {
  readonly session?: number
  readonly command: number
  readonly params: readonly Param[]
  readonly cancelId?: number
  /** Said to be so many, however many there are. */
  readonly count?: number | undefined
}

/** struct tee_ioctl_invoke_arg. What is not given of four parameters is none. */
export const invokeBytes = ({ session = 0, command, params, cancelId = 0, count }: Invocation): Uint8Array => {
  const four = [...params, NONE, NONE, NONE, NONE].slice(0, Math.max(4, params.length))
  return tee_ioctl_invoke_arg.encode({
    func: command,
    session,
    cancel_id: cancelId,
    num_params: count ?? four.length,
    params: four,
  })
}

export interface SessionOptions {
  /** @default that of securekey */
  readonly uuid?: string
  /** @default TEE_IOCTL_LOGIN_PUBLIC */
  readonly login?: number
  readonly params?: readonly Param[]
}

/** struct tee_ioctl_open_session_arg. */
export const sessionBytes = (options: SessionOptions = {}): Uint8Array => {
  const { uuid = UUIDS.securekey, login = TEE_IOCTL_LOGIN_PUBLIC, params = [] } = options
  return tee_ioctl_open_session_arg.encode({
    uuid: Buffer.from(uuid.replaceAll('-', ''), 'hex'),
    clnt_login: login,
    num_params: params.length,
    params,
  })
}

/** What came of a call: its result by name, and the parameters as they are after it. */
export interface Answer {
  readonly result: string
  readonly params: readonly tee_ioctl_param[]
}

/** An open device, in a process. */
export class TeeClient {
  readonly sys: Sys
  readonly fd: number

  private constructor(sys: Sys, fd: number) {
    this.sys = sys
    this.fd = fd
  }

  static async open(sys: Sys): Promise<TeeClient> {
    return new TeeClient(sys, await sys.open('/dev/tee0', O_RDWR | O_CLOEXEC))
  }

  /** Allocates memory that both worlds can read and write. */
  async allocate(size: number): Promise<SharedMemory> {
    const given = tee_ioctl_shm_alloc_data.encode({ size: BigInt(size) })
    const { value: fd, data } = await this.sys.ioctl(this.fd, TEE_IOC_SHM_ALLOC, given)
    const { id } = tee_ioctl_shm_alloc_data.decode(data)
    const address = await this.sys.mmap({ length: size, prot: 'PROT_READ|PROT_WRITE', flags: 'MAP_SHARED', fd })
    return { fd, id, size, address }
  }

  /** Makes a dma-buf known to the TEE. */
  async register(buffer: number): Promise<TeeMemory> {
    const given = tee_ioctl_shm_register_fd_data.encode({ fd: BigInt(buffer) })
    const { value: fd, data } = await this.sys.ioctl(this.fd, TEE_IOC_SHM_REGISTER_FD, given)
    const { id, size } = tee_ioctl_shm_register_fd_data.decode(data)
    return { fd, id, size: Number(size) }
  }

  /** @returns the session's number, and how opening it ended. */
  async openSession(options: SessionOptions = {}): Promise<{ readonly session: number; readonly result: string }> {
    const bytes = await this.#call(TEE_IOC_OPEN_SESSION, sessionBytes(options))
    const { session, ret } = tee_ioctl_open_session_arg.decode(bytes)
    return { session, result: resultName(ret) }
  }

  async invoke(session: number, command: number, params: readonly Param[], cancelId = 0): Promise<Answer> {
    const bytes = await this.#call(TEE_IOC_INVOKE, invokeBytes({ session, command, params, cancelId }))
    const { ret, params: after } = tee_ioctl_invoke_arg.decode(bytes)
    return { result: resultName(ret), params: after }
  }

  async closeSession(session: number): Promise<void> {
    await this.sys.ioctl(this.fd, TEE_IOC_CLOSE_SESSION, tee_ioctl_close_session_arg.encode({ session }))
  }

  /** Asks for the end of a call, from another thread than the one that waits for it. */
  async cancel(by: Sys, session: number, cancelId: number): Promise<void> {
    await by.ioctl(this.fd, TEE_IOC_CANCEL, tee_ioctl_cancel_arg.encode({ session, cancel_id: cancelId }))
  }

  /** A call whose structure is behind a struct tee_ioctl_buf_data. @returns the structure after it. */
  async #call(command: number, bytes: Uint8Array): Promise<Uint8Array> {
    const pointer = tee_ioctl_buf_data.encode({ buf_len: BigInt(bytes.length) })
    return await this.sys.program(p => {
      const structure = p.inout(bytes)
      const to = [tee_ioctl_buf_data.offsetof('buf_ptr'), structure.map(() => 0), 8] as const
      p.syscall('ioctl', this.fd, command, p.patched(pointer, to))
      return structure
    })
  }
}
