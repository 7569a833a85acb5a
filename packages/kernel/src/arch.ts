/** An architecture by the name people and QEMU's boards use. */
export type Arch = 'x86_64' | 'arm64'

export interface ArchInfo {
  /** ARCH= of the kernel's Makefile. */
  readonly makeArch: string
  /** The folder under arch/. */
  readonly srcArch: string
  /** CROSS_COMPILE= when the machine is of another architecture. */
  readonly crossPrefix: string
  /** Debian's name. */
  readonly debianArch: string
  /** What `uname -m` says on it, as Node names it. */
  readonly nodeArch: NodeJS.Architecture
  /** What make is asked for. */
  readonly imageTarget: string
  /** What QEMU boots, below the build folder. */
  readonly image: string
  /** Variables that make must be given for this architecture. */
  readonly makeVariables: readonly string[]
}

export const ARCHES: Readonly<Record<Arch, ArchInfo>> = {
  x86_64: {
    makeArch: 'x86_64',
    srcArch: 'x86',
    crossPrefix: 'x86_64-linux-gnu-',
    debianArch: 'amd64',
    nodeArch: 'x64',
    // QEMU boots it through its PVH entry: nothing to compress after each change, nothing to decompress at each boot.
    imageTarget: 'vmlinux',
    image: 'vmlinux',
    // The PVH entry compares strings before KASAN has its shadow memory: xen_prepare_pvh() -> xen_cpuid_base() -> memcmp().
    // The kernel spares string.c for that reason with AMD_MEM_ENCRYPT only (lib/Makefile); without it KASAN is a triple fault.
    makeVariables: ['KASAN_SANITIZE_string.o=n'],
  },
  arm64: {
    makeArch: 'arm64',
    srcArch: 'arm64',
    crossPrefix: 'aarch64-linux-gnu-',
    debianArch: 'arm64',
    nodeArch: 'arm64',
    imageTarget: 'Image',
    image: 'arch/arm64/boot/Image',
    makeVariables: [],
  },
}

/** CROSS_COMPILE= on this machine: empty when it builds for itself. */
export const crossCompile = (arch: Arch): string =>
  ARCHES[arch].nodeArch === process.arch ? '' : ARCHES[arch].crossPrefix

/** The C compiler of an architecture on this machine: 'gcc', 'aarch64-linux-gnu-gcc'. */
export const compilerOf = (arch: Arch): string => `${crossCompile(arch)}gcc`
