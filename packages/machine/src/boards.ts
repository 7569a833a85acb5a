import { assertNever } from '@kseries/host'
import { BoardUnfit, FirmwareNotGiven, MemoryInPieces } from './errors.ts'
import {
  type Accelerator,
  type AcceleratorKind,
  type Arch,
  type Board,
  defaultBoard,
  type MachineSpec,
} from './spec.ts'

/** A chardev and the unix socket that QEMU connects it to when it starts. */
export interface Plug {
  readonly id: string
  readonly path: string
}

/** What a board's arguments are made of: the spec, its initramfs as a file, and where the sockets are. */
export interface Wiring {
  readonly initramfs: string | undefined
  readonly qmp: Plug
  /** Path of the console's pipe: QEMU reads `PATH.in` and writes `PATH.out`. */
  readonly console: string
  /** The file that the secure world's console goes to, of a board that has one. */
  readonly secureConsole?: string | undefined
  /** Names of virtio-serial ports and their sockets. */
  readonly ports: readonly (Plug & { readonly name: string })[]
}

/** A QEMU to be started: the program, its Debian package and its arguments. */
export interface QemuCommand {
  readonly program: string
  readonly debianPackage: string
  readonly args: readonly string[]
}

interface BoardParts {
  readonly machine: string
  readonly cpu: string
  /** The bus that the board's virtio devices sit on. */
  readonly virtioSerial: string
  /** The UART's console and what else the kernel must be told here. */
  readonly cmdline: string
}

const qemus: Record<Arch, Pick<QemuCommand, 'program' | 'debianPackage'>> = {
  x86_64: { program: 'qemu-system-x86_64', debianPackage: 'qemu-system-x86' },
  arm64: { program: 'qemu-system-aarch64', debianPackage: 'qemu-system-arm' },
}

/** Which program emulates an architecture and which Debian package brings it. */
export const qemuFor = (arch: Arch): Pick<QemuCommand, 'program' | 'debianPackage'> => qemus[arch]

const boardArch: Record<Board, Arch> = { microvm: 'x86_64', q35: 'x86_64', virt: 'arm64', 'virt-secure': 'arm64' }

/** Where a board's memory begins, and how much it has unless the spec says otherwise, in MiB. */
const ram: Record<Board, { readonly base: number; readonly memory: number }> = {
  microvm: { base: 0, memory: 256 },
  q35: { base: 0, memory: 256 },
  virt: { base: 0x4000_0000, memory: 256 },
  // As OP-TEE's own set-up for this board has it. What its secure world keeps for itself is elsewhere (hw/arm/virt.c: VIRT_SECURE_MEM).
  'virt-secure': { base: 0x4000_0000, memory: 1057 },
}

/** MiB from which on an x86 board has a part of its memory behind the hole for devices (hw/i386/pc_q35.c: pc_q35_init). */
const X86_HOLE = 2048

const MIB = 1 << 20

const memoryOf = (spec: MachineSpec): number => spec.memory ?? ram[spec.board ?? defaultBoard(spec.arch)].memory

/**
 * The normal memory of a machine, which is in one piece: bytes.
 * @throws MemoryInPieces if it is not.
 */
export const ramOf = (spec: MachineSpec): { readonly base: number; readonly size: number } => {
  const memory = memoryOf(spec)
  if (spec.arch === 'x86_64' && memory > X86_HOLE) throw new MemoryInPieces(memory, X86_HOLE)
  return { base: ram[spec.board ?? defaultBoard(spec.arch)].base, size: memory * MIB }
}

/** Whether a board has a secure world, which wants firmware, and which no KVM provides. */
export const isSecure = (board: Board | undefined): boolean => board === 'virt-secure'

/** The boards of an architecture that boot a kernel without firmware of ours, its default first. */
export const boardsOf = (arch: Arch): readonly Board[] =>
  (Object.keys(boardArch) as Board[])
    .filter(board => boardArch[board] === arch && !isSecure(board))
    .toSorted((a, b) => Number(b === defaultBoard(arch)) - Number(a === defaultBoard(arch)))

// 'max' costs no more than 'qemu64' and has RDRAND: without it a PVH guest gets no seed, and getrandom(2) waits.
const tcgProcessor = 'max'

const microvm = ({ kind, cpu, tscKhz }: Accelerator): BoardParts => ({
  // Without ACPI QEMU names the virtio devices on the kernel command line: it boots kernels with and without CONFIG_ACPI.
  // The price: no power-off, a guest ends by a reset. Turning the PIT off too makes Linux calibrate for a second.
  machine: 'microvm,acpi=off',
  cpu: cpu ?? (kind === 'kvm' ? 'host' : tcgProcessor),
  virtioSerial: 'virtio-serial-device',
  // No HPET and no PM timer to calibrate the TSC with; see Accelerator.tscKhz.
  // There is no keyboard controller to reset by: a triple fault does it at once.
  cmdline: `console=ttyS0 reboot=t${tscKhz === undefined ? '' : ` tsc_early_khz=${tscKhz}`}`,
})

