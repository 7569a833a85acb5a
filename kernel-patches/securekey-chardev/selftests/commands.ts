/** The ioctls of a device and of a session, as calls. Each structure has the size that this kernel's header gives it. */

import type { Program, Ref, Sys } from '@kseries/kselftest-ts'
import {
  O_CLOEXEC,
  O_RDWR,
  SECUREKEY_ALG_AES,
  SECUREKEY_BLOB_MAX_LEN,
  SECUREKEY_DEV_ATTACH,
  SECUREKEY_DEV_DELETE,
  SECUREKEY_DEV_DETACH,
  SECUREKEY_DEV_EXPORT,
  SECUREKEY_DEV_GENERATE,
  SECUREKEY_DEV_IMPORT,
  SECUREKEY_DEV_LOAD,
  SECUREKEY_DEV_PREPARE,
  SECUREKEY_DEV_QUERY,
  SECUREKEY_DEV_SESSION,
  SECUREKEY_DEV_SUBMIT,
  SECUREKEY_FLAG_DECRYPT_ONLY,
  SECUREKEY_FLAG_PROTECTED_DST_ONLY,
  SECUREKEY_FORM_LONG_TERM,
  SECUREKEY_MODE_CBC,
  SECUREKEY_MODE_CTR,
  securekey_dev_attach,
  securekey_dev_blob,
  securekey_dev_completion,
  securekey_dev_detach,
  securekey_dev_export,
  securekey_dev_generate,
  securekey_dev_import,
  securekey_dev_prepare,
  securekey_dev_query,
  securekey_dev_request,
  securekey_dev_session,
  securekey_dev_submit,
  securekey_params,
} from './uapi.gen.ts'

export const DEVICE = '/dev/securekey/soft'

type Pointer = readonly [offset: number, to: Ref<unknown>]

/** Bytes in which addresses are put when the program runs. */
const pointing = (p: Program, bytes: Uint8Array, ...pointers: readonly Pointer[]): Ref<Uint8Array> =>
  p.patched(bytes, ...pointers.map(([offset, to]) => [offset, to.map(() => 0), 8] as const))

/** Adds an ioctl whose structure points to other memory of the program. */
export const command = (
  p: Program,
  fd: number | Ref<number>,
  request: number,
  bytes: Uint8Array,
  ...pointers: readonly Pointer[]
): Ref<number> => p.syscall('ioctl', fd, request, pointing(p, bytes, ...pointers))

/** struct securekey_params; what is not given: a 128 bit key for decryption to protected memory only, a long-term one. */
export const params = (given: Partial<securekey_params> = {}): securekey_params => ({
  algorithm: SECUREKEY_ALG_AES,
  key_bits: 128,
  modes: SECUREKEY_MODE_CBC | SECUREKEY_MODE_CTR,
  flags: SECUREKEY_FLAG_DECRYPT_ONLY | SECUREKEY_FLAG_PROTECTED_DST_ONLY,
  form: SECUREKEY_FORM_LONG_TERM,
  reserved: [0, 0, 0],
  ...given,
})

export const openDevice = async (sys: Sys): Promise<number> => await sys.open(DEVICE, O_RDWR | O_CLOEXEC)

export const query = async (sys: Sys, device: number): Promise<securekey_dev_query> => {
  const { data } = await sys.ioctl(
    device,
    SECUREKEY_DEV_QUERY,
    securekey_dev_query.encode({ size: securekey_dev_query.size }),
  )
  return securekey_dev_query.decode(data)
}

/** What a command gave that writes a blob: so much of its room as the result says. */
const blobOf = ({ room, length }: { room: Uint8Array; length: number }): Uint8Array => room.subarray(0, length)

/** What a command may be told about the memory it writes a blob to. */
interface Room {
  /** @default SECUREKEY_BLOB_MAX_LEN */
  room?: number
}

