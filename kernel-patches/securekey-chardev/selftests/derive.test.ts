/** Keys that are made out of another one. */

import { type Sys, test } from '@kseries/kselftest-ts'
import { allocate, digest } from '../../securekey/selftests/buffers.ts'
import { random, sha256 } from '../../securekey/selftests/reference.ts'
import { underTest } from '../../securekey/selftests/under-test.ts'
import { openDevice } from './commands.ts'
import { derive, generate, importKey, load, prepare } from './key-commands.ts'
import { decrypt } from './ready.ts'
import { attach, session } from './session-commands.ts'
import {
  SECUREKEY_CONTEXT_MAX_LEN,
  SECUREKEY_FLAG_DECRYPT_ONLY,
  SECUREKEY_FORM_EPHEMERAL,
  SECUREKEY_MODE_CBC,
  SECUREKEY_MODE_CTR,
  SECUREKEY_MODE_DERIVE,
} from './uapi.gen.ts'

const context = new TextEncoder().encode('title 17')
const ORIGIN = { modes: SECUREKEY_MODE_DERIVE, key_bits: 256 }

/** A digest of what a key makes of the same ciphertext each time: which key it is. */
const fingerprint = async (sys: Sys, device: number, blob: Uint8Array): Promise<string> => {
  const key = await load(sys, device, blob)
  const s = await session(sys, device, key, { mode: SECUREKEY_MODE_CTR })
  const buffer = await allocate(sys, 4096)
  const dst = await attach(sys, s, buffer)
  if ((await decrypt(sys, s, { data: new Uint8Array(64), iv: new Uint8Array(16), dst })) !== 0)
    throw new Error('The derived key must decrypt')
  const print = await digest(sys, buffer, 0, 64)
  for (const fd of [s, key, buffer]) await sys.close(fd)
  return print
}

test('the same origin, parameters and context make the same key; any other makes another', async t => {
  const { sys } = t.context
  const device = await openDevice(sys)
  const longTerm = await generate(sys, device, ORIGIN)
  const origin = await load(sys, device, longTerm)
  const one = await fingerprint(sys, device, await derive(sys, device, origin, context))
  t.not(one, sha256(new Uint8Array(64)))

  t.is(await fingerprint(sys, device, await derive(sys, device, origin, context)), one)
  t.is(await fingerprint(sys, device, await derive(sys, device, await load(sys, device, longTerm), context)), one)

  const other = await load(sys, device, await generate(sys, device, ORIGIN))
  const others = [
    await derive(sys, device, other, context),
    await derive(sys, device, origin, context.subarray(1)),
    await derive(sys, device, origin, context.subarray(0, underTest(sys).leastContext)),
    await derive(sys, device, origin, random(SECUREKEY_CONTEXT_MAX_LEN)),
    await derive(sys, device, origin, context, { key_bits: 256 }),
    await derive(sys, device, origin, context, { modes: SECUREKEY_MODE_CTR }),
  ]
  const prints = [one, ...(await Promise.all(others.map(blob => fingerprint(sys, device, blob))))]
  t.is(new Set(prints).size, prints.length)
})

test('a key of an ephemeral origin is ephemeral', async t => {
  const { sys } = t.context
  const device = await openDevice(sys)
  const origin = await load(sys, device, await prepare(sys, device, await generate(sys, device, ORIGIN)))
  await t.throwsAsync(derive(sys, device, origin, context), { code: 'EKEYREJECTED' })
  const blob = await derive(sys, device, origin, context, { form: SECUREKEY_FORM_EPHEMERAL })
  t.true((await fingerprint(sys, device, blob)).length > 0)
})

test('what cannot be derived', async t => {
  const { sys } = t.context
  const device = await openDevice(sys)
  const origin = await load(sys, device, await generate(sys, device, ORIGIN))
  const usual = await load(sys, device, await importKey(sys, device, random(16)))
  const refused: readonly [string, () => Promise<unknown>][] = [
    ['EKEYREJECTED', () => derive(sys, device, usual, context)],
    ['EKEYREJECTED', () => derive(sys, device, origin, context, { flags: SECUREKEY_FLAG_DECRYPT_ONLY })],
    ['EMSGSIZE', () => derive(sys, device, origin, random(SECUREKEY_CONTEXT_MAX_LEN + 1))],
    ['EINVAL', () => derive(sys, device, origin, context, { key_bits: 129 })],
    ['EINVAL', () => derive(sys, device, origin, context, {}, { reserved: 1 })],
    ['EINVAL', () => derive(sys, device, origin, context, {}, { flags: 1 })],
    ['EOVERFLOW', () => derive(sys, device, origin, context, {}, { blob_len: 71 })],
    ['EFAULT', () => derive(sys, device, origin, context, {}, { context_len: SECUREKEY_CONTEXT_MAX_LEN, context: 8n })],
    ['EBADF', () => derive(sys, device, -1, context)],
    ['EINVAL', () => derive(sys, device, device, context)],
  ]
  for (const [code, attempt] of refused) await t.throwsAsync(attempt(), { code }, code)
  await t.throwsAsync(session(sys, device, origin, { mode: SECUREKEY_MODE_CBC }), { code: 'EKEYREJECTED' })
})
