/** Wrapped keys, and descriptors of loaded ones. */

import { type Sys, test } from '@kseries/kselftest-ts'
import { inUse, NOTHING_IN_USE } from '../../securekey/selftests/faults.ts'
import { flipped, hex, random } from '../../securekey/selftests/reference.ts'
import { underTest } from '../../securekey/selftests/under-test.ts'
import { openDevice } from './commands.ts'
import { deleteKey, exportKey, generate, importKey, load, params, prepare, withBlob } from './key-commands.ts'
import { session } from './session-commands.ts'
import {
  F_GETFD,
  FD_CLOEXEC,
  O_RDWR,
  SECUREKEY_ALG_AES,
  SECUREKEY_BLOB_MAX_LEN,
  SECUREKEY_DEV_DELETE,
  SECUREKEY_DEV_LOAD,
  SECUREKEY_DEV_PREPARE,
  SECUREKEY_FLAG_PROTECTED_DST_ONLY,
  SECUREKEY_FORM_EPHEMERAL,
  SECUREKEY_FORM_LONG_TERM,
  SECUREKEY_MODE_CBC,
  securekey_blob_header,
  securekey_dev_blob,
  securekey_dev_prepare,
  type securekey_params,
} from './uapi.gen.ts'

const RLIMIT_NOFILE = 7 // include/uapi/asm-generic/resource.h, which the tests' constants are not from

const ONE_KEY = 'keys 1\nbuffers 0\nrequests 0\n'

test('GENERATE: a blob that says what was asked for, and another one each time', async t => {
  const { sys } = t.context
  const device = await openDevice(sys)
  const flags = SECUREKEY_FLAG_PROTECTED_DST_ONLY
  const given = { key_bits: 256, modes: SECUREKEY_MODE_CBC, flags, form: SECUREKEY_FORM_EPHEMERAL }
  const blob = await generate(sys, device, given)
  t.like(securekey_blob_header.decode(blob), { provider: underTest(sys).name, algorithm: SECUREKEY_ALG_AES, ...given })
  t.not(hex(await generate(sys, device, given)), hex(blob))
})

test('GENERATE: less room than the blob takes: EOVERFLOW', async t => {
  const { sys } = t.context
  const device = await openDevice(sys)
  const { length } = await generate(sys, device)
  for (const room of [0, 1, length - 1]) await t.throwsAsync(generate(sys, device, {}, { room }), { code: 'EOVERFLOW' })
  t.is((await generate(sys, device, {}, { room: length })).length, length)
  t.is((await generate(sys, device, {}, { room: 0xffff_ffff })).length, length)
})

const senseless: readonly [string, Partial<securekey_params>][] = [
  ['no algorithm', { algorithm: 0 }],
  ['an unknown algorithm', { algorithm: 2 }],
  ['a key of 160 bits', { key_bits: 160 }],
  ['no modes', { modes: 0 }],
  ['an unknown mode', { modes: 0x8000_0000 }],
  ['an unknown flag', { flags: 0x8000_0000 }],
  ['no form', { form: 0 }],
  ['an unknown form', { form: 3 }],
  ['a reserved member that is not 0', { reserved: [0, 0, 1] }],
]

for (const [what, given] of senseless) {
  test(`GENERATE and IMPORT, ${what}: EINVAL`, async t => {
    const { sys } = t.context
    const device = await openDevice(sys)
    await t.throwsAsync(generate(sys, device, given), { code: 'EINVAL' })
    await t.throwsAsync(importKey(sys, device, random(16), given), { code: 'EINVAL' })
  })
}

test('PREPARE, LOAD and DELETE of a blob that is not there: EFAULT', async t => {
  const { sys } = t.context
  const device = await openDevice(sys)
  const at = { blob: 8n, blob_len: 100 }
  for (const request of [SECUREKEY_DEV_LOAD, SECUREKEY_DEV_DELETE]) {
    const bytes = securekey_dev_blob.encode({ size: securekey_dev_blob.size, ...at })
    await t.throwsAsync(sys.ioctl(device, request, bytes), { code: 'EFAULT' })
  }
  const bytes = securekey_dev_prepare.encode({ size: securekey_dev_prepare.size, src: 8n, src_len: 100 })
  await t.throwsAsync(sys.ioctl(device, SECUREKEY_DEV_PREPARE, bytes), { code: 'EFAULT' })
})