export const generate = async (
  sys: Sys,
  device: number,
  given: Partial<securekey_params> = {},
  { room = SECUREKEY_BLOB_MAX_LEN }: Room = {},
): Promise<Uint8Array> => {
  const bytes = securekey_dev_generate.encode({
    size: securekey_dev_generate.size,
    params: params(given),
    blob_len: room,
  })
  const made = await sys.program(p => {
    const memory = p.out(SECUREKEY_BLOB_MAX_LEN)
    const to: Pointer = [securekey_dev_generate.offsetof('blob'), memory]
    return { length: command(p, device, SECUREKEY_DEV_GENERATE, bytes, to), room: memory }
  })
  return blobOf(made)
}

export const importKey = async (
  sys: Sys,
  device: number,
  raw: Uint8Array,
  given: Partial<securekey_params> = {},
): Promise<Uint8Array> => {
  const bytes = securekey_dev_import.encode({
    size: securekey_dev_import.size,
    params: params({ key_bits: raw.length * 8, ...given }),
    blob_len: SECUREKEY_BLOB_MAX_LEN,
    raw_len: raw.length,
  })
  const made = await sys.program(p => {
    const memory = p.out(SECUREKEY_BLOB_MAX_LEN)
    const to: Pointer = [securekey_dev_import.offsetof('blob'), memory]
    const from: Pointer = [securekey_dev_import.offsetof('raw'), p.patched(raw)]
    return { length: command(p, device, SECUREKEY_DEV_IMPORT, bytes, to, from), room: memory }
  })
  return blobOf(made)
}

/** Long-term blob in, ephemeral blob out. */
export const prepare = async (sys: Sys, device: number, blob: Uint8Array): Promise<Uint8Array> => {
  const bytes = securekey_dev_prepare.encode({
    size: securekey_dev_prepare.size,
    src_len: blob.length,
    blob_len: SECUREKEY_BLOB_MAX_LEN,
  })
  const made = await sys.program(p => {
    const memory = p.out(SECUREKEY_BLOB_MAX_LEN)
    const to: Pointer = [securekey_dev_prepare.offsetof('blob'), memory]
    const from: Pointer = [securekey_dev_prepare.offsetof('src'), p.patched(blob)]
    return { length: command(p, device, SECUREKEY_DEV_PREPARE, bytes, to, from), room: memory }
  })
  return blobOf(made)
}

/** Adds a command that is given a blob. */
export const withBlob = (
  p: Program,
  device: number,
  request: number,
  blob: Uint8Array,
  given: Partial<securekey_dev_blob> = {},
): Ref<number> =>
  command(
    p,
    device,
    request,
    securekey_dev_blob.encode({ size: securekey_dev_blob.size, blob_len: blob.length, ...given }),
    [securekey_dev_blob.offsetof('blob'), p.patched(blob)],
  )

/** The descriptor of a key. */
export const load = async (sys: Sys, device: number, blob: Uint8Array): Promise<number> =>
  await sys.program(p => withBlob(p, device, SECUREKEY_DEV_LOAD, blob))

export const deleteKey = async (sys: Sys, device: number, blob: Uint8Array): Promise<number> =>
  await sys.program(p => withBlob(p, device, SECUREKEY_DEV_DELETE, blob))

export const exportKey = async (
  sys: Sys,
  device: number,
  key: number,
  { room = SECUREKEY_BLOB_MAX_LEN }: Room = {},
): Promise<Uint8Array> => {
  const bytes = securekey_dev_export.encode({ size: securekey_dev_export.size, blob_len: room, key_fd: key })
  const made = await sys.program(p => {
    const memory = p.out(SECUREKEY_BLOB_MAX_LEN)
    const to: Pointer = [securekey_dev_export.offsetof('blob'), memory]
    return { length: command(p, device, SECUREKEY_DEV_EXPORT, bytes, to), room: memory }
  })
  return blobOf(made)
}

/** Adds the making of a session; what is not given: decryption by cbc. */
export const sessionIn = (
  p: Program,
  device: number,
  key: number,
  given: Partial<securekey_dev_session> = {},
): Ref<number> =>
  p.syscall(
    'ioctl',
    device,
    SECUREKEY_DEV_SESSION,
    securekey_dev_session.encode({
      size: securekey_dev_session.size,
      key_fd: key,
      algorithm: SECUREKEY_ALG_AES,
      mode: SECUREKEY_MODE_CBC,
      ...given,
    }),
  )