const q35 = ({ kind, cpu }: Accelerator): BoardParts => ({
  machine: 'q35',
  cpu: cpu ?? (kind === 'kvm' ? 'host' : tcgProcessor),
  virtioSerial: 'virtio-serial-pci',
  cmdline: 'console=ttyS0',
})

const virt = ({ kind, cpu }: Accelerator): BoardParts => ({
  machine: 'virt,gic-version=3',
  cpu: cpu ?? (kind === 'kvm' ? 'host' : 'cortex-a57'),
  virtioSerial: 'virtio-serial-device',
  cmdline: 'console=ttyAMA0',
})

// Its processor must have EL3, which 'max' gives later QEMUs only.
const virtSecure = ({ cpu }: Accelerator): BoardParts => ({
  machine: 'virt,secure=on,gic-version=3',
  cpu: cpu ?? 'cortex-a57',
  virtioSerial: 'virtio-serial-device',
  cmdline: 'console=ttyAMA0',
})

const partsOf = (board: Board, accelerator: Accelerator): BoardParts => {
  switch (board) {
    case 'microvm':
      return microvm(accelerator)
    case 'q35':
      return q35(accelerator)
    case 'virt':
      return virt(accelerator)
    case 'virt-secure':
      return virtSecure(accelerator)
    default:
      return assertNever(board)
  }
}

/**
 * The QEMU command for a machine. The UART is the console; a panic resets (panic=-1) and a reset ends QEMU (-no-reboot).
 * @throws BoardUnfit if the board is not of the spec's architecture; FirmwareNotGiven if it has a secure world, and nothing for it.
 */
export const qemuCommand = (spec: MachineSpec, accelerator: Accelerator, wiring: Wiring): QemuCommand => {
  const board = spec.board ?? defaultBoard(spec.arch)
  if (boardArch[board] !== spec.arch) throw new BoardUnfit(board, spec.arch, boardArch[board])
  if (isSecure(board) && spec.firmware === undefined) throw new FirmwareNotGiven(board)
  const parts = partsOf(board, accelerator)
  const { initramfs, qmp, console, secureConsole, ports } = wiring
  const args = [
    ...common,
    '-machine',
    parts.machine,
    '-accel',
    accelerator.kind,
    '-cpu',
    parts.cpu,
    '-m',
    String(memoryOf(spec)),
    '-smp',
    String(spec.cpus ?? 1),
    ...chardev(qmp),
    '-mon',
    `chardev=${qmp.id},mode=control`,
    // To a file, for which QEMU never waits: Linux waits 10 ms for its UART and then goes on, overrunning it
    // (drivers/tty/serial/8250/8250_port.c:wait_for_lsr), and the 277 single bytes that fit into a socket are soon there.
    // char-pipe.c does not ask whether PATH.out is a pipe.
    '-chardev',
    `pipe,id=console,path=${value(console)}`,
    '-serial',
    'chardev:console',
    // The second UART of a virt board is the secure world's (hw/arm/virt.c).
    ...(secureConsole === undefined
      ? []
      : ['-chardev', `file,id=secure-console,path=${value(secureConsole)}`, '-serial', 'chardev:secure-console']),
    ...(ports.length === 0 ? [] : ['-device', parts.virtioSerial]),
    ...ports.flatMap(port => [
      ...chardev(port),
      '-device',
      `virtserialport,chardev=${port.id},name=${value(port.name)}`,
    ]),
    ...(spec.firmware === undefined ? [] : ['-bios', spec.firmware]),
    ...(spec.image === undefined
      ? []
      : ['-kernel', spec.image, '-append', [parts.cmdline, everywhere, spec.cmdline].filter(Boolean).join(' ')]),
    ...(initramfs === undefined ? [] : ['-initrd', initramfs]),
    ...(spec.extraArgs ?? []),
  ]
  return { ...qemus[spec.arch], args }
}

/** Arguments for the probe (probe-payload.ts): the board's processor and UART, `rom` as firmware and nothing else. */
export const probeArgs = (
  arch: Arch,
  kind: AcceleratorKind,
  rom: string,
  uart: Plug,
  cpu?: string,
): readonly string[] => {
  const parts = partsOf(defaultBoard(arch), { kind, why: '', ...(cpu !== undefined && { cpu }) })
  return [
    ...common,
    '-machine',
    parts.machine,
    '-accel',
    kind,
    '-cpu',
    parts.cpu,
    '-m',
    '16',
    '-bios',
    rom,
    ...chardev(uart),
    '-serial',
    `chardev:${uart.id}`,
  ]
}

// A panic resets. 256 legacy pseudo terminals nobody uses take a tenth of the boot to register.
const everywhere = 'panic=-1 pty.legacy_count=0'

const common = ['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot']

// We listen and QEMU connects: no polling for its sockets, and not a byte of output is missed.
const chardev = ({ id, path }: Plug) => ['-chardev', `socket,id=${id},path=${value(path)},server=off`]

// In QEMU's key=value lists a comma is written twice.
const value = (text: string) => text.replaceAll(',', ',,')
