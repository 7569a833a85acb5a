/** Sessions, and the destinations that are attached to them. */

import { NOBODY, test } from '@kseries/kselftest-ts'
import { allocate } from '../../securekey/selftests/buffers.ts'
import { fault, inUse, NOTHING_IN_USE } from '../../securekey/selftests/faults.ts'
import { random } from '../../securekey/selftests/reference.ts'
import { needsOrdinary, refusal, underTest } from '../../securekey/selftests/under-test.ts'
import { openDevice } from './commands.ts'
import { generate, load } from './key-commands.ts'
import { decrypt, ready } from './ready.ts'
import { attach, attachIn, detach, session, submit } from './session-commands.ts'
import {
  F_GETFD,
  FD_CLOEXEC,
  MAP_SHARED,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  PROT_READ,
  SECUREKEY_ALG_AES,
  SECUREKEY_DEV_OP_ENCRYPT,
  SECUREKEY_DEV_SESSION_PROTECTED_ONLY,
  SECUREKEY_FLAG_DECRYPT_ONLY,
  SECUREKEY_MODE_CBC,
  SECUREKEY_MODE_CTR,
} from './uapi.gen.ts'

const request = { data: random(64), iv: random(16) }

test('a session keeps its key loaded and needs neither the descriptor of that nor the device', async t => {
  const { sys } = t.context
  const { device, key, s, buffer, dst } = await ready(sys)
  t.is(await sys.fcntl(s, F_GETFD), FD_CLOEXEC)
  await sys.close(device)
  await sys.close(key)
  await sys.close(buffer)
  t.is(await inUse(sys), 'keys 1\nbuffers 1\nrequests 0\n')
  t.is(await decrypt(sys, s, { ...request, dst }), 0)
  await sys.close(s)
  t.is(await inUse(sys), NOTHING_IN_USE)
})

test('/proc tells what a session is', async t => {
  const { sys } = t.context
  const { s } = await ready(sys)
  const text = await sys.readText(`/proc/self/fdinfo/${s}`)
  t.regex(text, new RegExp(`^securekey-provider:\\s*${underTest(sys).name}$`, 'm'))
  t.regex(text, /^securekey-mode:\s*0x1$/m)
  t.regex(text, /^securekey-buffers:\s*1$/m)
  t.regex(text, /^securekey-pending:\s*0$/m)
})

const refused: readonly [string, string, object, object?][] = [
  ['a mode that the key is not for', 'EKEYREJECTED', { mode: SECUREKEY_MODE_CTR }, { modes: SECUREKEY_MODE_CBC }],
  ['no mode', 'EINVAL', { mode: 0 }],
  ['two modes', 'EINVAL', { mode: SECUREKEY_MODE_CBC | SECUREKEY_MODE_CTR }],
  ['an unknown mode', 'EINVAL', { mode: 0x8000_0000 }],
  ['encryption with a key for decryption', 'EKEYREJECTED', { op: SECUREKEY_DEV_OP_ENCRYPT }],
  ['encryption with a key that allows it', 'EOPNOTSUPP', { op: SECUREKEY_DEV_OP_ENCRYPT }, { flags: 0 }],
  ['an unknown operation', 'EINVAL', { op: 2 }],
  ['an algorithm that the key is not for', 'EKEYREJECTED', { algorithm: SECUREKEY_ALG_AES + 1 }],
]

for (const [what, code, given, policy = {}] of refused) {
  test(`SESSION, ${what}: ${code}`, async t => {
    const { sys } = t.context
    const device = await openDevice(sys)
    const key = await load(sys, device, await generate(sys, device, policy))
    await t.throwsAsync(session(sys, device, key, given), { code })
    await sys.close(key)
    t.is(await inUse(sys), NOTHING_IN_USE)
  })
}

test('SESSION with a key of a provider that has gone and come back: ENODEV of the old device, EINVAL of the new', async t => {
  const { sys } = t.context
  const device = await openDevice(sys)
  const key = await load(sys, device, await generate(sys, device))
  {
    await using _ = await fault(sys, 'present', 0)
  }
  await t.throwsAsync(session(sys, device, key), { code: 'ENODEV' })
  await t.throwsAsync(session(sys, await openDevice(sys), key), { code: 'EINVAL' })
})

test('a buffer is mapped when it is attached, until it is detached', async t => {
  const { sys } = t.context
  const { s, dst, buffer } = await ready(sys)
  t.is(await inUse(sys), 'keys 1\nbuffers 1\nrequests 0\n')
  t.is(await decrypt(sys, s, { ...request, dst }), 0)
  t.is(await inUse(sys), 'keys 1\nbuffers 1\nrequests 0\n')
  await detach(sys, s, dst)
  t.is(await inUse(sys), 'keys 1\nbuffers 0\nrequests 0\n')
  await t.throwsAsync(detach(sys, s, dst), { code: 'ENOENT' })
  await t.throwsAsync(submit(sys, s, { ...request, dst }), { code: 'ENOENT' })

  const again = await attach(sys, s, buffer)
  t.not(again, dst, 'a number is not used again soon')
  t.is(await decrypt(sys, s, { ...request, dst: again }), 0)
})

