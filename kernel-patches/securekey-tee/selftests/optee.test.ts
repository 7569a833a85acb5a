/** The provider "optee" where there is OP-TEE with the trusted application: what it says of itself, and what only a test may do. */

import { createHash } from 'node:crypto'
import { NOBODY, type Sys, test } from '@kseries/kselftest-ts'
import { APPLICATION, onOptee } from './on-optee.ts'
import { DMA_HEAP_IOCTL_ALLOC, dma_heap_allocation_data, O_CLOEXEC, O_RDWR, O_WRONLY } from './uapi.gen.ts'

const FOLDER = '/sys/kernel/debug/securekey/optee'
const DRIVER = '/sys/bus/tee/drivers/securekey-tee'
/** include/linux/panic.h; not exported to user space. */
const TAINT_TEST = 18n

const NOTHING_IN_USE = 'keys 0\nbuffers 0\nrequests 0\n'

const zeroes = (length: number): string => createHash('sha256').update(new Uint8Array(length)).digest('hex')

const allocate = async (sys: Sys, heap: string, len = 4096): Promise<number> => {
  const request = dma_heap_allocation_data.encode({ len, fd_flags: O_RDWR | O_CLOEXEC })
  const { data } = await sys.program(p =>
    p.ioctl(p.open(`/dev/dma_heap/${heap}`, O_RDWR | O_CLOEXEC), DMA_HEAP_IOCTL_ALLOC, request),
  )
  return dma_heap_allocation_data.decode(data).fd
}

const PROTECTED = 'protected,secure-video'

const digest = async (sys: Sys, question: string): Promise<string> => {
  const answer = await sys.program(p => {
    const file = p.open(`${FOLDER}/digest`, O_RDWR | O_CLOEXEC)
    p.write(file, question)
    return p.read(file, 100)
  })
  return Buffer.from(answer).toString().trimEnd()
}

const write = async (sys: Sys, path: string, text: string): Promise<void> => {
  await sys.program(p => {
    const file = p.open(path, O_WRONLY)
    p.write(file, text)
    p.close(file)
  })
}

test('the driver is on the TEE bus', async t => {
  const { sys } = t.context
  t.true((await sys.readDir('/sys/bus/tee/drivers')).includes('securekey-tee'))
})

test('it has the application, and taints the kernel, since that is one for tests', async t => {
  const sys = await onOptee(t.context)
  t.true((await sys.readDir(DRIVER)).includes(APPLICATION))
  const taint = BigInt((await sys.readText('/proc/sys/kernel/tainted')).trim())
  t.is((taint >> TAINT_TEST) & 1n, 1n)
})

test('its debugfs folder, and that nothing is in use', async t => {
  const sys = await onOptee(t.context)
  const files = ['calls', 'delay_ms', 'digest', 'in_use', 'key_depth', 'panic', 'panic_now', 'present', 'timeout_ms']
  t.deepEqual((await sys.readDir(FOLDER)).toSorted(), files)
  t.is(await sys.readText(`${FOLDER}/in_use`), NOTHING_IN_USE)
  for (const knob of ['delay_ms', 'key_depth', 'panic', 'timeout_ms'])
    t.is((await sys.readText(`${FOLDER}/${knob}`)).trim(), '0', knob)
})

test('digest: SHA-256 of any range of protected memory', async t => {
  const sys = await onOptee(t.context)
  const buffer = await allocate(sys, PROTECTED)
  const whole = await digest(sys, `${buffer} 0 4096`)
  t.regex(whole, /^[0-9a-f]{64}$/)
  t.is(await digest(sys, `${buffer} 0 4096`), whole)
  t.is(await digest(sys, `${buffer} 0 0`), zeroes(0))
  t.is(await digest(sys, `${buffer} 4096 0`), zeroes(0))
  t.regex(await digest(sys, `${buffer} 4095 1`), /^[0-9a-f]{64}$/)
})

const questions: readonly [string, string, (buffer: number) => string][] = [
  ['a descriptor that is not open', 'EBADF', () => '999 0 16'],
  ['a range that ends behind the buffer', 'EINVAL', buffer => `${buffer} 4095 2`],
  ['a range that overflows', 'EINVAL', buffer => `${buffer} 18446744073709551615 2`],
  ['too few numbers', 'EINVAL', buffer => `${buffer} 0`],
  ['no numbers', 'EINVAL', () => 'all of it'],
]

for (const [what, code, question] of questions) {
  test(`digest, ${what}: ${code}`, async t => {
    const sys = await onOptee(t.context)
    const buffer = await allocate(sys, PROTECTED)
    await t.throwsAsync(digest(sys, question(buffer)), { code })
  })
}

for (const heap of ['system', 'securekey-test']) {
  test(`digest of a buffer of the heap ${heap}: EINVAL`, async t => {
    const sys = await onOptee(t.context)
    await t.throwsAsync(digest(sys, `${await allocate(sys, heap)} 0 16`), { code: 'EINVAL' })
  })
}

test('digest before anything was asked: ENODATA', async t => {
  const sys = await onOptee(t.context)
  await t.throwsAsync(sys.read(await sys.open(`${FOLDER}/digest`, O_RDWR), 64), { code: 'ENODATA' })
})

test('the application dies, and the next one answers', async t => {
  const sys = await onOptee(t.context)
  const buffer = await allocate(sys, PROTECTED)
  const whole = await digest(sys, `${buffer} 0 4096`)
  t.context.expects({ kind: 'ta-panic', title: /0x7e57 \(9d9d3e0b-/ })
  await write(sys, `${FOLDER}/panic_now`, '1')
  t.is(await digest(sys, `${buffer} 0 4096`), whole)
})

test('the provider leaves and comes back', async t => {
  const sys = await onOptee(t.context)
  await write(sys, `${FOLDER}/present`, '0')
  t.is((await sys.readText(`${FOLDER}/present`)).trim(), '0')
  await write(sys, `${FOLDER}/present`, '1')
  t.is((await sys.readText(`${FOLDER}/present`)).trim(), '1')
})

test('its driver is unbound and bound', async t => {
  const sys = await onOptee(t.context)
  await write(sys, `${DRIVER}/unbind`, APPLICATION)
  t.false((await sys.readDir(DRIVER)).includes(APPLICATION))
  t.false((await sys.readDir('/sys/kernel/debug/securekey')).includes('optee'))
  await write(sys, `${DRIVER}/bind`, APPLICATION)
  t.is(await sys.readText(`${FOLDER}/in_use`), NOTHING_IN_USE)
})

test('an ordinary user sees nothing of it: EACCES', async t => {
  const sys = await onOptee(t.context)
  await using user = await sys.process(NOBODY)
  await t.throwsAsync(user.open(`${FOLDER}/digest`, O_RDWR), { code: 'EACCES' })
})
