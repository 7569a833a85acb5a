/**
 * What the trusted application takes and gives: its half of drivers/securekey/tee/protocol.h, which no exported header has. The whole
 * of it is in qemu/ta/include/securekey_ta.h.
 */

import {
  SECUREKEY_ALG_AES,
  SECUREKEY_BLOB_MAGIC,
  SECUREKEY_BLOB_VERSION,
  SECUREKEY_FORM_LONG_TERM,
  SECUREKEY_MODE_CBC,
  SECUREKEY_MODE_CTR,
  securekey_blob_header,
  securekey_subsample,
} from './uapi.gen.ts'

/** The application, and the one that only it may ask: `securekey` and `securekey-boot`. */
export const UUIDS = {
  securekey: '9d9d3e0b-171e-459d-ae54-a69b9661e5e0',
  keeper: 'ba6f098b-f701-4d31-8312-fb9ebbddc0d4',
} as const

export const COMMANDS = {
  INFO: 0,
  GENERATE: 1,
  IMPORT: 2,
  PREPARE: 3,
  LOAD: 4,
  EXPORT: 5,
  DERIVE: 6,
  DECRYPT: 7,
  ABORT: 8,
  WIPE: 9,
  TEST_DIGEST: 10,
  TEST_FAULT: 11,
} as const

export type CommandName = keyof typeof COMMANDS

/** What a parameter may be, in the order of TEE_IOCTL_PARAM_ATTR_TYPE_*. */
export type Kind = 'none' | 'value in' | 'value out' | 'value inout' | 'memory in' | 'memory out' | 'memory inout'

/** The parameters of each command, but for DECRYPT without FIRST: that has none in the first place. */
export const TYPES: Readonly<Record<CommandName, readonly Kind[]>> = {
  INFO: ['value out', 'value out', 'value out', 'value out'],
  GENERATE: ['memory in', 'memory out'],
  IMPORT: ['memory in', 'memory in', 'memory out'],
  PREPARE: ['memory in', 'memory out'],
  LOAD: ['memory in'],
  EXPORT: ['memory out'],
  DERIVE: ['memory in', 'memory in', 'memory out'],
  DECRYPT: ['memory in', 'memory in', 'memory inout', 'value inout'],
  ABORT: [],
  WIPE: ['memory inout'],
  TEST_DIGEST: ['memory in', 'memory out'],
  TEST_FAULT: ['value in'],
}

/** Of DECRYPT: a piece is the first of its request, or the last, or both. */
export const FIRST = 1
export const LAST = 2

/** Of TEST_FAULT. */
export const FAULTS = { panic: 1, panicInDecrypt: 2, sleepInDecrypt: 3 } as const

/** The longest source of one DECRYPT. */
export const CHUNK_MAX = 256 * 1024

/** A header as bytes; what is not given: of a long-term key of 128 bits for cbc and ctr, without flags. */
export const header = (given: Partial<securekey_blob_header> = {}): Uint8Array =>
  securekey_blob_header.encode({
    magic: SECUREKEY_BLOB_MAGIC,
    version: SECUREKEY_BLOB_VERSION,
    header_len: securekey_blob_header.size,
    provider: 'optee',
    form: SECUREKEY_FORM_LONG_TERM,
    algorithm: SECUREKEY_ALG_AES,
    key_bits: 128,
    modes: SECUREKEY_MODE_CBC | SECUREKEY_MODE_CTR,
    ...given,
  })

/** How long the blob of a key of so many bits is: header, nonce, key, tag. */
export const blobLength = (keyBits: number): number => securekey_blob_header.size + 12 + keyBits / 8 + 16

/** struct skta_request, and what follows it. */
export interface Request {
  readonly mode: number
  readonly scheme?: number
  readonly len: number | bigint
  readonly iv?: Uint8Array
  readonly crypt?: number
  readonly skip?: number
  readonly reserved?: number
  readonly subsamples?: readonly securekey_subsample[]
  readonly aad?: Uint8Array
  /** Said to be so many, however many there are. */
  readonly nr_subsamples?: number | undefined
  readonly aad_len?: number | undefined
}

/** A request with its subsamples and associated data, as DECRYPT takes them. */
export const request = (given: Request): Uint8Array => {
  const { scheme = 0, iv = new Uint8Array(16), crypt = 0, skip = 0, reserved = 0, subsamples = [] } = given
  const aad = given.aad ?? new Uint8Array()
  const bytes = Buffer.alloc(48)
  bytes.writeUInt32LE(given.mode, 0)
  bytes.writeUInt32LE(scheme, 4)
  bytes.writeBigUInt64LE(BigInt(given.len), 8)
  bytes.set(iv, 16)
  bytes.writeUInt32LE(given.nr_subsamples ?? subsamples.length, 32)
  bytes.writeUInt32LE(given.aad_len ?? aad.length, 36)
  bytes.writeUInt8(crypt, 40)
  bytes.writeUInt8(skip, 41)
  bytes.writeUInt8(reserved, 47)
  return Buffer.concat([bytes, ...subsamples.map(part => securekey_subsample.encode(part)), aad])
}
