/** The provider "soft": that it is there, says what it is, and lets tests look inside. */

import { createHash } from 'node:crypto'
import { NOBODY, test } from '@kseries/kselftest-ts'
import { allocate, DIGEST, digest } from './heap.ts'
import { O_RDWR } from './uapi.gen.ts'

const FOLDER = '/sys/kernel/debug/securekey/soft'
/** include/linux/panic.h; not exported to user space. */
const TAINT_TEST = 18n

const zeroes = (length: number): string => createHash('sha256').update(new Uint8Array(length)).digest('hex')

test('it taints the kernel and says why', async t => {
  const { sys } = t.context
  const taint = BigInt((await sys.readText('/proc/sys/kernel/tainted')).trim())
  t.is((taint >> TAINT_TEST) & 1n, 1n)
})

test('it is a device of its own', async t => {
  const { sys } = t.context
  t.true((await sys.readDir('/sys/bus/faux/devices')).includes('securekey-soft'))
})

test('its debugfs folder', async t => {
  const { sys } = t.context
  const files = await sys.readDir(FOLDER)
  const knobs = ['delay_ms', 'fail', 'fail_times', 'hang', 'key_depth', 'key_slots', 'present', 'refuse', 'timeout_ms']
  const some = files.filter(file => file !== 'wrong_tag')
  t.deepEqual(some.toSorted(), [...knobs, 'digest', 'in_use'].toSorted())
})

test('with nobody about nothing is in use, nothing is made to fail', async t => {
  const { sys } = t.context
  t.is(await sys.readText(`${FOLDER}/in_use`), 'keys 0\nbuffers 0\nrequests 0\n')
  const knobs = (await sys.readDir(FOLDER)).filter(file => file !== 'digest' && file !== 'in_use')
  for (const knob of knobs) t.is((await sys.readText(`${FOLDER}/${knob}`)).trim(), knob === 'present' ? '1' : '0', knob)
})

for (const [knob, least] of [
  ['present', 2],
  ['hang', 2],
  ['fail', 4096],
  ['refuse', 4096],
  ['key_slots', 0x8000_0000],
  ['delay_ms', 0x1_0000_0000],
  ['fail_times', 0x1_0000_0000],
  ['timeout_ms', 0x1_0000_0000],
  ['key_depth', 0x1_0000_0000],
] as const) {
  test(`${knob} is no more than ${least - 1}: EINVAL`, async t => {
    const { sys } = t.context
    const file = await sys.open(`${FOLDER}/${knob}`, O_RDWR)
    await t.throwsAsync(sys.write(file, `${least}`), { code: 'EINVAL' })
  })
}

test('digest: SHA-256 of any range of a buffer', async t => {
  const { sys } = t.context
  const buffer = await allocate(sys)
  for (const [offset, length] of [
    [0, 4096],
    [0, 0],
    [1, 1],
    [4095, 1],
    [4096, 0],
    [17, 1000],
  ] as const)
    t.is(await digest(sys, `${buffer} ${offset} ${length}`), zeroes(length), `${length} bytes at ${offset}`)
})

test('digest: two that are open do not mix', async t => {
  const { sys } = t.context
  const buffer = await allocate(sys)
  const answers = await sys.program(p => {
    const [one, two] = [p.open(DIGEST, O_RDWR), p.open(DIGEST, O_RDWR)]
    p.write(one, `${buffer} 0 16`)
    p.write(two, `${buffer} 0 32`)
    return [p.read(one, 64), p.read(two, 64)]
  })
  t.deepEqual(
    answers.map(answer => Buffer.from(answer).toString()),
    [zeroes(16), zeroes(32)],
  )
})

const questions: readonly [string, string, (buffer: number) => string][] = [
  ['a descriptor that is not open', 'EBADF', () => '999 0 16'],
  ['a range that ends behind the buffer', 'EINVAL', buffer => `${buffer} 4095 2`],
  ['a range that overflows', 'EINVAL', buffer => `${buffer} 18446744073709551615 2`],
  ['too few numbers', 'EINVAL', buffer => `${buffer} 0`],
  ['too many numbers', 'EINVAL', buffer => `${buffer} 0 16 1`],
  ['no numbers', 'EINVAL', () => 'all of it'],
  ['a question that is too long', 'EINVAL', buffer => `${buffer} 0 ${'0'.repeat(70)}`],
]

for (const [what, code, question] of questions) {
  test(`digest, ${what}: ${code}`, async t => {
    const { sys } = t.context
    const buffer = await allocate(sys)
    await t.throwsAsync(digest(sys, question(buffer)), { code })
  })
}

test('digest of what is no dma-buf, or of another heap: EINVAL', async t => {
  const { sys } = t.context
  await t.throwsAsync(digest(sys, `${await sys.open('/dev/null', O_RDWR)} 0 16`), { code: 'EINVAL' })
  await t.throwsAsync(digest(sys, `${await allocate(sys, {}, 'system')} 0 16`), { code: 'EINVAL' })
})

test('digest before anything was asked: ENODATA', async t => {
  const { sys } = t.context
  await t.throwsAsync(sys.read(await sys.open(DIGEST, O_RDWR), 64), { code: 'ENODATA' })
})

test('an ordinary user sees nothing of it: EACCES', async t => {
  await using user = await t.context.sys.process(NOBODY)
  await t.throwsAsync(user.open(DIGEST, O_RDWR), { code: 'EACCES' })
})
