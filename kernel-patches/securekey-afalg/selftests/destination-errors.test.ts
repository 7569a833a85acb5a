/** What ALG_SET_MEM_FD refuses. A request that is refused takes no data, so the next one on the same socket works. */

import { type Sys, test } from '@kseries/kselftest-ts'
import { digest } from '../../securekey/selftests/buffers.ts'
import { encrypt, random, sha256, zeroes } from '../../securekey/selftests/reference.ts'
import { needsOrdinary, refusal } from '../../securekey/selftests/under-test.ts'
import { type Destination, decrypt, ready, request } from './securekey.ts'
import { MSG_MORE, O_RDONLY, O_RDWR, O_WRONLY, SECUREKEY_FLAG_DECRYPT_ONLY } from './uapi.gen.ts'

const BUFFER = 8192
const U64_MAX = 2n ** 64n - 1n

const key = random(16)
const iv = random(16)
const plaintext = random(64)
const ciphertext = encrypt('cbc(aes)', key, iv, plaintext)

const send = async (sys: Sys, op: number, destination: Destination): Promise<number> =>
  await sys.sendmsg(op, { data: ciphertext, control: request(iv, destination) })

test('descriptor -1: EBADF', async t => {
  const { sys } = t.context
  const { op } = await ready(sys)
  await t.throwsAsync(send(sys, op, { fd: -1, len: 64 }), { code: 'EBADF' })
})

test('a descriptor that was closed: EBADF', async t => {
  const { sys } = t.context
  const { op, buffer } = await ready(sys)
  await sys.close(buffer)
  await t.throwsAsync(send(sys, op, { fd: buffer, len: 64 }), { code: 'EBADF' })
})

test('a file that is no dma-buf: EINVAL', async t => {
  const { sys } = t.context
  const { op } = await ready(sys)
  const file = await sys.open('/dev/null', O_RDWR)
  await t.throwsAsync(send(sys, op, { fd: file, len: 64 }), { code: 'EINVAL' })
})

test('a memfd: EINVAL', async t => {
  const { sys } = t.context
  const { op } = await ready(sys)
  const memory = await sys.memfd_create('no dma-buf', 0)
  await sys.ftruncate(memory, BUFFER)
  await t.throwsAsync(send(sys, op, { fd: memory, len: 64 }), { code: 'EINVAL' })
})

test('a dma-buf that is open for reading only: EACCES', async t => {
  const { sys } = t.context
  const { op, buffer } = await ready(sys, { access: O_RDONLY })
  await t.throwsAsync(send(sys, op, { fd: buffer, len: 64 }), { code: 'EACCES' })
})

test('a dma-buf that is open for writing only will do', async t => {
  const { sys } = t.context
  const { op, buffer } = await ready(sys, { access: O_WRONLY })
  t.is(await send(sys, op, { fd: buffer, len: 64 }), 64)
})

test('offset + length overflow: EOVERFLOW', async t => {
  const { sys } = t.context
  const { op, buffer } = await ready(sys, { length: BUFFER })
  await t.throwsAsync(send(sys, op, { fd: buffer, off: U64_MAX - 15n, len: 64 }), { code: 'EOVERFLOW' })
})

test('offset + length overflow by one: EOVERFLOW', async t => {
  const { sys } = t.context
  const { op, buffer } = await ready(sys, { length: BUFFER })
  await t.throwsAsync(send(sys, op, { fd: buffer, off: 16, len: U64_MAX - 15n }), { code: 'EOVERFLOW' })
})

test('a range that begins behind the end: EINVAL', async t => {
  const { sys } = t.context
  const { op, buffer } = await ready(sys, { length: BUFFER })
  await t.throwsAsync(send(sys, op, { fd: buffer, off: BUFFER, len: 64 }), { code: 'EINVAL' })
})

