/** The ioctls of a device that are about keys. Each structure has the size that this kernel's header gives it. */

import type { Program, Ref, Sys } from '@kseries/kselftest-ts'
import { command, type Pointer } from './commands.ts'
import {
  SECUREKEY_ALG_AES,
  SECUREKEY_BLOB_MAX_LEN,
  SECUREKEY_DEV_DELETE,
  SECUREKEY_DEV_DERIVE,
  SECUREKEY_DEV_EXPORT,
  SECUREKEY_DEV_GENERATE,
  SECUREKEY_DEV_IMPORT,
  SECUREKEY_DEV_LOAD,
  SECUREKEY_DEV_LOAD_SERIAL,
  SECUREKEY_DEV_PREPARE,
  SECUREKEY_FLAG_DECRYPT_ONLY,
  SECUREKEY_FLAG_PROTECTED_DST_ONLY,
  SECUREKEY_FORM_LONG_TERM,
  SECUREKEY_MODE_CBC,
  SECUREKEY_MODE_CTR,
  securekey_dev_blob,
  securekey_dev_derive,
  securekey_dev_export,
  securekey_dev_generate,
  securekey_dev_import,
  securekey_dev_prepare,
  securekey_dev_serial,
  securekey_params,
} from './uapi.gen.ts'

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

/**
 * A key made out of a loaded one.
 * @param raw - members as they are to be, whatever follows from the others.
 */
export const derive = async (
  sys: Sys,
  device: number,
  key: number,
  context: Uint8Array,
  given: Partial<securekey_params> = {},
  raw: Partial<securekey_dev_derive> = {},
): Promise<Uint8Array> => {
  const bytes = securekey_dev_derive.encode({
    size: securekey_dev_derive.size,
    params: params(given),
    context_len: context.length,
    blob_len: SECUREKEY_BLOB_MAX_LEN,
    key_fd: key,
    ...raw,
  })
  const made = await sys.program(p => {
    const memory = p.out(SECUREKEY_BLOB_MAX_LEN)
    const to: Pointer = [securekey_dev_derive.offsetof('blob'), memory]
    const from: readonly Pointer[] =
      raw.context === undefined ? [[securekey_dev_derive.offsetof('context'), p.patched(context)]] : []
    return { length: command(p, device, SECUREKEY_DEV_DERIVE, bytes, to, ...from), room: memory }
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

/** The descriptor of a key that a key of the kernel's keyrings holds. */
export const loadSerial = async (sys: Sys, device: number, serial: number): Promise<number> => {
  const bytes = securekey_dev_serial.encode({ size: securekey_dev_serial.size, serial })
  return await sys.program(p => command(p, device, SECUREKEY_DEV_LOAD_SERIAL, bytes))
}

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
