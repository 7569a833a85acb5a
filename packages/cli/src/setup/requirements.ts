/** What a person's machine must have, why, and the Debian packages that bring it. */
export interface Requirement {
  readonly what: string
  readonly why: string
  readonly packages: readonly string[]
}

export type HostArch = 'x86_64' | 'arm64'

const sources: readonly Requirement[] = [
  { what: 'git', why: 'kernel trees, commits and patches', packages: ['git'] },
  { what: 'xz and dpkg', why: "unpacks Debian's kernel sources", packages: ['xz-utils', 'dpkg', 'ca-certificates'] },
  { what: 'perl', why: "the kernel's get_maintainer.pl", packages: ['perl'] },
  { what: 'setpriv and flock', why: 'nothing outlives kseries; locks end with their holder', packages: ['util-linux'] },
]

const builds: readonly Requirement[] = [
  { what: 'GNU make and a compiler', why: 'builds the kernel', packages: ['make', 'gcc', 'libc6-dev'] },
  {
    what: "the kernel's build tools",
    why: 'its parsers, objtool and module tools',
    packages: ['flex', 'bison', 'bc', 'libelf-dev', 'libssl-dev', 'kmod', 'rsync'],
  },
  { what: 'ccache', why: 'a file that was compiled once is not compiled again', packages: ['ccache'] },
]

const mail: readonly Requirement[] = [
  { what: 'git send-email', why: 'sends mails', packages: ['git-email', 'libmailtools-perl'] },
  { what: 'b4', why: 'takes mails as maintainers do', packages: ['b4'] },
]

const check: readonly Requirement[] = [
  { what: 'sparse', why: 'address spaces, endianness and locks of what a series touches', packages: ['sparse'] },
  { what: 'codespell', why: 'its dictionary of misspellings', packages: ['codespell'] },
  { what: 'Perl and Python', why: "the kernel's own checkpatch and kernel-doc", packages: ['perl', 'python3'] },
  {
    what: 'Sphinx',
    why: 'builds the pages of Documentation that a series touches',
    packages: ['python3-sphinx', 'python3-yaml'],
  },
  {
    what: 'yamllint',
    why: 'devicetree bindings, and with ruamel.yaml the style of their examples',
    packages: ['yamllint', 'python3-ruamel.yaml'],
  },
  { what: 'bubblewrap', why: 'series from a mailing list are built in a sandbox', packages: ['bubblewrap'] },
]

const checkBuilds: readonly Requirement[] = [
  { what: 'Coccinelle', why: "the kernel's own semantic patches; 42 MB with what it needs", packages: ['coccinelle'] },
]

const firmware: readonly Requirement[] = [
  { what: 'dpkg-source', why: "unpacks Debian's sources of TF-A and OP-TEE", packages: ['dpkg-dev'] },
  {
    what: "OP-TEE's build tools",
    why: 'signs and packs trusted applications',
    packages: ['python3', 'python3-pyelftools', 'python3-cryptography'],
  },
  { what: 'dtc and OpenSSL', why: "TF-A's device trees and tools", packages: ['device-tree-compiler', 'libssl-dev'] },
]

const perArch: Record<HostArch, readonly Requirement[]> = {
  x86_64: [{ what: 'QEMU for x86_64', why: 'boots the kernel', packages: ['qemu-system-x86'] }],
  arm64: [
    { what: 'QEMU for arm64', why: 'boots the kernel', packages: ['qemu-system-arm'] },
    { what: 'a compiler for arm', why: 'the layouts that 32-bit programs see', packages: ['gcc-arm-linux-gnueabi'] },
  ],
}

/** For a machine of another architecture. */
const cross: Record<HostArch, Requirement> = {
  x86_64: {
    what: 'a compiler for x86_64',
    why: "builds the kernel, the agent, the tree's selftests",
    packages: ['gcc-x86-64-linux-gnu', 'libc6-dev-amd64-cross'],
  },
  arm64: {
    what: 'a compiler for arm64',
    why: "builds the kernel, the agent, the tree's selftests",
    packages: ['gcc-aarch64-linux-gnu', 'libc6-dev-arm64-cross'],
  },
}

/** What Node calls the architecture. */
const nodeArch: Record<HostArch, NodeJS.Architecture> = { x86_64: 'x64', arm64: 'arm64' }

export interface RequirementOptions {
  /** Also what sends mails, and what takes them as those do who get them. @default false */
  readonly mail?: boolean | undefined
  /** Also what looks for faults in each commit. @default false */
  readonly check?: boolean | undefined
  /** Also what builds the firmware of machines that have one of their own, for arm64. @default false */
  readonly firmware?: boolean | undefined
}

/**
 * All that running series on these architectures needs, in the order a person would install it; of no architecture: what
 * trees, commits, patch files and the writing of mails need.
 */
export const requirements = (arches: readonly HostArch[], options: RequirementOptions = {}): Requirement[] => [
  ...sources,
  ...(arches.length > 0 ? builds : []),
  ...(options.mail ? mail : []),
  ...(options.check ? check : []),
  ...(options.check && arches.length > 0 ? checkBuilds : []),
  ...(options.firmware ? firmware : []),
  ...arches.flatMap(arch => [...perArch[arch], ...(nodeArch[arch] === process.arch ? [] : [cross[arch]])]),
]
