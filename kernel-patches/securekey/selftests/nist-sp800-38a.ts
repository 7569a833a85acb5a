/** The AES examples of NIST SP 800-38A, appendix F, for the modes that secure keys know: the same plaintext under every key. */

/** Bytes written in hex, with white space between them as one likes. */
export const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replace(/\s/g, ''), 'hex'))

export interface Vector {
  /** Its number in appendix F. */
  readonly section: string
  readonly cipher: 'cbc(aes)' | 'ctr(aes)'
  readonly key: Uint8Array
  readonly iv: Uint8Array
  readonly ciphertext: Uint8Array
}

export const PLAINTEXT = bytes(`
  6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51
  30c81c46a35ce411e5fbc1191a0a52ef f69f2445df4f9b17ad2b417be66c3710`)

const KEY_128 = bytes('2b7e151628aed2a6abf7158809cf4f3c')
const KEY_192 = bytes('8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b')
const KEY_256 = bytes('603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4')

const IV = bytes('000102030405060708090a0b0c0d0e0f')
const COUNTER = bytes('f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff')

export const VECTORS: readonly Vector[] = [
  {
    section: 'F.2.2',
    cipher: 'cbc(aes)',
    key: KEY_128,
    iv: IV,
    ciphertext: bytes(`
      7649abac8119b246cee98e9b12e9197d 5086cb9b507219ee95db113a917678b2
      73bed6b8e3c1743b7116e69e22229516 3ff1caa1681fac09120eca307586e1a7`),
  },
  {
    section: 'F.2.4',
    cipher: 'cbc(aes)',
    key: KEY_192,
    iv: IV,
    ciphertext: bytes(`
      4f021db243bc633d7178183a9fa071e8 b4d9ada9ad7dedf4e5e738763f69145a
      571b242012fb7ae07fa9baac3df102e0 08b0e27988598881d920a9e64f5615cd`),
  },
  {
    section: 'F.2.6',
    cipher: 'cbc(aes)',
    key: KEY_256,
    iv: IV,
    ciphertext: bytes(`
      f58c4c04d6e5f1ba779eabfb5f7bfbd6 9cfc4e967edb808d679f777bc6702c7d
      39f23369a9d9bacfa530e26304231461 b2eb05e2c39be9fcda6c19078c6a9d1b`),
  },
  {
    section: 'F.5.2',
    cipher: 'ctr(aes)',
    key: KEY_128,
    iv: COUNTER,
    ciphertext: bytes(`
      874d6191b620e3261bef6864990db6ce 9806f66b7970fdff8617187bb9fffdff
      5ae4df3edbd5d35e5b4f09020db03eab 1e031dda2fbe03d1792170a0f3009cee`),
  },
  {
    section: 'F.5.4',
    cipher: 'ctr(aes)',
    key: KEY_192,
    iv: COUNTER,
    ciphertext: bytes(`
      1abc932417521ca24f2b0459fe7e6e0b 090339ec0aa6faefd5ccc2c6f4ce8e94
      1e36b26bd1ebc670d1bd1d665620abf7 4f78a7f6d29809585a97daec58c6b050`),
  },
  {
    section: 'F.5.6',
    cipher: 'ctr(aes)',
    key: KEY_256,
    iv: COUNTER,
    ciphertext: bytes(`
      601ec313775789a5b7a7f504bbf3d228 f443e3ca4d62b59aca84e990cacaf5c5
      2b0930daa23de94ce87017ba2d84988d dfc9c58db67aada613c2dd08457941a6`),
  },
]
