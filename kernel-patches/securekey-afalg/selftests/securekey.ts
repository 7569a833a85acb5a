/** What a program that uses secure keys over AF_ALG does again and again. The walk through shows the same call by call. */

import type { Data, Program, Ref, Sys } from '@kseries/kselftest-ts'
import { allocateIn, type BufferOptions } from '../../securekey/selftests/buffers.ts'
import { type Cipher, random } from '../../securekey/selftests/reference.ts'
import { underTest } from '../../securekey/selftests/under-test.ts'
import {
  AF_ALG,
  ALG_GENERATE_KEY,
  ALG_IMPORT_KEY,
  ALG_OP_DECRYPT,
  ALG_PREPARE_KEY,
  ALG_SET_IV,
  ALG_SET_MEM_FD,
  ALG_SET_OP,
  ALG_SET_SECURE_KEY,
  af_alg_iv,
  af_alg_mem_fd,
  dma_heap_allocation_data,
  MSG_MORE,
  POLLERR,
  POLLIN,
  SECUREKEY_ALG_AES,
  SECUREKEY_BLOB_MAX_LEN,
  SECUREKEY_FLAG_DECRYPT_ONLY,
  SECUREKEY_FLAG_PROTECTED_DST_ONLY,
  SECUREKEY_FORM_LONG_TERM,
  SECUREKEY_MODE_CBC,
  SECUREKEY_MODE_CTR,
  SO_ERROR,
  SOCK_SEQPACKET,
  SOL_ALG,
  SOL_SOCKET,
  securekey_params,
  sockaddr_alg,
} from './uapi.gen.ts'

export interface ControlMessage {
  level: number
  type: number
  data: Uint8Array
}

/** A control message of level SOL_ALG. */
export const control = (type: number, data: Uint8Array = new Uint8Array()): ControlMessage => ({
  level: SOL_ALG,
  type,
  data,
})

export const u32 = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer)

/** struct sockaddr_alg for bind(). */
export const address = (type: string, name: string): Uint8Array =>
  sockaddr_alg.encode({ salg_family: AF_ALG, salg_type: type, salg_name: name })

/** struct securekey_params; what is not given: a 128 bit key for decryption to protected memory only, a long-term blob. */
export const params = (given: Partial<securekey_params> = {}): Uint8Array =>
  securekey_params.encode({
    algorithm: SECUREKEY_ALG_AES,
    key_bits: 128,
    modes: SECUREKEY_MODE_CBC | SECUREKEY_MODE_CTR,
    flags: SECUREKEY_FLAG_DECRYPT_ONLY | SECUREKEY_FLAG_PROTECTED_DST_ONLY,
    form: SECUREKEY_FORM_LONG_TERM,
    ...given,
  })

/** Adds to a program: a socket bound to "securekey" and accepted. */
const keyManagerIn = (p: Program, provider: string): Ref<number> => {
  const socket = p.socket(AF_ALG, SOCK_SEQPACKET, 0)
  p.bind(socket, address('securekey', provider))
  const manager = p.accept(socket)
  p.close(socket)
  return manager
}

/** A socket that takes commands for keys. */
export const keyManager = async (sys: Sys, provider = underTest(sys).name): Promise<number> =>
  await sys.program(p => keyManagerIn(p, provider))

/** One command to a key manager of its own, and the blob that it gives. */
export const command = async (sys: Sys, message: ControlMessage, data: Data = new Uint8Array()): Promise<Uint8Array> =>
  await sys.program(p => {
    const manager = keyManagerIn(p, underTest(sys).name)
    p.sendmsg(manager, { data, control: [message] })
    const blob = p.read(manager, SECUREKEY_BLOB_MAX_LEN)
    p.close(manager)
    return blob
  })

export const generateKey = async (sys: Sys, given?: Partial<securekey_params>): Promise<Uint8Array> =>
  await command(sys, control(ALG_GENERATE_KEY, params(given)))

export const importKey = async (sys: Sys, raw: Uint8Array, given?: Partial<securekey_params>): Promise<Uint8Array> =>
  await command(sys, control(ALG_IMPORT_KEY, params({ key_bits: raw.length * 8, ...given })), raw)

/** Long-term blob in, ephemeral blob out. */
export const prepareKey = async (sys: Sys, blob: Uint8Array): Promise<Uint8Array> =>
  await command(sys, control(ALG_PREPARE_KEY), blob)

/** A socket bound to a type and a name, without a key. */
export const bound = async (sys: Sys, type: string, name: string): Promise<number> =>
  await sys.program(p => {
    const socket = p.socket(AF_ALG, SOCK_SEQPACKET, 0)
    p.bind(socket, address(type, name))
    return socket
  })

