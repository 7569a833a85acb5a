/** What a person's machine must have, why, and the Debian packages that bring it. */
export interface Requirement {
  readonly what: string
  readonly why: string
  readonly packages: readonly string[]
}

export type HostArch = 'x86_64' | 'arm64'

const common: readonly Requirement[] = [
  { what: 'git', why: 'kernel trees, commits and patches', packages: ['git'] },
  { what: 'GNU make and a compiler', why: 'builds the kernel', packages: ['make', 'gcc', 'libc6-dev'] },
  {
    what: "the kernel's build tools",
    why: 'its parsers, objtool and module tools',
    packages: ['flex', 'bison', 'bc', 'libelf-dev', 'libssl-dev', 'kmod', 'rsync', 'perl'],
  },
  { what: 'ccache', why: 'a file that was compiled once is not compiled again', packages: ['ccache'] },
  { what: 'xz and dpkg', why: "unpacks Debian's kernel sources", packages: ['xz-utils', 'dpkg', 'ca-certificates'] },
  { what: 'setpriv and flock', why: 'nothing outlives kseries; locks end with their holder', packages: ['util-linux'] },
]

const perArch: Record<HostArch, readonly Requirement[]> = {
  x86_64: [{ what: 'QEMU for x86_64', why: 'boots the kernel', packages: ['qemu-system-x86'] }],
  arm64: [
    { what: 'QEMU for arm64', why: 'boots the kernel', packages: ['qemu-system-arm'] },
    {
      what: 'compilers for arm64 and arm',
      why: 'build the kernel, the agent, and the 32-bit layouts',
      packages: ['gcc-aarch64-linux-gnu', 'gcc-arm-linux-gnueabi'],
    },
  ],
}

/** All that running series on these architectures needs, in the order a person would install it. */
export const requirements = (arches: readonly HostArch[]): Requirement[] => [
  ...common,
  ...arches.flatMap(arch => perArch[arch]),
]