test('a range that ends one byte behind the end: EINVAL', async t => {
  const { sys } = t.context
  const { op, buffer } = await ready(sys, { length: BUFFER })
  await t.throwsAsync(send(sys, op, { fd: buffer, off: BUFFER - 64, len: 65 }), { code: 'EINVAL' })
})

test('a length of 0: EINVAL', async t => {
  const { sys } = t.context
  const { op, buffer } = await ready(sys, { length: BUFFER })
  await t.throwsAsync(send(sys, op, { fd: buffer, len: 0 }), { code: 'EINVAL' })
})

for (const off of [1, 8, 15, 4095]) {
  test(`a misaligned offset, ${off}: EINVAL`, async t => {
    const { sys } = t.context
    const { op, buffer } = await ready(sys, { length: BUFFER })
    await t.throwsAsync(send(sys, op, { fd: buffer, off, len: 64 }), { code: 'EINVAL' })
  })
}

for (const bit of [0, 1, 31]) {
  test(`a reserved flag, bit ${bit}: EINVAL`, async t => {
    const { sys } = t.context
    const { op, buffer } = await ready(sys, { length: BUFFER })
    await t.throwsAsync(send(sys, op, { fd: buffer, len: 64, flags: (1 << bit) >>> 0 }), { code: 'EINVAL' })
  })
}

test('ordinary memory under a key for protected memory only: EPERM, or EOPNOTSUPP', async t => {
  const { sys } = t.context
  const { op, buffer } = await ready(sys, { length: BUFFER, heap: 'system' })
  await t.throwsAsync(send(sys, op, { fd: buffer, len: 64 }), { code: refusal(sys) })

  const address = await sys.mmap({ length: BUFFER, prot: 'PROT_READ', flags: 'MAP_SHARED', fd: buffer })
  t.is(sha256(await sys.peek(address, BUFFER)), zeroes(BUFFER), 'and no plaintext gets there')
})

test('ordinary memory under a key without that restriction will do', async t => {
  const { sys } = t.context
  needsOrdinary(sys)
  const { op, buffer } = await ready(sys, { heap: 'system', given: { flags: SECUREKEY_FLAG_DECRYPT_ONLY } })
  t.is(await send(sys, op, { fd: buffer, len: 64 }), 64)
})

test('more data than the length of the destination: EMSGSIZE', async t => {
  const { sys } = t.context
  const { op, buffer } = await ready(sys, { length: BUFFER })
  await t.throwsAsync(send(sys, op, { fd: buffer, len: 63 }), { code: 'EMSGSIZE' })
})

const refused: readonly [string, number, Destination][] = [
  ['EBADF', O_RDWR, { fd: -1, len: 64 }],
  ['EACCES', O_RDONLY, { fd: 0, len: 64 }],
  ['EOVERFLOW', O_RDWR, { fd: 0, off: U64_MAX - 15n, len: 64 }],
  ['EINVAL', O_RDWR, { fd: 0, off: BUFFER, len: 64 }],
  ['EINVAL', O_RDWR, { fd: 0, off: 8, len: 64 }],
]

for (const [code, access, { fd, ...range }] of refused) {
  test(`refused by the first of several messages, off ${range.off ?? 0}, fd ${fd < 0 ? fd : 'good'}: ${code}`, async t => {
    const { sys } = t.context
    const { op, buffer } = await ready(sys, { length: BUFFER, access })
    const destination = { ...range, fd: fd < 0 ? fd : buffer }
    const first = { data: ciphertext, control: request(iv, destination), flags: MSG_MORE }
    await t.throwsAsync(sys.sendmsg(op, first), { code })
  })
}

test('after a request that was refused the next one works', async t => {
  const { sys } = t.context
  const { op, buffer } = await ready(sys, { key })

  await t.throwsAsync(send(sys, op, { fd: -1, len: 64 }), { code: 'EBADF' })

  t.is(await decrypt(sys, op, iv, ciphertext, { fd: buffer, len: 64 }), 0)
  t.is(await digest(sys, buffer, 0, 64), sha256(plaintext))
})