export const session = async (
  sys: Sys,
  device: number,
  key: number,
  given: Partial<securekey_dev_session> = {},
): Promise<number> => await sys.program(p => sessionIn(p, device, key, given))

export const attachIn = (
  p: Program,
  to: number | Ref<number>,
  fd: number,
  given: Partial<securekey_dev_attach> = {},
): Ref<number> =>
  p.syscall(
    'ioctl',
    to,
    SECUREKEY_DEV_ATTACH,
    securekey_dev_attach.encode({ size: securekey_dev_attach.size, fd, ...given }),
  )

/** The number of a dma-buf in a session. */
export const attach = async (
  sys: Sys,
  to: number,
  fd: number,
  given: Partial<securekey_dev_attach> = {},
): Promise<number> => await sys.program(p => attachIn(p, to, fd, given))

export const detach = async (
  sys: Sys,
  from: number,
  id: number,
  given: Partial<securekey_dev_detach> = {},
): Promise<void> => {
  const bytes = securekey_dev_detach.encode({ size: securekey_dev_detach.size, id, ...given })
  await sys.ioctl(from, SECUREKEY_DEV_DETACH, bytes)
}

/** A request with its ciphertext. */
export interface Request {
  cookie?: number | bigint
  data: Uint8Array
  iv: Uint8Array
  /** Of this session, or what an attachment in the same program gives. */
  dst: number | Ref<number>
  offset?: number | bigint
  /** @default that of the data */
  length?: number | bigint
  flags?: number
}

const encoded = ({ cookie = 0, data, iv, dst, offset = 0, length = data.length, flags = 0 }: Request): Uint8Array =>
  securekey_dev_request.encode({
    cookie,
    len: length,
    dst_offset: offset,
    dst: typeof dst === 'number' ? dst : 0,
    flags,
    iv,
  })

/** Adds the submission of a batch. `given` changes the structure, `tail` is behind each request. */
export const submitIn = (
  p: Program,
  to: number | Ref<number>,
  requests: readonly Request[],
  { given = {}, tail = new Uint8Array() }: { given?: Partial<securekey_dev_submit>; tail?: Uint8Array } = {},
): Ref<number> => {
  const stride = securekey_dev_request.size + tail.length
  const array = Buffer.concat(requests.flatMap(request => [encoded(request), tail]))
  const places = requests.flatMap(({ data, dst }, index) => {
    const at = index * stride
    const source = [at + securekey_dev_request.offsetof('src'), p.patched(data).map(() => 0), 8] as const
    return typeof dst === 'number' ? [source] : [source, [at + securekey_dev_request.offsetof('dst'), dst] as const]
  })
  const bytes = securekey_dev_submit.encode({
    size: securekey_dev_submit.size,
    request_size: stride,
    count: requests.length,
    ...given,
  })
  const list: Pointer = [securekey_dev_submit.offsetof('requests'), p.patched(array, ...places)]
  return command(p, to, SECUREKEY_DEV_SUBMIT, bytes, list)
}

/** How many requests were started. */
export const submit = async (sys: Sys, to: number, ...requests: readonly Request[]): Promise<number> =>
  await sys.program(p => submitIn(p, to, requests))

export interface Completion {
  readonly cookie: bigint
  readonly status: number
}

/** The records in what read() gave. */
export const recordsIn = (bytes: Uint8Array): Completion[] => {
  const { size } = securekey_dev_completion
  return Array.from({ length: bytes.length / size }, (_, index) => {
    const { cookie, status, flags } = securekey_dev_completion.decode(bytes.subarray(index * size, (index + 1) * size))
    if (flags !== 0) throw new Error(`The flags of a record must be 0: they are ${flags}`)
    return { cookie, status }
  })
}

/** One read(), with room for so many records. */
export const completions = async (sys: Sys, of: number, most = 64): Promise<Completion[]> =>
  recordsIn(await sys.read(of, most * securekey_dev_completion.size))
