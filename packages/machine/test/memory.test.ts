import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import anyTest, { type ExecutionContext, type TestFn } from 'ava'
import { ramOf } from '../src/boards.ts'
import {
  type Accelerator,
  type Arch,
  boot,
  consoleSays,
  type Machine,
  MemoryBusy,
  MemoryInPieces,
  QmpFailed,
} from '../src/index.ts'
import { hasQemu, payload, temporary } from './helpers.ts'

const tcg: Accelerator = { kind: 'tcg', why: 'these tests are not about it' }
const MIB = 1 << 20

const qemus: Record<Arch, boolean> = { x86_64: await hasQemu('x86_64'), arm64: await hasQemu('arm64') }

const qemuTest = (
  arch: Arch,
  title: string,
  body: (t: ExecutionContext, machine: Machine) => Promise<void>,
  memory?: number,
): void => {
  const declare = (qemus[arch] ? anyTest.serial : anyTest.serial.skip) as TestFn
  declare(title, async t => {
    await using folder = await temporary()
    const spec = { arch, firmware: await payload(folder.path, arch), accelerator: tcg, ...(memory && { memory }) }
    const ready = consoleSays(/^kseries$/)
    await using machine = await boot(spec, { logDir: folder.path, bootDeadline: 60_000, ready })
    await body(t, machine)
  })
}

const status = async (machine: Machine): Promise<unknown> =>
  ((await machine.qmp.execute('query-status')) as { readonly status: unknown }).status

/** What a machine leaves in the file system while it is there. */
const folders = async () => (await readdir(tmpdir())).filter(name => name.startsWith(`kseries-vm-${process.pid}-`))

qemuTest('x86_64', 'all of it, without a gap, while the guest stands still; nothing is left', async (t, machine) => {
  let next = 0n
  for await (const { address, bytes } of machine.memory.pieces()) {
    t.is(address, next)
    // A page table that the firmware made: the processor marks what it has used.
    if (address === 0n) t.is(Buffer.from(bytes).readUInt32LE(0x1000) & ~0x60, 0x2003)
    t.is(await status(machine), 'paused')
    next += BigInt(bytes.length)
  }
  t.is(next, BigInt(256 * MIB))
  t.is(await status(machine), 'running')
  t.deepEqual(await folders(), [])
})

qemuTest('x86_64', 'who wants no more lets the guest go on', async (t, machine) => {
  for await (const { address } of machine.memory.pieces()) {
    t.is(address, 0n)
    break
  }
  t.is(await status(machine), 'running')
  t.deepEqual(await folders(), [])
})

qemuTest('x86_64', 'one at a time; the next one may begin when the first has ended', async (t, machine) => {
  for await (const _ of machine.memory.pieces()) {
    await t.throwsAsync(machine.memory.pieces().next(), { instanceOf: MemoryBusy })
    break
  }
  for await (const { bytes } of machine.memory.pieces()) t.true(bytes.length > 0)
})

qemuTest('x86_64', 'of a machine that has gone: QmpFailed, and nothing is left', async (t, machine) => {
  await machine.stop()
  await t.throwsAsync(machine.memory.pieces().next(), { instanceOf: QmpFailed })
  t.deepEqual(await folders(), [])
})

const DEVICE_TREE = 0xd00dfeed

qemuTest(
  'arm64',
  'that of a virt board begins at 1 GiB, with the device tree, and ends where it is told',
  async (t, machine) => {
    const sizes: number[] = []
    for await (const { address, bytes } of machine.memory.pieces()) {
      if (sizes.length === 0) {
        t.is(address, 1n << 30n)
        t.is(Buffer.from(bytes).readUInt32BE(0), DEVICE_TREE)
      }
      sizes.push(bytes.length)
    }
    t.deepEqual(sizes, [64 * MIB, 33 * MIB])
  },
  97,
)

anyTest('what is behind a hole is not left out without a word', async t => {
  t.deepEqual(ramOf({ arch: 'arm64', board: 'virt-secure', firmware: 'F' }), { base: 1 << 30, size: 1057 * MIB })
  t.deepEqual(ramOf({ arch: 'x86_64', board: 'q35', memory: 2048 }), { base: 0, size: 2048 * MIB })
  t.throws(() => ramOf({ arch: 'x86_64', memory: 2049 }), { instanceOf: MemoryInPieces })
})
