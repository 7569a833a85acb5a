/** What a power cycle leaves of keys: long-term blobs are as good as new, ephemeral ones are of the boot that they were made in. */

import { type Sys, test } from '@kseries/kselftest-ts'
import { digest } from '../../securekey/selftests/buffers.ts'
import { encrypt, random, sha256 } from '../../securekey/selftests/reference.ts'
import { openDevice } from '../../securekey-chardev/selftests/commands.ts'
import { generate, importKey, load, prepare } from '../../securekey-chardev/selftests/key-commands.ts'
import { decrypt, onKey } from '../../securekey-chardev/selftests/ready.ts'
import type { Request } from '../../securekey-chardev/selftests/session-commands.ts'
import { onOptee } from './on-optee.ts'

/** Decrypts to the beginning of a protected buffer. @returns SHA-256 of what came of it. */
const decrypted = async (sys: Sys, blob: Uint8Array, request: Pick<Request, 'data' | 'iv'>): Promise<string> => {
  const device = await openDevice(sys)
  const { s, buffer, dst } = await onKey(sys, device, await load(sys, device, blob))
  const status = await decrypt(sys, s, { ...request, dst })
  if (status !== 0) throw new Error(`The status of the request must be 0: it is ${status}`)
  return await digest(sys, buffer, 0, request.data.length)
}

test('a long-term key decrypts after a reboot; an ephemeral one is refused: EBADMSG', async t => {
  const before = await onOptee(t.context)
  const [key, iv, plaintext] = [random(32), random(16), random(4096)]
  const request = { data: encrypt('cbc(aes)', key, iv, plaintext), iv }
  const longTerm = await importKey(before, await openDevice(before), key)
  const ephemeral = await prepare(before, await openDevice(before), longTerm)
  for (const blob of [longTerm, ephemeral]) t.is(await decrypted(before, blob, request), sha256(plaintext))

  const after = await t.context.reboot()
  t.is(await decrypted(after, longTerm, request), sha256(plaintext))
  const device = await openDevice(after)
  await t.throwsAsync(load(after, device, ephemeral), { code: 'EBADMSG' })
  await t.throwsAsync(prepare(after, device, ephemeral), { code: 'EBADMSG' })

  // It is for the boot that it was refused.
  t.is(await decrypted(after, await prepare(after, device, longTerm), request), sha256(plaintext))
})

test('a generated key is the same one after a reboot, and another one is another', async t => {
  const before = await onOptee(t.context)
  const request = { data: random(4096), iv: random(16) }
  const device = await openDevice(before)
  const [blob, other] = [await generate(before, device), await generate(before, device)]
  const was = await decrypted(before, blob, request)

  const after = await t.context.reboot()
  t.is(await decrypted(after, blob, request), was)
  t.not(await decrypted(after, other, request), was)
})
