/** What random programs on the trusted application are about: keys, sessions, memory, and what must not come out of them. */

import { createCipheriv } from 'node:crypto'
import type { Sys } from '@kseries/kselftest-ts'
import { allocate } from '../../securekey/selftests/buffers.ts'
import { encrypt, random } from '../../securekey/selftests/reference.ts'
import { Application, PLACE, SHARED_SIZE } from './application.ts'
import { CHUNK_MAX } from './ta-protocol.ts'
import type { SharedMemory, TeeMemory } from './tee-client.ts'
import {
  SECUREKEY_FLAG_PROTECTED_DST_ONLY,
  SECUREKEY_MODE_CBC,
  SECUREKEY_MODE_CTR,
  SECUREKEY_MODE_DERIVE,
  SECUREKEY_MODE_GCM,
  SECUREKEY_MODE_XTS,
} from './uapi.gen.ts'

/** What the programs are about, of a process. */
export interface World {
  readonly app: Application
  /** What is in shared memory when a program begins: a file. */
  readonly template: number
  /** Wrapped keys, the modes that each is for, and a session that has it: opening one takes longer than all of a program else. */
  readonly keys: readonly { readonly blob: Uint8Array; readonly modes: number; readonly session: number }[]
  /** Memory that is longer than one DECRYPT may be given. */
  readonly wide: SharedMemory
  readonly deep: TeeMemory
  /** Files that a dma-buf can be asked for, and cannot. */
  readonly files: readonly number[]
  /** With what PLACE.src is encrypted there, piece by piece of SEGMENT bytes; see `segmentOf`. */
  readonly iv: Uint8Array
  readonly aad: Uint8Array
}

/** Of each mode that much is encrypted at PLACE.src; of gcm with the tag. */
export const SEGMENT = 1024

/** In what order. */
export const SEGMENT_MODES = [SECUREKEY_MODE_CBC, SECUREKEY_MODE_CTR, SECUREKEY_MODE_XTS, SECUREKEY_MODE_GCM] as const

/** Where of PLACE.src that is which decrypts to the secret in a mode. */
export const segmentOf = (mode: number): number =>
  Math.max(
    SEGMENT_MODES.findIndex(one => one === mode),
    0,
  ) * SEGMENT

/** Of keys that decrypt to protected memory alone. */
export const NEVER_SHARED = { flags: SECUREKEY_FLAG_PROTECTED_DST_ONLY }

/** What nobody may get at: what keys decrypt that may do so to protected memory only, and those keys. */
export interface Secrets {
  readonly plaintext: Uint8Array
  readonly keys: Readonly<Record<'cbc and ctr' | 'xts' | 'gcm' | 'parent', Uint8Array>>
}

export const makeSecrets = (): Secrets => ({
  plaintext: random(16),
  keys: { 'cbc and ctr': random(16), xts: random(32), gcm: random(16), parent: random(32) },
})

/** What is at PLACE.src: in each mode the same plaintext again and again. See SEGMENT_MODES. */
const ciphertexts = ({ plaintext, keys }: Secrets, iv: Uint8Array, aad: Uint8Array): Uint8Array => {
  const text = Buffer.concat(Array<Uint8Array>(SEGMENT / 16).fill(plaintext))
  const xts = createCipheriv('aes-128-xts', keys.xts, iv)
  const gcm = createCipheriv('aes-128-gcm', keys.gcm, iv.subarray(0, 12)).setAAD(aad)
  return Buffer.concat([
    encrypt('cbc(aes)', keys['cbc and ctr'], iv, text),
    encrypt('ctr(aes)', keys['cbc and ctr'], iv, text),
    xts.update(text),
    xts.final(),
    gcm.update(text.subarray(16)),
    gcm.final(),
    gcm.getAuthTag(),
  ])
}

/** A key of the programs, wrapped. */
export interface Wrapped {
  readonly blob: Uint8Array
  readonly modes: number
}

/** Wraps the keys of the programs; in the order that `variants` names them by. */
export const wrapKeys = async (sys: Sys, { keys }: Secrets): Promise<readonly Wrapped[]> => {
  await using process = await sys.process()
  const app = await Application.open(process)
  const session = await app.session()
  const wrap = async (raw: Uint8Array, modes: number, flags = NEVER_SHARED): Promise<Wrapped> => ({
    blob: await app.importKey(session, raw, { modes, ...flags }),
    modes,
  })
  const usual = await wrap(keys['cbc and ctr'], SECUREKEY_MODE_CBC | SECUREKEY_MODE_CTR)
  return [
    usual,
    { ...usual, blob: await app.blobOf(await app.prepare(session, usual.blob)) },
    await wrap(keys.xts, SECUREKEY_MODE_XTS),
    await wrap(keys.gcm, SECUREKEY_MODE_GCM),
    await wrap(keys.parent, SECUREKEY_MODE_DERIVE),
    await wrap(random(32), SECUREKEY_MODE_CBC | SECUREKEY_MODE_CTR, { flags: 0 }),
    await wrap(random(16), SECUREKEY_MODE_GCM, { flags: 0 }),
    await wrap(random(64), SECUREKEY_MODE_XTS, { flags: 0 }),
  ]
}

/** Keys in sessions, and memory, of a process. */
export const worldOf = async (sys: Sys, secrets: Secrets, wrapped: readonly Wrapped[]): Promise<World> => {
  const app = await Application.open(sys)
  const [iv, aad] = [random(16), random(20)]
  const keys: World['keys'][number][] = []
  for (const key of wrapped) {
    const session = await app.session()
    if ((await app.load(session, key.blob)) !== 'TEE_SUCCESS') throw new Error('A key of the programs must load')
    keys.push({ ...key, session })
  }
  const world: World = {
    app,
    template: await sys.memfd_create('template', 0),
    keys,
    wide: await app.client.allocate(CHUNK_MAX + 4096),
    deep: await app.register(CHUNK_MAX + 4096),
    files: [await allocate(sys, 4096), await allocate(sys, 4096, { heap: 'system' }), app.client.fd, -1],
    iv,
    aad,
  }
  const template = Buffer.concat([new Uint8Array(PLACE.src), ciphertexts(secrets, iv, aad)])
  template.set(random(PLACE.out - PLACE.raw), PLACE.raw)
  await sys.pwrite(world.template, template, 0)
  await sys.ftruncate(world.template, SHARED_SIZE)
  // What could be got out of protected memory would be this.
  await app.put('src', template.subarray(PLACE.src + SEGMENT))
  await app.decrypt(keys[0]?.session ?? 0, { mode: SECUREKEY_MODE_CTR, len: SEGMENT, iv })
  return world
}
