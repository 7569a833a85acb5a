/** The ioctls of sessions, and what is read of them. */

import type { Program, Ref, Sys } from '@kseries/kselftest-ts'
import type { Pattern, Subsample } from '../../securekey/selftests/common-encryption.ts'
import { command, type Pointer } from './commands.ts'
import {
  SECUREKEY_ALG_AES,
  SECUREKEY_DEV_ATTACH,
  SECUREKEY_DEV_DETACH,
  SECUREKEY_DEV_SESSION,
  SECUREKEY_DEV_SUBMIT,
  SECUREKEY_MODE_CBC,
  securekey_dev_attach,
  securekey_dev_completion,
  securekey_dev_detach,
  securekey_dev_request,
  securekey_dev_session,
  securekey_dev_submit,
  securekey_subsample,
} from './uapi.gen.ts'

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
  aad?: Uint8Array
  subsamples?: readonly Subsample[]
  pattern?: Pattern
  /** Members as they are to be, whatever follows from the others. */
  raw?: Partial<securekey_dev_request>
}

const encoded = (request: Request): Uint8Array => {
  const { cookie = 0, data, iv, dst, offset = 0, length = data.length, flags = 0 } = request
  const { aad, subsamples, pattern, raw } = request
  return securekey_dev_request.encode({
    cookie,
    len: length,
    dst_offset: offset,
    dst: typeof dst === 'number' ? dst : 0,
    flags,
    iv,
    aad_len: aad?.length ?? 0,
    nr_subsamples: subsamples?.length ?? 0,
    pattern_crypt: pattern?.crypt ?? 0,
    pattern_skip: pattern?.skip ?? 0,
    ...raw,
  })
}

/** Where in a request the addresses of what it points to are put, and those of its destination. */
const placesOf = (p: Program, { data, dst, aad, subsamples, raw }: Request) => {
  const pointer = (member: 'src' | 'aad' | 'subsamples', bytes: Uint8Array) =>
    [securekey_dev_request.offsetof(member), p.patched(bytes).map(() => 0), 8] as const
  return [
    ...(raw?.src === undefined ? [pointer('src', data)] : []),
    ...(aad ? [pointer('aad', aad)] : []),
    ...(subsamples
      ? [pointer('subsamples', Buffer.concat(subsamples.map(one => securekey_subsample.encode({ ...one }))))]
      : []),
    ...(typeof dst === 'number' ? [] : [[securekey_dev_request.offsetof('dst'), dst] as const]),
  ]
}

/** Adds the submission of a batch. `given` changes the structure, `tail` is behind each request. */
export const submitIn = (
  p: Program,
  to: number | Ref<number>,
  requests: readonly Request[],
  { given = {}, tail = new Uint8Array() }: { given?: Partial<securekey_dev_submit>; tail?: Uint8Array } = {},
): Ref<number> => {
  const stride = securekey_dev_request.size + tail.length
  const array = Buffer.concat(requests.flatMap(request => [encoded(request), tail]))
  const places = requests.flatMap((request, index) =>
    placesOf(p, request).map(([offset, ...what]) => [index * stride + offset, ...what] as const),
  )
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

/** The cookies of records, sorted: requests end in any order. */
export const cookiesOf = (records: readonly Completion[]): number[] =>
  records.map(({ cookie }) => Number(cookie)).toSorted((a, b) => a - b)
