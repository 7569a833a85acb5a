/** What most tests begin with. */

import type { Sys } from '@kseries/kselftest-ts'
import { allocate, type BufferOptions } from '../../securekey/selftests/buffers.ts'
import { type Cipher, random } from '../../securekey/selftests/reference.ts'
import { openDevice } from './commands.ts'
import { importKey, load } from './key-commands.ts'
import { attach, completions, type Request, session, submit } from './session-commands.ts'
import { SECUREKEY_MODE_CBC, SECUREKEY_MODE_CTR, type securekey_params } from './uapi.gen.ts'

/** The mode of a cipher by the name that others have for it. */
export const MODES: Readonly<Record<Cipher, number>> = {
  'cbc(aes)': SECUREKEY_MODE_CBC,
  'ctr(aes)': SECUREKEY_MODE_CTR,
}

export interface ReadyOptions extends BufferOptions {
  /** @default 'cbc(aes)' */
  cipher?: Cipher
  /** One of SECUREKEY_MODE_* that is no such cipher; the key is for that then. */
  mode?: number
  /** @default a random one of 128 bits */
  key?: Uint8Array
  /** What the key is, as for `params`. */
  given?: Partial<securekey_params>
  /** Bytes of the buffer. @default 4096 */
  length?: number
}

/** Descriptors of all kinds: a session of an imported key, and a buffer that is attached to it. */
export interface Ready {
  readonly device: number
  readonly key: number
  readonly s: number
  readonly buffer: number
  readonly dst: number
}

export const ready = async (sys: Sys, options: ReadyOptions = {}): Promise<Ready> => {
  const { mode, key: raw = random(16), given } = options
  const device = await openDevice(sys)
  const blob = await importKey(sys, device, raw, { ...(mode !== undefined && { modes: mode }), ...given })
  return await onKey(sys, device, await load(sys, device, blob), options)
}

/** The same with a key that was loaded before. */
export const onKey = async (
  sys: Sys,
  device: number,
  key: number,
  { cipher = 'cbc(aes)', mode, length = 4096, ...how }: Omit<ReadyOptions, 'key' | 'given'> = {},
): Promise<Ready> => {
  const s = await session(sys, device, key, { mode: mode ?? MODES[cipher] })
  const buffer = await allocate(sys, length, how)
  return { device, key, s, buffer, dst: await attach(sys, s, buffer) }
}

/** Decrypts, and waits: 0, or the negative error number of the record. */
export const decrypt = async (sys: Sys, s: number, request: Request): Promise<number> => {
  await submit(sys, s, { cookie: 1, ...request })
  const [record, ...more] = await completions(sys, s)
  if (record?.cookie !== BigInt(request.cookie ?? 1) || more.length > 0)
    throw new Error(`One request must have one record: ${[record, ...more].map(one => one?.cookie).join()}`)
  return record.status
}