test('a key tells what it is in /proc, and nothing of what it is made of', async t => {
  const { sys } = t.context
  const device = await openDevice(sys)
  const key = await load(sys, device, await generate(sys, device, { key_bits: 256 }))
  const lines = (await sys.readText(`/proc/self/fdinfo/${key}`))
    .split('\n')
    .filter(line => line.startsWith('securekey-'))
  t.deepEqual(lines, [
    `securekey-provider:\t${underTest(sys).name}`,
    `securekey-algorithm:\t${SECUREKEY_ALG_AES}`,
    'securekey-bits:\t256',
    `securekey-modes:\t0x${params().modes.toString(16)}`,
    `securekey-flags:\t0x${params().flags.toString(16)}`,
    `securekey-form:\t${SECUREKEY_FORM_LONG_TERM}`,
  ])
})

for (const length of [0, 15, 17, 24, 64, 65, 4096]) {
  test(`IMPORT of ${length} bytes as a key of 128 bits: EINVAL`, async t => {
    const { sys } = t.context
    const device = await openDevice(sys)
    await t.throwsAsync(importKey(sys, device, random(length), { key_bits: 128 }), { code: 'EINVAL' })
  })
}

test('PREPARE: long-term in, ephemeral out, with the same policy', async t => {
  const { sys } = t.context
  const device = await openDevice(sys)
  const blob = await generate(sys, device, { modes: SECUREKEY_MODE_CBC })
  const { form: _, payload_len: __, ...policy } = securekey_blob_header.decode(blob)
  const ephemeral = securekey_blob_header.decode(await prepare(sys, device, blob))
  t.like(ephemeral, { ...policy, form: SECUREKEY_FORM_EPHEMERAL })
})

test('PREPARE of an ephemeral blob: EBADMSG', async t => {
  const { sys } = t.context
  const device = await openDevice(sys)
  const blob = await generate(sys, device, { form: SECUREKEY_FORM_EPHEMERAL })
  await t.throwsAsync(prepare(sys, device, blob), { code: 'EBADMSG' })
})

for (const form of [SECUREKEY_FORM_LONG_TERM, SECUREKEY_FORM_EPHEMERAL]) {
  test(`LOAD of form ${form}: a descriptor that is closed on exec and keeps the key loaded until it is closed`, async t => {
    const { sys } = t.context
    const device = await openDevice(sys)
    const blob = await generate(sys, device, { form })
    const key = await load(sys, device, blob)
    t.is(await sys.fcntl(key, F_GETFD), FD_CLOEXEC)
    const copy = await sys.dup(key)
    await sys.close(key)
    t.is(await inUse(sys), ONE_KEY)
    await sys.close(copy)
    t.is(await inUse(sys), NOTHING_IN_USE)
    await sys.close(await load(sys, device, blob))
  })
}

test('LOAD when no descriptor is left: EMFILE, and the key is not loaded', async t => {
  const { sys } = t.context
  const device = await openDevice(sys)
  const blob = await generate(sys, device)
  const limit = new Uint8Array(BigUint64Array.of(64n, 64n).buffer)
  await sys.syscall('prlimit64', 0, RLIMIT_NOFILE, limit, 0)
  for (;;) {
    const next = await sys.program(p => p.settled(p.dup(device)))
    if (next.status === 'rejected') break
  }
  await t.throwsAsync(load(sys, device, blob), { code: 'EMFILE' })
  await sys.close(63)
  t.is(await inUse(sys), NOTHING_IN_USE)
})

/** The blob with members of its header changed. */
const forged = (blob: Uint8Array, change: Partial<securekey_blob_header>): Uint8Array =>
  Buffer.concat([
    securekey_blob_header.encode({ ...securekey_blob_header.decode(blob), ...change }),
    blob.subarray(securekey_blob_header.size),
  ])

