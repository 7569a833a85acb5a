import { execFile } from 'node:child_process'
import { readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { DiskFull, Interrupted } from '@kseries/host'
import anyTest, { type TestFn } from 'ava'
import {
  type Accelerator,
  BootFailed,
  BootFileMissing,
  boot,
  ChannelMissing,
  ConsoleClosed,
  consoleSays,
  describe,
  exitVerdict,
  QemuStartFailed,
} from '../src/index.ts'
import { alive, gone, hasQemu, payload, qemuPid, temporary } from './helpers.ts'

// Machines that run the probe's few bytes as firmware: no kernel is needed to see them live and die.
// One after another: several busy QEMUs would make each other late.
const test = ((await hasQemu('x86_64')) ? anyTest.serial : anyTest.serial.skip) as TestFn
const tcg: Accelerator = { kind: 'tcg', why: 'these tests are not about it' }
const greets = consoleSays(/^kseries$/)
const ourFolders = async () => (await readdir(tmpdir())).filter(name => name.startsWith(`kseries-vm-${process.pid}-`))

// Waits until the UART takes a byte: 1: mov dx,0x3fd; in al,dx; test al,0x20; jz 1b; mov dx,0x3f8
const untilReady = 'bafd03eca82074fbbaf803'

// Real-mode firmware that prints so many lines of 63 "~", then "end".
const chatter = (lines: number): Uint8Array => {
  const count = Buffer.alloc(4)
  count.writeUInt32LE(lines)
  const rom = Buffer.alloc(0x1_0000)
  rom.write(
    [
      `66b9${count.toString('hex')}`, //    mov ecx,lines
      'be0001b340', //                   1: mov si,0x100; mov bl,64
      untilReady, //                        2:
      '2eaceefecb75', //                    cs lodsb; out dx,al; dec bl; jnz 2b
      'ee664975e5', //                      dec ecx; jnz 1b
      ...[...'end\n'].map(char => `${untilReady}b0${Buffer.from(char).toString('hex')}ee`),
      'f4ebfd', //                       3: hlt; jmp 3b
    ].join(''),
    'hex',
  )
  rom.write(`${'~'.repeat(63)}\n`, 0x100)
  rom.set([0xea, 0x00, 0x00, 0x00, 0xf0], 0xfff0)
  return rom
}

test.after.always('the sockets are gone from the file system', async t => {
  t.deepEqual(await ourFolders(), [])
})

test('boots, talks both ways on the console, logs it, and stops', async t => {
  await using folder = await temporary()
  const spec = { arch: 'x86_64', firmware: await payload(folder.path), accelerator: tcg, sharedConsole: true } as const
  const machine = await boot(spec, { logDir: folder.path, ready: greets })
  const pid = await qemuPid(machine.pid)
  t.true(alive(pid))
  const channel = machine.channel('console')
  await channel.write(Buffer.from('?'))
  let bytes = Buffer.alloc(0)
  for await (const chunk of channel.readable) {
    bytes = Buffer.concat([bytes, chunk])
    if (bytes.length >= 16) break
  }
  t.is(bytes.toString('latin1', 0, 8), 'kseries\n')
  t.true(bytes.readBigUInt64LE(8) > 0n)
  t.throws(() => machine.channel('agent'), { instanceOf: ChannelMissing, message: /which are console/ })
  t.deepEqual(await machine.qmp.execute('query-status'), { status: 'running', singlestep: false, running: true })
  await t.throwsAsync(machine.qmp.execute('no-such'), { message: /The command no-such has not been found/ })

  t.deepEqual(await machine.stop(), { kind: 'stopped' })
  t.true(await gone(pid))
  t.true((await readFile(machine.console.logPath, 'utf8')).startsWith('    '))
  t.regex(await readFile(machine.console.logPath, 'utf8'), /^ +\d+\.\d{3} kseries\n/)
  t.deepEqual(await readFile(machine.console.rawPath), bytes)
  t.deepEqual(await machine.stop(), { kind: 'stopped' }, 'stopping again is harmless')
  await t.throwsAsync(machine.console.write('late'), { instanceOf: ConsoleClosed })
  await t.throwsAsync(machine.qmp.execute('query-status'), { message: /closed/ })
})

test('QEMU killed from outside: an infra verdict that names the signal and the last lines', async t => {
  await using folder = await temporary()
  const spec = { arch: 'x86_64', firmware: await payload(folder.path), accelerator: tcg } as const
  const booting = boot(spec, {
    logDir: folder.path,
    ready: async (machine, signal) => {
      await greets(machine, signal)
      process.kill(await qemuPid(machine.pid), 'SIGKILL')
      await new Promise(() => {})
    },
  })
  const error = await t.throwsAsync(booting, { instanceOf: BootFailed })
  t.deepEqual(error?.verdict, { kind: 'infra', message: 'QEMU was killed by SIGKILL', lastLines: ['kseries'] })
  t.is(error?.exitCode, 4)
  await using machine = await boot(spec, { logDir: folder.path, ready: greets })
  process.kill(await qemuPid(machine.pid), 'SIGTERM')
  t.deepEqual(await machine.exited, { kind: 'killed', signal: 'SIGTERM' })
  t.true(machine.ended)
})

test('a guest that never gets ready is a boot-timeout, and nothing is left', async t => {
  await using folder = await temporary()
  const spec = { arch: 'x86_64', firmware: await payload(folder.path), accelerator: tcg } as const
  let pid = 0
  const booting = boot(spec, {
    logDir: folder.path,
    bootDeadline: 30_000,
    ready: async (machine, signal) => {
      pid = await qemuPid(machine.pid)
      await greets(machine, signal)
      await consoleSays(/never said/)(machine, signal)
    },
  })
  const error = await t.throwsAsync(booting, { instanceOf: BootFailed })
  t.deepEqual(error?.verdict, { kind: 'boot-timeout', seconds: 30, lastLines: ['kseries'] })
  t.is(error?.exitCode, 1)
  t.true(await gone(pid))
})

test('a guest that prints as fast as it can: nothing is lost', async t => {
  await using folder = await temporary()
  const firmware = join(folder.path, 'chatter')
  const lines = 2000
  await writeFile(firmware, chatter(lines))
  await using machine = await boot(
    { arch: 'x86_64', firmware, accelerator: tcg },
    { logDir: folder.path, bootDeadline: 100_000, ready: consoleSays(/^end$/) },
  )
  await machine.stop()
  const raw = await readFile(machine.console.rawPath, 'latin1')
  t.true(raw === `${`${'~'.repeat(63)}\n`.repeat(lines)}end\n`)
  const log = (await readFile(machine.console.logPath, 'utf8')).trimEnd().split('\n')
  t.is(log.length, lines + 1)
  t.true(log.every(line => /^ *\d+\.\d{3} (?:~{63}|end)$/.test(line)))
})

test('an abort ends the boot and the machine', async t => {
  await using folder = await temporary()
  const spec = { arch: 'x86_64', firmware: await payload(folder.path), accelerator: tcg } as const
  const abort = new AbortController()
  let pid = 0
  const booting = boot(spec, {
    logDir: folder.path,
    signal: abort.signal,
    ready: async (machine, signal) => {
      pid = await qemuPid(machine.pid)
      abort.abort()
      await consoleSays(/never said/)(machine, signal)
    },
  })
  await t.throwsAsync(booting, { instanceOf: Interrupted })
  t.true(await gone(pid))
  await t.throwsAsync(boot(spec, { logDir: folder.path, signal: abort.signal }), { instanceOf: Interrupted })
})

test('an error of the caller while waiting comes out as it is, and the machine is stopped', async t => {
  await using folder = await temporary()
  const spec = { arch: 'x86_64', firmware: await payload(folder.path), accelerator: tcg } as const
  let pid = 0
  const ready = async (machine: { readonly pid: number }) => {
    pid = await qemuPid(machine.pid)
    throw new RangeError('mine')
  }
  await t.throwsAsync(boot(spec, { logDir: folder.path, ready }), { instanceOf: RangeError, message: 'mine' })
  t.true(await gone(pid))
})

test('a full disk ends the boot, by its name', async t => {
  await using folder = await temporary()
  await symlink('/dev/full', join(folder.path, 'console.log'))
  const spec = { arch: 'x86_64', firmware: await payload(folder.path), accelerator: tcg } as const
  let pid = 0
  const ready = async (machine: { readonly pid: number }) => {
    pid = await qemuPid(machine.pid)
    await new Promise(() => {})
  }
  const booting = boot(spec, { logDir: folder.path, ready, bootDeadline: 20_000 })
  await t.throwsAsync(booting, { instanceOf: DiskFull })
  t.true(await gone(pid))
  const machine = await boot(spec, { logDir: folder.path })
  const exit = await machine.exited
  t.is(exit.kind, 'console-lost')
  t.regex(describe(exitVerdict(exit, [], [])), /no space left on the device/)
})

test('what QEMU refuses is shown', async t => {
  await using folder = await temporary()
  const firmware = await payload(folder.path)
  const spec = { arch: 'x86_64', firmware, accelerator: tcg, extraArgs: ['-device', 'no-such-device'] } as const
  const error = await t.throwsAsync(boot(spec, { logDir: folder.path }), { instanceOf: QemuStartFailed })
  t.regex(error?.message ?? '', /exited with 1:\n.*'no-such-device' is not a valid device/s)
  const missing = boot({ arch: 'x86_64', image: '/no/kernel', accelerator: tcg }, { logDir: folder.path })
  t.is((await t.throwsAsync(missing, { instanceOf: BootFileMissing }))?.path, '/no/kernel')
})

for (const [how, end] of [
  ['kill -9', 'SIGKILL'],
  ['Ctrl-C', 'SIGINT'],
  ['a SIGTERM', 'SIGTERM'],
  ['a crash', undefined],
] as const) {
  test(`${how} of the process that booted leaves nothing running`, async t => {
    await using folder = await temporary()
    const options = { logDir: folder.path }
    const program = `
      import { boot, consoleSays } from ${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)}
      const machine = await boot(${JSON.stringify({ arch: 'x86_64', firmware: await payload(folder.path), accelerator: tcg })},
        { ...${JSON.stringify(options)}, ready: consoleSays(/^kseries$/) })
      console.log(machine.pid)
      process.stdin.once('data', () => { throw new Error('a crash') })`
    const parent = execFile(process.execPath, ['--input-type=module', '-e', program])
    const leader = await new Promise<number>(resolve => parent.stdout?.once('data', data => resolve(Number(data))))
    const pid = await qemuPid(leader)
    t.true(alive(pid))
    if (end === undefined) parent.stdin?.write('x\n')
    else parent.kill(end)
    t.true(await gone(pid))
    t.true(await gone(leader))
    const left = async () => (await readdir(tmpdir())).filter(name => name.startsWith(`kseries-vm-${parent.pid}-`))
    for (let i = 0; i < 500 && (await left()).length > 0; i++) await delay(20)
    t.deepEqual(await left(), [])
  })
}
