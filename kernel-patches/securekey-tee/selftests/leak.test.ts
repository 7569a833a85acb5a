/**
 * Where in the normal world's memory keys and plaintext are, seen from outside: QEMU reads it while the guest stands still. Protected
 * memory is a part of it here, which OP-TEE has been lent (CFG_CORE_DYN_PROTMEM) and which QEMU keeps nobody from reading. What else
 * OP-TEE has, its own memory and that of applications, is not searched: it is no normal memory.
 *
 * Freed pages keep what they had (no init_on_free=), so that what was there for a moment is found long after, as a rule.
 */

import { type GuestBuffer, type SelftestBody, type Sys, test } from '@kseries/kselftest-ts'
import { allocate, digest } from '../../securekey/selftests/buffers.ts'
import { foundInLog } from '../../securekey/selftests/kernel-log.ts'
import { encrypt, random, sha256 } from '../../securekey/selftests/reference.ts'
import * as afalg from '../../securekey-afalg/selftests/securekey.ts'
import { ALG_IMPORT_KEY } from '../../securekey-afalg/selftests/uapi.gen.ts'
import { command, openDevice, type Pointer } from '../../securekey-chardev/selftests/commands.ts'
import { importKey, load, params, prepare } from '../../securekey-chardev/selftests/key-commands.ts'
import { decrypt, onKey } from '../../securekey-chardev/selftests/ready.ts'
import { attach, session } from '../../securekey-chardev/selftests/session-commands.ts'
import {
  SECUREKEY_BLOB_MAX_LEN,
  SECUREKEY_DEV_IMPORT,
  securekey_dev_import,
} from '../../securekey-chardev/selftests/uapi.gen.ts'
import { piecesOf, planted, tracesOf } from './memory.ts'
import { onOptee } from './on-optee.ts'

/** A search takes seconds, on a busy host many. */
const DEADLINE = 180_000

const PIECE = 32

const isThere = Buffer.from('Linux version')

/** Where each needle is; and shows, by something that was planted, that what is there is found. */
const search = async (
  t: Parameters<SelftestBody>[0],
  sys: Sys,
  needles: readonly Uint8Array[],
): Promise<readonly (readonly bigint[])[]> => {
  const marker = random(PIECE)
  await using _ = await planted(sys, marker)
  const [places, ...found] = await t.context.findInMemory(marker, ...needles)
  t.is(places?.length, 1, 'what was planted must be found, once')
  return found
}

const nowhere = (needles: readonly Uint8Array[]): readonly (readonly bigint[])[] => needles.map(() => [])

test.timeout(DEADLINE, 'plaintext is where it was decrypted to, and nowhere else', async t => {
  const sys = await onOptee(t.context)
  const [key, iv] = [random(32), random(16)]
  const [one, two] = [random(65_536), random(65_536)]
  // Of no whole page, and of no whole block of the cipher's.
  const offset = 65_536 + 4096 + 48
  const device = await openDevice(sys)
  const loaded = await load(sys, device, await importKey(sys, device, key))
  const { s, buffer, dst } = await onKey(sys, device, loaded, { length: 262_144 })
  t.is(await decrypt(sys, s, { data: encrypt('cbc(aes)', key, iv, one), iv, dst }), 0)
  t.is(await decrypt(sys, s, { data: encrypt('cbc(aes)', key, iv, two), iv, dst, offset }), 0)
  t.is(await digest(sys, buffer, 0, one.length), sha256(one))
  t.is(await digest(sys, buffer, offset, two.length), sha256(two))

  const found = await search(t, sys, [...piecesOf(one, PIECE), ...piecesOf(two, PIECE)])
  const base = found[0]?.[0] ?? 0n
  const expected = (from: number) => piecesOf(one, PIECE).map((_, index) => [base + BigInt(from + index * PIECE)])
  t.deepEqual(found, [...expected(0), ...expected(offset)])

  t.deepEqual(await foundInLog(sys, [isThere, key, one, two]), [isThere])
})

