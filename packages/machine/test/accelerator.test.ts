import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Progress } from '@kseries/host'
import anyTest, { type TestFn } from 'ava'
import { proveAccelerator, QemuMissing } from '../src/index.ts'
import { probe } from '../src/probe.ts'
import { fakeProgram, hasQemu, temporary } from './helpers.ts'

const test = anyTest.serial as TestFn
const realQemu = ((await hasQemu('x86_64')) ? anyTest.serial : anyTest.serial.skip) as TestFn
const realQemuArm = ((await hasQemu('arm64')) ? anyTest.serial : anyTest.serial.skip) as TestFn

const path = process.env['PATH']
const cache = process.env['KSERIES_CACHE']
test.afterEach.always(() => {
  process.env['PATH'] = path
  if (cache === undefined) delete process.env['KSERIES_CACHE']
  else process.env['KSERIES_CACHE'] = cache
})

realQemu('TCG runs the probe, and the measured counter agrees with a second measurement', async t => {
  const first = await probe('x86_64', 'tcg', { deadline: 20_000 })
  const second = await probe('x86_64', 'tcg', { deadline: 20_000 })
  if (first.kind !== 'works' || second.kind !== 'works') return t.fail(JSON.stringify([first, second]))
  t.log(`${first.tscKhz} kHz, ${second.tscKhz} kHz`)
  t.true(Math.abs(first.tscKhz / second.tscKhz - 1) < 0.02)
  t.true(first.tscKhz > 100_000)
})

realQemuArm('the probe of arm64 runs too: its counter ticks at 62.5 MHz in QEMU 7, at 1 GHz from 9 on', async t => {
  const result = await probe('arm64', 'tcg', { deadline: 20_000 })
  if (result.kind !== 'works') return t.fail(result.what)
  t.true(
    [62_500, 1_000_000].some(nominal => Math.abs(result.tscKhz / nominal - 1) < 0.02),
    `${result.tscKhz} kHz`,
  )
})

realQemu('the answer here is one that boots, comes with a line of why, and is remembered', async t => {
  await using folder = await temporary()
  process.env['KSERIES_CACHE'] = folder.path
  const notes: Progress[] = []
  const answer = await proveAccelerator('x86_64', { report: note => notes.push(note) })
  t.log(`${answer.kind}: ${answer.why}`)
  t.is(answer.why.split('\n').length, 1)
  t.true(answer.why.length > 0)
  t.is(notes.length, 1)
  t.deepEqual(await proveAccelerator('x86_64', { report: note => notes.push(note) }), answer)
  t.is(notes.length, 1, 'said once')
})

// A QEMU that connects its UART and then says what it is told to.
const script = (action: string) => `#!${process.execPath}
const path = /path=([^,]+)/.exec(process.argv.join(' '))[1]
const socket = require('node:net').connect(path, () => { ${action} })
socket.on('error', () => {})
`
// Those that answer have long to do so on a busy host; the others are waited for as long as told.
const broken = [
  ['connects and stays silent', script(''), /^starts, but its guest did not run in 0\.5 s$/, 500],
  ['never connects', '#!/bin/sh\nexec sleep 60\n', /^did nothing in 0\.5 s$/, 500],
  ['says something else', script("socket.write('SeaBIOS.')"), /^ran a guest wrongly$/, 30_000],
  ['crawls', script("socket.write('kseries\\n')"), /^runs a guest, but far too slowly.* in 5 s$/, 5000],
  [
    'aborts',
    '#!/bin/sh\necho "qemu: warning: odd" >&2\necho "qemu: error: failed to set MSR 0x10a" >&2\necho Aborted >&2\nexit 134\n',
    /^ended with 134: qemu: error: failed to set MSR 0x10a$/,
    30_000,
  ],
  ['breaks off', script("socket.end('kser', () => process.exit(3))"), /^ended with 3$/, 30_000],
] as const
for (const [what, text, expected, deadline] of broken) {
  test(`a QEMU that ${what} is broken, and said to be`, async t => {
    await using folder = await temporary()
    await fakeProgram(folder.path, 'qemu-system-x86_64', text)
    process.env['PATH'] = `${folder.path}:${path}`
    const startDeadline = what === 'never connects' ? deadline : 30_000
    const result = await probe('x86_64', 'kvm', { startDeadline, deadline })
    if (result.kind === 'works') return t.fail()
    t.regex(result.what, expected)
  })
}

test('an answer that may be due to a busy host is believed for an hour, others until the host boots again', async t => {
  await using folder = await temporary()
  // Under KVM it starts and is silent; under TCG it fails.
  await fakeProgram(folder.path, 'qemu-system-x86_64', script("if (!process.argv.includes('kvm')) process.exit(3)"))
  process.env['PATH'] = `${folder.path}:${path}`
  process.env['KSERIES_CACHE'] = folder.path
  const first = await proveAccelerator('x86_64')
  const [name] = await readdir(join(folder.path, 'accelerators'))
  const file = join(folder.path, 'accelerators', name ?? '')
  const { until } = JSON.parse(await readFile(file, 'utf8'))
  if (first.why.startsWith('KVM starts, but'))
    t.true(Math.abs(until - Date.now() - 3_600_000) < 600_000, 'KVM was late')
  else t.is(until, undefined, 'nothing was late')
  t.false('until' in first)

  const keep = async (left?: number) => {
    const kept = { kind: 'tcg', why: 'the cache', ...(left !== undefined && { until: Date.now() + left }) }
    await writeFile(file, JSON.stringify(kept))
    return (await proveAccelerator('x86_64')).why
  }
  t.is(await keep(), 'the cache')
  t.is(await keep(600_000), 'the cache')
  t.is(await keep(-1), first.why)
  t.is(await keep(7_200_000), first.why)
})

test('no QEMU at all: the Debian package is named', async t => {
  await using folder = await temporary()
  await using bin = await temporary()
  for (const name of ['setpriv', 'sh', 'flock', 'sleep', 'dpkg-query']) {
    await fakeProgram(bin.path, name, `#!/bin/sh\nexec /usr/bin/${name} "$@"\n`)
  }
  process.env['PATH'] = bin.path
  process.env['KSERIES_CACHE'] = folder.path
  const error = await t.throwsAsync(proveAccelerator('x86_64'), { instanceOf: QemuMissing })
  t.is(error?.debianPackage, 'qemu-system-x86')
  t.regex(error?.hint ?? '', /apt-get install .*qemu-system-x86/)
  await delay(0)
})
