import { CommandMissing, cachePath, run } from '@kseries/host'
import { ARCHES, type Arch, compilerOf, crossCompile } from './arch.ts'

/** What decides, besides sources and configuration, the bytes of a build. */
export interface Toolchain {
  /** First lines of `cc --version` and `ld --version`. */
  readonly id: string
  /** Arguments for make: architecture and compilers. */
  readonly makeArgs: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * The compilers for an architecture on this machine, through ccache where it is installed.
 * @throws CommandMissing without a compiler; kseries setup installs it.
 */
export const findToolchain = async (arch: Arch, signal?: AbortSignal): Promise<Toolchain> => {
  const key = `${arch} ${cachePath()} ${process.env['PATH']}`
  const found = known.get(key) ?? (await askToolchain(arch, signal))
  known.set(key, found)
  return found
}

/** A run asks several times for what stays as it is. */
const known = new Map<string, Toolchain>()

const askToolchain = async (arch: Arch, signal: AbortSignal | undefined): Promise<Toolchain> => {
  const prefix = crossCompile(arch)
  const firstLine = async (program: string) =>
    (await run(program, ['--version'], { signal })).stdout.split('\n')[0] ?? ''
  const [cc, ld, ccache] = await Promise.all([
    firstLine(compilerOf(arch)),
    firstLine(`${prefix}ld`),
    firstLine('ccache').catch((error: unknown) => {
      if (error instanceof CommandMissing) return undefined
      throw error
    }),
  ])
  const through = ccache === undefined ? '' : 'ccache '
  return {
    id: `${cc}; ${ld}`,
    makeArgs: [
      `ARCH=${ARCHES[arch].makeArch}`,
      ...(prefix ? [`CROSS_COMPILE=${prefix}`] : []),
      `CC=${through}${compilerOf(arch)}`,
      `HOSTCC=${through}gcc`,
      ...ARCHES[arch].makeVariables,
    ],
    env: {
      ...cleared,
      LC_ALL: 'C',
      CCACHE_DIR: cachePath('ccache'),
      // Paths are hashed relative to the build folder, so a cache moved elsewhere, or another series' work tree, still hits.
      CCACHE_BASEDIR: cachePath(),
      CCACHE_NOHASHDIR: '1',
      CCACHE_MAXSIZE: '4G',
    },
  }
}

/** What a person's shell may hold for kernel builds of their own. */
const cleared = Object.fromEntries(
  'MAKEFLAGS MFLAGS MAKELEVEL MAKEFILES ARCH SRCARCH CROSS_COMPILE LLVM CC LD HOSTCC KCFLAGS KCPPFLAGS KAFLAGS KBUILD_OUTPUT LOCALVERSION CFLAGS LDFLAGS HOSTCFLAGS KCONFIG_CONFIG KCONFIG_ALLCONFIG W C V INSTALL_MOD_PATH INSTALL_HDR_PATH CCACHE_PREFIX CCACHE_DISABLE CCACHE_CONFIGPATH'
    .split(' ')
    .map(name => [name, undefined]),
)
