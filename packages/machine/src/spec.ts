/** What a guest is compiled for. */
export type Arch = 'x86_64' | 'arm64'

/**
 * The QEMU machine: microvm (default) and q35 for x86_64, virt for arm64; virt-secure is virt with a secure world, for the firmware
 * that runs there, and a console of its own for that.
 */
export type Board = 'microvm' | 'q35' | 'virt' | 'virt-secure'

/** What runs the guest's instructions. */
export type AcceleratorKind = 'kvm' | 'tcg'

/** An accelerator that was seen to work, as proveAccelerator() gives it. */
export interface Accelerator {
  readonly kind: AcceleratorKind
  /** The processor model it works with. @default the board's */
  readonly cpu?: string
  /**
   * Frequency of the time stamp counter an x86 guest sees. microvm has no clock but the PIT to calibrate it with, which
   * fails on a loaded host under TCG; without it Linux has no timer there and stands still.
   */
  readonly tscKhz?: number
  /** A line: why this one and not the other. */
  readonly why: string
}

/** A machine to be booted. Nothing in it says what is tested. */
export interface MachineSpec {
  readonly arch: Arch
  /** @default microvm or virt, by `arch` */
  readonly board?: Board
  /**
   * Path of the kernel: vmlinux with CONFIG_PVH or bzImage (x86_64; vmlinux starts in half the time), Image (arm64).
   * May be missing where there is firmware.
   */
  readonly image?: string
  /** Path of what the processor runs from reset instead of QEMU's own (-bios). */
  readonly firmware?: string
  /** Path of an archive, or its bytes as initramfs() makes them. */
  readonly initramfs?: string | Uint8Array
  /** Added to the end of the board's own kernel command line. */
  readonly cmdline?: string
  /** MiB. @default 256; 1057 with a secure world */
  readonly memory?: number
  /** @default 1 */
  readonly cpus?: number
  /** @default what proveAccelerator() says */
  readonly accelerator?: Accelerator
  /** Names of virtio-serial ports, one byte stream each. @default ['agent'] */
  readonly channels?: readonly string[]
  /**
   * The console UART is the only way in, as on a board: channel('console') is the raw stream, to be shared with kernel
   * messages. What of it is text is then for the caller to say (Machine.console.textOf).
   */
  readonly sharedConsole?: boolean
  /** Further QEMU arguments, for device models. */
  readonly extraArgs?: readonly string[]
}

/** The board meant when none is named. */
export const defaultBoard = (arch: Arch): Board => (arch === 'x86_64' ? 'microvm' : 'virt')