/** What became of blobs that were loaded: error codes, or 'loaded'. */
const loadAll = async (sys: Sys, device: number, blobs: readonly Uint8Array[]): Promise<string[]> => {
  const results = await sys.program(p => blobs.map(blob => p.settled(withBlob(p, device, SECUREKEY_DEV_LOAD, blob))))
  return results.map(result => (result.status === 'rejected' ? result.reason.code : 'loaded'))
}

test('LOAD: any bit flipped: EBADMSG, also in the name of the provider', async t => {
  const { sys } = t.context
  const device = await openDevice(sys)
  const blob = await generate(sys, device)
  const bits = Array.from({ length: blob.length * 8 }, (_, bit) => bit)
  const blobs = bits.map(bit => flipped(blob, bit))
  for (let from = 0; from < blobs.length; from += 128) {
    const codes = await loadAll(sys, device, blobs.slice(from, from + 128))
    for (const [index, code] of codes.entries()) t.is(code, 'EBADMSG', `bit ${from + index}`)
  }
})

test('LOAD: cut short anywhere, or longer than it says: EBADMSG', async t => {
  const { sys } = t.context
  const device = await openDevice(sys)
  const blob = await generate(sys, device)
  const short = Array.from(blob, (_, length) => blob.subarray(0, length))
  const long = [1, 100].map(more => Buffer.concat([blob, new Uint8Array(more)]))
  for (const code of await loadAll(sys, device, [...short, ...long])) t.is(code, 'EBADMSG')
  await t.throwsAsync(load(sys, device, random(SECUREKEY_BLOB_MAX_LEN + 1)), { code: 'EBADMSG' })
})

test('LOAD, PREPARE and DELETE of another provider, there or not: EBADMSG', async t => {
  const { sys } = t.context
  const device = await openDevice(sys)
  const blob = forged(await generate(sys, device), { provider: 'qtee' })
  for (const use of [load, prepare, deleteKey]) await t.throwsAsync(use(sys, device, blob), { code: 'EBADMSG' })
})

test('DELETE, where the provider keeps nothing of a key: EOPNOTSUPP; of what is no blob: EBADMSG', async t => {
  const { sys } = t.context
  const device = await openDevice(sys)
  const blob = await generate(sys, device)
  await t.throwsAsync(deleteKey(sys, device, blob), { code: 'EOPNOTSUPP' })
  await t.throwsAsync(deleteKey(sys, device, flipped(blob, 0)), { code: 'EBADMSG' })
})

test('EXPORT: a key that was loaded from a long-term blob, as another long-term blob that loads', async t => {
  const { sys } = t.context
  const device = await openDevice(sys)
  const blob = await generate(sys, device)
  const again = await exportKey(sys, device, await load(sys, device, blob))
  t.deepEqual(securekey_blob_header.decode(again), securekey_blob_header.decode(blob))
  t.not(hex(again), hex(blob))
  await t.notThrowsAsync(load(sys, device, again))
  await t.throwsAsync(exportKey(sys, device, await load(sys, device, blob), { room: again.length - 1 }), {
    code: 'EOVERFLOW',
  })
})

test('EXPORT of a key that was loaded from an ephemeral blob: EKEYREJECTED', async t => {
  const { sys } = t.context
  const device = await openDevice(sys)
  const key = await load(sys, device, await prepare(sys, device, await generate(sys, device)))
  await t.throwsAsync(exportKey(sys, device, key), { code: 'EKEYREJECTED' })
})

test('EXPORT and SESSION of what is no key: EBADF, EINVAL', async t => {
  const { sys } = t.context
  const device = await openDevice(sys)
  const s = await session(sys, device, await load(sys, device, await generate(sys, device)))
  for (const use of [exportKey, session]) {
    await t.throwsAsync(use(sys, device, -1), { code: 'EBADF' })
    await t.throwsAsync(use(sys, device, 999), { code: 'EBADF' })
    for (const fd of [device, s, await sys.open('/dev/null', O_RDWR)])
      await t.throwsAsync(use(sys, device, fd), { code: 'EINVAL' })
  }
})