// OP-TEE gives back what it was lent as it is (core/mm/mobj_dyn_shm.c, restore_mem), unless the platform's plat_set_protmem_range()
// clears it, which QEMU's does not; and so does Linux when the last buffer has gone (drivers/tee/optee/protmem.c, release_dyn_protmem).
test.failing(
  'known: plaintext is nowhere any more when the last buffer has been given back',
  async t => {
    const sys = await onOptee(t.context)
    const [key, iv, plaintext] = [random(16), random(16), random(65_536)]
    {
      await using user = await sys.process()
      const device = await openDevice(user)
      const loaded = await load(user, device, await importKey(user, device, key))
      const { s, buffer, dst } = await onKey(user, device, loaded, { length: plaintext.length })
      await decrypt(user, s, { data: encrypt('cbc(aes)', key, iv, plaintext), iv, dst })
      // A failure of this would look like the one that is known.
      if ((await digest(user, buffer, 0, plaintext.length)) !== sha256(plaintext)) return
    }
    const found = await search(t, sys, piecesOf(plaintext, PIECE))
    t.is(found.filter(({ length }) => length > 0).length, 0)
  },
  DEADLINE,
)

test.timeout(DEADLINE, 'a key that came wrapped is nowhere in normal memory, while it is in use', async t => {
  const before = await onOptee(t.context)
  const [key, iv, plaintext] = [random(32), random(16), random(4096)]
  const blob = await importKey(before, await openDevice(before), key)

  // All that has seen the key is gone with the old guest's memory. To this one it is as one that was generated.
  const sys = await t.context.reboot()
  const device = await openDevice(sys)
  const buffer = await allocate(sys, 4096)
  for (const wrapped of [blob, await prepare(sys, device, blob)]) {
    const s = await session(sys, device, await load(sys, device, wrapped))
    const dst = await attach(sys, s, buffer)
    t.is(await decrypt(sys, s, { data: encrypt('cbc(aes)', key, iv, plaintext), iv, dst }), 0)
    t.is(await digest(sys, buffer, 0, 4096), sha256(plaintext))
  }

  const [wrapped, ...traces] = await search(t, sys, [blob.subarray(-PIECE), ...tracesOf(key)])
  t.true((wrapped?.length ?? 0) > 0, 'the wrapped key is no secret, and must be found')
  t.deepEqual(traces, nowhere(tracesOf(key)))
  t.deepEqual(await foundInLog(sys, [isThere, key]), [isThere])
})

/** By the character device. */
const importByDevice = async (sys: Sys, raw: GuestBuffer): Promise<Uint8Array> => {
  const bytes = securekey_dev_import.encode({
    size: securekey_dev_import.size,
    params: params({ key_bits: raw.size * 8 }),
    blob_len: SECUREKEY_BLOB_MAX_LEN,
    raw_len: raw.size,
    raw: raw.address,
  })
  const device = await openDevice(sys)
  const { length, room } = await sys.program(p => {
    const memory = p.out(SECUREKEY_BLOB_MAX_LEN)
    const to: Pointer = [securekey_dev_import.offsetof('blob'), memory]
    return { length: command(p, device, SECUREKEY_DEV_IMPORT, bytes, to), room: memory }
  })
  return room.subarray(0, length)
}

/** By AF_ALG. */
const importByAfalg = async (sys: Sys, raw: GuestBuffer): Promise<Uint8Array> =>
  await afalg.command(sys, afalg.control(ALG_IMPORT_KEY, afalg.params({ key_bits: raw.size * 8 })), raw)

// Once their ends were found in the registers of an interrupt that came at the return from the secure world, on the stack of who had imported
// them: see message_exchange() in drivers/securekey/tee/key.c.
test.timeout(DEADLINE, 'the kernel keeps nothing of raw keys that were imported', async t => {
  const sys = await onOptee(t.context)
  const keys: Uint8Array[] = []
  for (const imported of [importByDevice, importByAfalg]) {
    for (const bytes of [16, 16, 16, 32]) {
      await using user = await sys.process()
      const key = random(bytes)
      const raw = await planted(user, key)
      await imported(user, raw)
      // As any program would. What is found after that is the kernel's.
      await raw.write(new Uint8Array(bytes))
      keys.push(key)
    }
  }
  const traces = keys.flatMap(tracesOf)
  t.deepEqual(await search(t, sys, traces), nowhere(traces))
})

test('a raw key is imported from where it was put, and is not in the kernel log', async t => {
  const sys = await onOptee(t.context)
  const [iv, plaintext] = [random(16), random(4096)]
  for (const imported of [importByDevice, importByAfalg]) {
    const key = random(32)
    const blob = await imported(sys, await planted(sys, key))
    const device = await openDevice(sys)
    const { s, buffer, dst } = await onKey(sys, device, await load(sys, device, blob))
    t.is(await decrypt(sys, s, { data: encrypt('cbc(aes)', key, iv, plaintext), iv, dst }), 0)
    t.is(await digest(sys, buffer, 0, 4096), sha256(plaintext))
    t.deepEqual(await foundInLog(sys, [isThere, key, plaintext]), [isThere])
  }
})
