/** The heap "securekey-test": memory that can be handed around and decrypted into, and that nobody reads. */

import { createHash } from 'node:crypto'
import { NOBODY, type Sys, test } from '@kseries/kselftest-ts'
import { allocate, digest } from './heap.ts'
import {
  DMA_BUF_IOCTL_SYNC,
  DMA_BUF_SYNC_READ,
  DMA_BUF_SYNC_RW,
  DMA_BUF_SYNC_START,
  DMA_BUF_SYNC_WRITE,
  dma_buf_sync,
  MAP_PRIVATE,
  MAP_SHARED,
  O_RDWR,
  PROT_NONE,
  PROT_READ,
  PROT_WRITE,
  UDMABUF_CREATE,
  udmabuf_create,
} from './uapi.gen.ts'

/** include/linux/panic.h and include/linux/syslog.h; neither is exported to user space. */
const TAINT_TEST = 18n
const READ_ALL = 3

test('a buffer is zeroed and a whole number of pages long', async t => {
  const { sys } = t.context
  const buffer = await allocate(sys, { len: 5000n })
  t.regex(await sys.readText(`/proc/self/fdinfo/${buffer}`), /^size:\s*8192$/m)
  t.is(await digest(sys, `${buffer} 0 8192`), createHash('sha256').update(new Uint8Array(8192)).digest('hex'))
})

test('the heap taints the kernel and says why', async t => {
  const { sys } = t.context
  const taint = BigInt((await sys.readText('/proc/sys/kernel/tainted')).trim())
  t.is((taint >> TAINT_TEST) & 1n, 1n)

  await using log = await sys.alloc(256 * 1024)
  const length = await sys.syscall('syslog', READ_ALL, log, log.size)
  t.regex(Buffer.from(await log.read(0, length)).toString('latin1'), /securekey-test-heap: for tests only/)
})

test('/proc tells which heap a buffer is of', async t => {
  const { sys } = t.context
  const buffer = await allocate(sys)
  t.regex(await sys.readText(`/proc/self/fdinfo/${buffer}`), /^exp_name:\s*securekey_test_heap$/m)
})

const mappings: readonly [string, number, number][] = [
  ['shared, for reading', PROT_READ, MAP_SHARED],
  ['shared, for writing', PROT_WRITE, MAP_SHARED],
  ['shared, for nothing yet', PROT_NONE, MAP_SHARED],
  ['private', PROT_READ | PROT_WRITE, MAP_PRIVATE],
]

for (const [how, prot, flags] of mappings) {
  test(`mmap() ${how}: EINVAL`, async t => {
    const { sys } = t.context
    const fd = await allocate(sys)
    await t.throwsAsync(sys.mmap({ length: 4096, prot, flags, fd }), { code: 'EINVAL' })
  })
}

for (const [name, direction] of Object.entries({ DMA_BUF_SYNC_READ, DMA_BUF_SYNC_WRITE, DMA_BUF_SYNC_RW })) {
  test(`CPU access, ${name}: EPERM`, async t => {
    const { sys } = t.context
    const buffer = await allocate(sys)
    const start = dma_buf_sync.encode({ flags: DMA_BUF_SYNC_START | direction })
    await t.throwsAsync(sys.ioctl(buffer, DMA_BUF_IOCTL_SYNC, start), { code: 'EPERM' })
  })
}

const calls: Readonly<Record<string, (sys: Sys, buffer: number, file: number) => Promise<unknown>>> = {
  read: async (sys, buffer) => await sys.read(buffer, 16),
  write: async (sys, buffer) => await sys.write(buffer, new Uint8Array(16)),
  sendfile: async (sys, buffer, file) => await sys.syscall('sendfile', file, buffer, 0, 16),
  copy_file_range: async (sys, buffer, file) => await sys.syscall('copy_file_range', buffer, 0, file, 0, 16, 0),
}

for (const [name, call] of Object.entries(calls)) {
  test(`${name}(): EINVAL`, async t => {
    const { sys } = t.context
    const [buffer, file] = [await allocate(sys), await sys.memfd_create('file', 0)]
    await t.throwsAsync(call(sys, buffer, file), { code: 'EINVAL' })
  })
}

test('pread(): ESPIPE', async t => {
  const { sys } = t.context
  await t.throwsAsync(sys.pread(await allocate(sys), 16, 0), { code: 'ESPIPE' })
})

test('udmabuf makes no dma-buf of it that could be mapped: EBADFD', async t => {
  const { sys } = t.context
  const buffer = await allocate(sys)
  const udmabuf = await sys.open('/dev/udmabuf', O_RDWR)
  const request = udmabuf_create.encode({ memfd: buffer, size: 4096 })
  await t.throwsAsync(sys.ioctl(udmabuf, UDMABUF_CREATE, request), { code: 'EBADFD' })
})

test('a buffer can be passed on: another process has the same memory', async t => {
  const { sys } = t.context
  const buffer = await allocate(sys)
  await using child = await sys.process({})
  t.is(await digest(child, `${buffer} 0 4096`), await digest(sys, `${buffer} 0 4096`))
  await t.throwsAsync(child.mmap({ length: 4096, prot: PROT_READ, flags: MAP_SHARED, fd: buffer }), { code: 'EINVAL' })
})

test('a length of 0: EINVAL', async t => {
  await t.throwsAsync(allocate(t.context.sys, { len: 0n }), { code: 'EINVAL' })
})

test('a length beyond all memory: ENOMEM', async t => {
  await t.throwsAsync(allocate(t.context.sys, { len: 1n << 40n }), { code: 'ENOMEM' })
})

test('unknown flags: EINVAL', async t => {
  await t.throwsAsync(allocate(t.context.sys, { heap_flags: 1n }), { code: 'EINVAL' })
  await t.throwsAsync(allocate(t.context.sys, { fd_flags: 0x8000_0000 }), { code: 'EINVAL' })
})

test('an ordinary user cannot open the heap: EACCES', async t => {
  await using user = await t.context.sys.process(NOBODY)
  await t.throwsAsync(user.open('/dev/dma_heap/securekey-test', O_RDWR), { code: 'EACCES' })
})