/** A skcipher socket with a secure key. */
export const cipherSocket = async (sys: Sys, cipher: Cipher, blob: Uint8Array): Promise<number> => {
  const socket = await bound(sys, 'skcipher', cipher)
  await sys.setsockopt(socket, SOL_ALG, ALG_SET_SECURE_KEY, blob)
  return socket
}

/** An operation socket with a secure key: what ciphertext is sent to. */
export const operation = async (sys: Sys, cipher: Cipher, blob: Uint8Array): Promise<number> =>
  await sys.program(p => {
    const socket = p.socket(AF_ALG, SOCK_SEQPACKET, 0)
    p.bind(socket, address('skcipher', cipher))
    p.setsockopt(socket, SOL_ALG, ALG_SET_SECURE_KEY, blob)
    const op = p.accept(socket)
    p.close(socket)
    return op
  })

export interface ReadyOptions extends BufferOptions {
  /** @default 'cbc(aes)' */
  cipher?: Cipher
  /** @default a random one of 128 bits */
  key?: Uint8Array
  /** What the key is, as for `params`. */
  given?: Partial<securekey_params>
  /** Bytes of the buffer. @default 4096 */
  length?: number
}

/** What most tests begin with, in one round trip: an operation socket with an imported key, and a buffer to decrypt to. */
export const ready = async (sys: Sys, options: ReadyOptions = {}): Promise<{ op: number; buffer: number }> => {
  const { cipher = 'cbc(aes)', key = random(16), given, length = 4096, ...how } = options
  const importIt = control(ALG_IMPORT_KEY, params({ key_bits: key.length * 8, ...given }))
  const made = await sys.program(p => {
    const manager = keyManagerIn(p, underTest(sys).name)
    p.sendmsg(manager, { data: key, control: [importIt] })
    const blob = p.out(256)
    const blobLength = p.syscall('read', manager, blob, 256)
    p.close(manager)

    const socket = p.socket(AF_ALG, SOCK_SEQPACKET, 0)
    p.bind(socket, address('skcipher', cipher))
    p.syscall('setsockopt', socket, SOL_ALG, ALG_SET_SECURE_KEY, blob, blobLength)
    const op = p.accept(socket)
    p.close(socket)
    return { op, allocated: allocateIn(sys, p, length, how) }
  })
  return { op: made.op, buffer: dma_heap_allocation_data.decode(made.allocated).fd }
}

export const setOp = (op: number = ALG_OP_DECRYPT): ControlMessage => control(ALG_SET_OP, u32(op))

export const setIv = (iv: Uint8Array): ControlMessage => control(ALG_SET_IV, af_alg_iv.encode({ ivlen: iv.length, iv }))

export interface Destination {
  fd: number
  off?: number | bigint
  len: number | bigint
  flags?: number
}

export const setMemFd = ({ fd, off = 0, len, flags = 0 }: Destination): ControlMessage =>
  control(ALG_SET_MEM_FD, af_alg_mem_fd.encode({ fd, flags, off, len }))

/** The control data of a request. */
export const request = (iv: Uint8Array, destination: Destination): ControlMessage[] => [
  setOp(),
  setIv(iv),
  setMemFd(destination),
]

/** How a request ended that poll() says these events of: 0, or the error number that SO_ERROR gives. */
const ended = async (sys: Sys, op: number, events: number): Promise<number> => {
  if (events === POLLIN) return 0
  if (events !== (POLLIN | POLLERR)) throw new Error(`A request in flight must end: poll() says ${events}`)
  return await sys.getsockoptInt(op, SOL_SOCKET, SO_ERROR)
}

/** Waits for the end of the request in flight: 0, or the error number that SO_ERROR gives. */
export const outcome = async (sys: Sys, op: number): Promise<number> =>
  await ended(sys, op, await sys.poll(op, POLLIN | POLLERR, PATIENCE))

/** Sends ciphertext as one message, or in pieces with MSG_MORE, and waits: 0, or the error number that SO_ERROR gives. */
export const decrypt = async (
  sys: Sys,
  op: number,
  iv: Uint8Array,
  ciphertext: Uint8Array | readonly Uint8Array[],
  destination: Destination,
): Promise<number> => {
  const [first = new Uint8Array(), ...more] = ciphertext instanceof Uint8Array ? [ciphertext] : ciphertext
  const events = await sys.program(p => {
    p.sendmsg(op, { data: first, control: request(iv, destination), flags: more.length > 0 ? MSG_MORE : 0 })
    for (const [index, piece] of more.entries()) p.send(op, piece, index < more.length - 1 ? MSG_MORE : 0)
    return p.poll(op, POLLIN | POLLERR, PATIENCE)
  })
  return await ended(sys, op, events)
}

/** Milliseconds; all that is asked of the provider takes far less. */
const PATIENCE = 10_000