test("another session's numbers, and all that could be guessed: ENOENT", async t => {
  const { sys } = t.context
  const { device, key, dst, s: other } = await ready(sys)
  const s = await session(sys, device, key)
  const own = await attach(sys, s, await allocate(sys, 4096))
  t.not(own, dst)
  await t.throwsAsync(submit(sys, s, { ...request, dst }), { code: 'ENOENT' })
  await t.throwsAsync(submit(sys, other, { ...request, dst: own }), { code: 'ENOENT' })
  await t.throwsAsync(detach(sys, s, dst), { code: 'ENOENT' })
  for (const guess of [0, own + 1, own - 1, dst + 4096, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]) {
    if (guess !== own) await t.throwsAsync(submit(sys, s, { ...request, dst: guess }), { code: 'ENOENT' }, `${guess}`)
  }
  t.is(await decrypt(sys, other, { ...request, dst }), 0)
})

test('ATTACH of what is no dma-buf: EBADF, EINVAL', async t => {
  const { sys } = t.context
  const { s, key, device } = await ready(sys)
  await t.throwsAsync(attach(sys, s, -1), { code: 'EBADF' })
  await t.throwsAsync(attach(sys, s, 999), { code: 'EBADF' })
  for (const fd of [s, key, device, await sys.memfd_create('no dma-buf', 0)])
    await t.throwsAsync(attach(sys, s, fd), { code: 'EINVAL' })
})

test('ATTACH of a dma-buf that is open for reading only: EACCES; for writing only will do', async t => {
  const { sys } = t.context
  const { s } = await ready(sys)
  await t.throwsAsync(attach(sys, s, await allocate(sys, 4096, { access: O_RDONLY })), { code: 'EACCES' })
  for (const access of [O_WRONLY, O_RDWR]) await t.notThrowsAsync(attach(sys, s, await allocate(sys, 4096, { access })))
})

test('ATTACH of ordinary memory where the key asks for protected: EPERM, or EOPNOTSUPP, and it is not mapped', async t => {
  const { sys } = t.context
  const { s } = await ready(sys)
  await t.throwsAsync(attach(sys, s, await allocate(sys, 4096, { heap: 'system' })), { code: refusal(sys) })
  t.is(await inUse(sys), 'keys 1\nbuffers 1\nrequests 0\n')
})

test('ATTACH of ordinary memory where the session asks for protected: EPERM; where neither does it will do', async t => {
  const { sys } = t.context
  needsOrdinary(sys)
  const given = { flags: SECUREKEY_FLAG_DECRYPT_ONLY }
  const { device, key, s } = await ready(sys, { given })
  const buffer = await allocate(sys, 4096, { heap: 'system' })
  const strict = await session(sys, device, key, { flags: SECUREKEY_DEV_SESSION_PROTECTED_ONLY })
  await t.throwsAsync(attach(sys, strict, buffer), { code: 'EPERM' })
  await t.notThrowsAsync(attach(sys, strict, await allocate(sys, 4096)))
  t.is(await decrypt(sys, s, { ...request, dst: await attach(sys, s, buffer) }), 0)
})

test('as many buffers as a session may have, and one more: ENOSPC', async t => {
  const { sys } = t.context
  const { s, buffer, dst } = await ready(sys)
  await sys.program(p => p.repeat(255, () => attachIn(p, s, buffer)))
  await t.throwsAsync(attach(sys, s, buffer), { code: 'ENOSPC' })
  t.is(await inUse(sys), 'keys 1\nbuffers 256\nrequests 0\n')
  await detach(sys, s, dst)
  await t.notThrowsAsync(attach(sys, s, buffer))
  await sys.close(s)
  t.is(await inUse(sys), 'keys 1\nbuffers 0\nrequests 0\n')
})

test('write, mmap, lseek and pread of a session: it has none', async t => {
  const { sys } = t.context
  const { s } = await ready(sys)
  await t.throwsAsync(sys.write(s, new Uint8Array(16)), { code: 'EINVAL' })
  await t.throwsAsync(sys.lseek(s, 0, 0), { code: 'ESPIPE' })
  await t.throwsAsync(sys.pread(s, 64, 0), { code: 'ESPIPE' })
  await t.throwsAsync(sys.mmap({ length: 4096, prot: PROT_READ, flags: MAP_SHARED, fd: s }), { code: 'ENODEV' })
})

test('a session that was handed to an ordinary user decrypts, and exports nothing', async t => {
  const { sys } = t.context
  const { s, dst } = await ready(sys)
  await using user = await sys.process(NOBODY)
  t.is(await decrypt(user, s, { ...request, dst }), 0)
})
