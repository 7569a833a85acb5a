/** What the kernel should come to, worked out by node:crypto. */

import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'

export type Cipher = 'cbc(aes)' | 'ctr(aes)'

export const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex')

export const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex')

/** SHA-256 of so many zeroes. */
export const zeroes = (length: number): string => sha256(new Uint8Array(length))

/** Encrypts without padding: for cbc the plaintext must be a whole number of blocks. */
export const encrypt = (cipher: Cipher, key: Uint8Array, iv: Uint8Array, plaintext: Uint8Array): Uint8Array => {
  const context = createCipheriv(`aes-${key.length * 8}-${cipher.slice(0, 3)}`, key, iv).setAutoPadding(false)
  return Buffer.concat([context.update(plaintext), context.final()])
}

export const decrypt = (cipher: Cipher, key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): Uint8Array => {
  const context = createDecipheriv(`aes-${key.length * 8}-${cipher.slice(0, 3)}`, key, iv).setAutoPadding(false)
  return Buffer.concat([context.update(ciphertext), context.final()])
}

export const random = (length: number): Uint8Array => Uint8Array.from(randomBytes(length))

/** A copy with one bit changed, counted from the first byte's lowest. */
export const flipped = (data: Uint8Array, bit: number): Uint8Array =>
  data.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
