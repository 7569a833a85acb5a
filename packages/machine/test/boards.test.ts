import test from 'ava'
import { qemuCommand, type Wiring } from '../src/boards.ts'
import {
  type Accelerator,
  acceleratorFor,
  BoardUnfit,
  boardsOf,
  defaultBoard,
  FirmwareNotGiven,
  type MachineSpec,
} from '../src/index.ts'

const wiring: Wiring = {
  initramfs: '/r/initramfs',
  qmp: { id: 'qmp', path: '/r/qmp' },
  console: '/r/a,b',
  ports: [{ id: 'port0', path: '/r/port0', name: 'agent' }],
}
const tcg: Accelerator = { kind: 'tcg', tscKhz: 2_000_000, why: '' }
const args = (spec: MachineSpec, accelerator = tcg) => qemuCommand(spec, accelerator, wiring).args.join(' ')

test('each board has its machine, console and virtio bus', t => {
  const microvm = args({ arch: 'x86_64', image: 'K' })
  t.regex(microvm, /-machine microvm,acpi=off /)
  t.regex(microvm, /-device virtio-serial-device .*-device virtserialport,chardev=port0,name=agent/)
  t.regex(microvm, /-kernel K -append console=ttyS0 reboot=t tsc_early_khz=2000000 panic=-1/)
  t.regex(args({ arch: 'x86_64', board: 'q35', image: 'K' }), /-machine q35 .*-device virtio-serial-pci /)
  const virt = qemuCommand({ arch: 'arm64', image: 'K', cmdline: 'a=b' }, tcg, wiring)
  t.is(virt.program, 'qemu-system-aarch64')
  t.is(virt.debianPackage, 'qemu-system-arm')
  t.regex(virt.args.join(' '), /-machine virt.*console=ttyAMA0 panic=-1 .*a=b/)
})

test('what the spec says goes in', t => {
  const line = args({ arch: 'x86_64', image: 'K', cpus: 2, memory: 512, firmware: 'F', extraArgs: ['-device', 'x'] })
  t.regex(line, /-m 512 -smp 2 .*-bios F .*-device x$/)
  t.regex(line, /path=\/r\/a,,b /, 'a comma is doubled')
  t.regex(args({ arch: 'x86_64', image: 'K' }, { kind: 'kvm', why: '' }), /-accel kvm -cpu host/)
  t.regex(args({ arch: 'x86_64', image: 'K' }, { kind: 'kvm', cpu: 'qemu64', why: '' }), /-accel kvm -cpu qemu64/)
})

test('a board of another architecture is refused', t => {
  t.throws(() => args({ arch: 'arm64', board: 'microvm', image: 'K' }), {
    instanceOf: BoardUnfit,
    message: /is x86_64/,
  })
})

test('the boards of an architecture, its default first', t => {
  t.deepEqual(boardsOf('x86_64'), ['microvm', 'q35'])
  t.deepEqual(boardsOf('arm64'), ['virt'])
  for (const arch of ['x86_64', 'arm64'] as const) t.is(boardsOf(arch)[0], defaultBoard(arch))
})

test('a secure world: its machine, its UART behind the first one, its memory; never without firmware', async t => {
  const secure = { arch: 'arm64', board: 'virt-secure', image: 'K', cpus: 2, firmware: 'F' } as const
  const { args: list } = qemuCommand(secure, tcg, { ...wiring, secureConsole: '/r/secure,raw' })
  const line = list.join(' ')
  t.regex(line, /-machine virt,secure=on,gic-version=3 .*-m 1057 -smp 2 .*-bios F -kernel K /)
  t.regex(line, /-serial chardev:console -chardev file,id=secure-console,path=\/r\/secure,,raw -serial chardev:secure-/)
  t.notRegex(args({ arch: 'arm64', image: 'K' }), /secure/)
  t.throws(() => args({ arch: 'arm64', board: 'virt-secure', image: 'K' }), {
    instanceOf: FirmwareNotGiven,
    message: /virt-secure/,
  })
  t.is((await acceleratorFor(secure)).kind, 'tcg')
})
