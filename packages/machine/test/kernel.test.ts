import { readFile } from 'node:fs/promises'
import anyTest, { type ExecutionContext, type TestFn } from 'ava'
import {
  type Arch,
  type Board,
  BootFailed,
  boot,
  consoleSays,
  type Machine,
  reset,
  say,
  type TinyStep,
} from '../src/index.ts'
import { hasQemu, kernelImage, temporary, withInit } from './helpers.ts'

// Real kernels, real boots; one after another, for each takes a processor.
const images: Record<Arch, string | undefined> = {
  x86_64: await kernelImage('x86_64'),
  arm64: await kernelImage('arm64'),
}
const qemus: Record<Arch, boolean> = { x86_64: await hasQemu('x86_64'), arm64: await hasQemu('arm64') }
const boards: readonly (readonly [Board, Arch])[] = [
  ['microvm', 'x86_64'],
  ['q35', 'x86_64'],
  ['virt', 'arm64'],
]
const kernelTest = (arch: Arch, title: string, body: (t: ExecutionContext, image: string) => Promise<void>) => {
  const image = images[arch]
  if (!qemus[arch]) anyTest.skip(`${title} (no QEMU for ${arch} here)`, () => {})
  else if (image === undefined) anyTest.skip(`${title} (no ${arch} kernel was built yet)`, () => {})
  else (anyTest.serial as TestFn)(title, t => body(t, image))
}
// A machine is in nobody's way for longer than a slow one needs.
const bootDeadline = 90_000

const mountDev: TinyStep = { call: 'mount', args: ['dev', '/dev', 'devtmpfs', 0, 0] }
const copyFrom = (source: TinyStep[], descriptor: number | { readonly from: 'kept' }): readonly TinyStep[] => [
  ...source,
  {
    repeat: [
      { call: 'read', args: [descriptor, { from: 'buffer' }, 4096] },
      { call: 'write', args: [descriptor, { from: 'buffer' }, { from: 'last' }] },
    ],
  },
]
/** Opens the port as soon as the driver has it, and sends back what comes. */
const echo = copyFrom(
  [
    mountDev,
    { untilOk: [{ call: 'openat', args: [0, '/dev/vport0p1', 2, 0] }] },
    { keep: 'last' },
    say('echo: ready\n'),
  ],
  { from: 'kept' },
)

const since = (machine: Machine) => `${((performance.now() - machine.poweredOnAt) / 1000).toFixed(2)} s`

for (const [board, arch] of boards) {
  for (const cpus of [1, 2]) {
    kernelTest(
      arch,
      `${board}, ${cpus} CPU: a guest speaks on the console and over the agent's channel`,
      async (t, image) => {
        await using folder = await temporary()
        await using machine = await boot(
          { arch, board, image, cpus, initramfs: withInit(arch, echo) },
          { logDir: folder.path, bootDeadline, ready: consoleSays(/^echo: ready$/) },
        )
        t.log(since(machine))
        const channel = machine.channel('agent')
        const all = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i * 7))
        const sent = (async () => {
          for (let at = 0; at < all.length; at += 5000) await channel.write(all.subarray(at, at + 5000))
        })()
        let back = Buffer.alloc(0)
        for await (const chunk of channel.readable) {
          back = Buffer.concat([back, chunk])
          if (back.length >= all.length) break
        }
        await sent
        t.deepEqual(back, all)
        t.deepEqual(machine.console.findings, [])
      },
    )
  }

  kernelTest(arch, `${board}: a guest that resets ends the machine`, async (t, image) => {
    await using folder = await temporary()
    const spec = { arch, board, image, initramfs: withInit(arch, [say('going\n'), reset]) }
    await using machine = await boot(spec, { logDir: folder.path })
    t.deepEqual(await machine.exited, { kind: 'reset' })
    t.log(since(machine))
    const log = await readFile(machine.console.logPath, 'utf8')
    t.regex(log, /^ +\d+\.\d{3} \[ +\d+\.\d{6}\].*Linux version /m)
    t.regex(log, /^ +\d+\.\d{3} going$/m)
  })

  kernelTest(arch, `${board}: a panic at boot is told from everything else`, async (t, image) => {
    await using folder = await temporary()
    for (const [init, title] of [
      [[say('bye\n'), { call: 'exit', args: [3] }], /Attempted to kill init! exitcode=0x00000300/],
      // without block devices the kernel does not look for a root
      [undefined, /VFS: Unable to mount root fs|No working init found/],
    ] as const) {
      const spec = { arch, board, image, ...(init && { initramfs: withInit(arch, init) }) }
      const booting = boot(spec, { logDir: folder.path, bootDeadline, ready: consoleSays(/^never$/) })
      const verdict = (await t.throwsAsync(booting, { instanceOf: BootFailed }))?.verdict
      if (verdict?.kind !== 'panic') return t.fail(JSON.stringify(verdict))
      t.regex(verdict.finding.title, title)
      t.regex(verdict.finding.text, /Call [Tt]race:/)
    }
  })
}

kernelTest('x86_64', 'a panic that does not reset is not waited out', async (t, image) => {
  await using folder = await temporary()
  const booting = boot(
    { arch: 'x86_64', image, cmdline: 'panic=0' },
    { logDir: folder.path, bootDeadline: 600_000, ready: consoleSays(/^never$/) },
  )
  const error = await t.throwsAsync(booting, { instanceOf: BootFailed })
  t.is(error?.verdict.kind, 'panic')
})

kernelTest(
  'x86_64',
  'a guest that hangs before it speaks: boot-timeout, with the last console lines',
  async (t, image) => {
    await using folder = await temporary()
    const hang: TinyStep = { repeat: [{ call: 'sched_yield', args: [] }] }
    const booting = boot(
      { arch: 'x86_64', image, initramfs: withInit('x86_64', [hang]) },
      { logDir: folder.path, bootDeadline: 15_000, ready: consoleSays(/^agent: ready$/) },
    )
    const verdict = (await t.throwsAsync(booting, { instanceOf: BootFailed }))?.verdict
    if (verdict?.kind !== 'boot-timeout') return t.fail(JSON.stringify(verdict))
    t.is(verdict.seconds, 15)
    t.regex(verdict.lastLines.join('\n'), /\[ +\d+\.\d{6}\] /)
  },
)

kernelTest('x86_64', 'kernel messages stay whole however busy we are', async (t, image) => {
  await using folder = await temporary()
  const text = 'a message that must be whole: 0123456789 abcdefghijklmnopqrstuvwxyz'
  const count = 500
  const init = withInit('x86_64', [
    mountDev,
    { call: 'openat', args: [0, '/dev/kmsg', 1, 0] },
    { keep: 'last' },
    { repeat: [{ call: 'write', args: [{ from: 'kept' }, Buffer.from(text), text.length] }], count },
    reset,
  ])
  const spec = { arch: 'x86_64', image, initramfs: init, cmdline: 'printk.devkmsg=on' } as const
  await using machine = await boot(spec, { logDir: folder.path })
  // Nobody reads for a while, again and again.
  const busy = setInterval(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400), 10)
  t.deepEqual(await machine.exited, { kind: 'reset' })
  clearInterval(busy)
  const lines = (await readFile(machine.console.logPath, 'utf8')).split('\n')
  const whole = /^ *\d+\.\d{3} \[ *\d+\.\d{6}\] /
  t.is(lines.filter(line => whole.test(line) && line.endsWith(`] ${text}`)).length, count)
  t.deepEqual(
    lines.filter(line => line !== '' && !whole.test(line)),
    [],
  )
})

kernelTest('x86_64', 'a shared console goes both ways', async (t, image) => {
  await using folder = await temporary()
  const init = withInit('x86_64', copyFrom([say('type\n')], 0))
  await using machine = await boot(
    { arch: 'x86_64', image, initramfs: init, sharedConsole: true },
    { logDir: folder.path, bootDeadline, ready: consoleSays(/^type$/) },
  )
  await machine.channel('console').write(Buffer.from('ping\n'))
  // Once by the tty's echo, once by the program.
  let text = ''
  for await (const chunk of machine.channel('console').readable) {
    text += Buffer.from(chunk).toString('latin1')
    if (text.endsWith('ping\r\nping\r\n')) break
  }
  t.regex(text, /Linux version .*type\r\n/s)
})
