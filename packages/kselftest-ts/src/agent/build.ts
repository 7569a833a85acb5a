import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import {
  CommandFailed,
  cachePath,
  contentKey,
  ExitCode,
  exists,
  explainDiskErrors,
  folderKey,
  KseriesError,
  run,
  withLock,
} from '@kseries/host'
import { ABIS, type AbiName } from '@kseries/uapi-headers'

export interface BuildAgentOptions {
  /** A kernel tree, for tools/include/nolibc of it. Without one the machine's own headers do: enough to run the agent here. */
  readonly tree?: string | undefined
  /** Exported headers (usr/include of the build folder). Needed with `tree`. */
  readonly headers?: string | undefined
  readonly abi: AbiName
  /** Compiler and its first flags. @default the first of the ABI's that is installed */
  readonly cc?: readonly [string, ...string[]] | undefined
  readonly signal?: AbortSignal | undefined
}

/** C that becomes a static program for the guest, on nothing but nolibc. */
export interface GuestProgram {
  /** The folder of the cache it is kept in. */
  readonly name: string
  /** C files. */
  readonly files: readonly string[]
  /** Where these and their headers are: what is in there is what the program depends on. */
  readonly folders: readonly string[]
}

const sources = join(import.meta.dirname, '../../agent')

const flags = [
  '-Os', '-std=gnu11', '-Wall', '-Wextra', '-Werror',
  '-static', '-nostdlib', '-ffreestanding', '-fno-stack-protector', '-fno-pie', '-no-pie',
  '-fno-asynchronous-unwind-tables', '-fno-strict-aliasing', '-ffunction-sections', '-fdata-sections',
  '-Wl,--gc-sections,--build-id=none', '-s', '-include', 'nolibc.h',
] // biome-ignore format: a command line

/** gcc's helpers for atomics on arm64 are in its own library, which a program without any has not. */
const abiFlags: Partial<Record<AbiName, readonly string[]>> = { arm64: ['-mno-outline-atomics'] }

/**
 * Compiles the agent: a static program of about 20 kB.
 * @returns the program's path.
 * @throws what buildForGuest() throws
 */
export const buildAgent = async (options: BuildAgentOptions): Promise<string> => {
  const files = (await readdir(sources)).filter(name => name.endsWith('.c')).map(name => join(sources, name))
  return await buildForGuest({ name: 'agent', files, folders: [sources] }, options)
}

/**
 * Compiles a program for the guest. Kept in the cache by the content of its folders, nolibc, compiler and flags, and the headers'
 * version.
 *
 * @returns the program's path.
 * @throws GuestBuildFailed; CommandMissing if there is no compiler for the ABI; DiskFull; Interrupted.
 */
export const buildForGuest = async (
  { name, files, folders }: GuestProgram,
  options: BuildAgentOptions,
): Promise<string> => {
  const { tree, headers, abi, signal } = options
  const cc = options.cc ?? (await compilerFor(abi, signal))
  const nolibc = tree === undefined ? join(sources, 'freestanding') : join(tree, 'tools/include/nolibc')
  const [program, ...first] = [...cc, ...(abiFlags[abi] ?? [])] as [string, ...string[]]
  const { stdout: version } = await run(program, ['--version'], { signal })
  const search = [
    ...(headers === undefined ? [] : ['-nostdinc']),
    ...folders.flatMap(folder => ['-iquote', folder]),
    '-I', nolibc,
    ...(headers === undefined ? await machineHeaders(program, signal) : ['-I', headers]),
  ] // biome-ignore format: a command line
  const key = contentKey({
    files: files.map(file => basename(file)),
    folders: await Promise.all(folders.map(folder => folderKey(folder))),
    nolibc: await folderKey(nolibc),
    numbers: headers === undefined ? '' : await folderKey(join(headers, 'asm')),
    version,
    command: [program, ...first, ...flags],
    linux: headers === undefined ? '' : await folderKey(join(headers, 'linux')),
  })
  const path = cachePath(name, `${abi}-${key}`)
  if (await exists(path)) return path
  return await withLock(`${name}-${abi}`, async () => ((await exists(path)) ? path : await compile()), { signal })

  async function compile() {
    return await explainDiskErrors(path, async () => {
      await mkdir(dirname(path), { recursive: true })
      const work = await mkdtemp(`${path}.`)
      try {
        const to = join(work, name)
        await run(program, [...first, ...flags, ...search, ...files, '-o', to], { signal, env: { LC_ALL: 'C' } })
        await rename(to, path)
        return path
      } catch (error) {
        if (error instanceof CommandFailed) throw new GuestBuildFailed(name, abi, nolibc, error)
        throw error
      } finally {
        await rm(work, { recursive: true, force: true })
      }
    })
  }
}

const compilerFor = async (abi: AbiName, signal: AbortSignal | undefined): Promise<readonly [string, ...string[]]> => {
  const { compilers } = ABIS[abi]
  for (const candidate of compilers) {
    const found = await run(candidate[0], ['--version'], { signal }).catch(() => undefined)
    if (found) return candidate
  }
  return compilers[0] ?? ['gcc']
}

/** Debian keeps asm/ of the machine's own headers in a folder per architecture, which -m32 does not search. */
const machineHeaders = async (program: string, signal: AbortSignal | undefined): Promise<string[]> => {
  const { stdout } = await run(program, ['-print-multiarch'], { signal })
  return stdout === '' ? [] : ['-idirafter', `/usr/include/${stdout}`]
}

/** C for the guest does not compile: against other headers, or with another compiler, than it was written for. */
export class GuestBuildFailed extends KseriesError {
  constructor(name: string, abi: AbiName, nolibc: string, cause: CommandFailed) {
    super(`Cannot compile ${name} for ${abi} with ${nolibc}: ${cause.message}`, {
      hint: "It uses the raw system calls of the tree's nolibc (__nolibc_syscallN) and its exported headers: is the tree 7.x?",
      exitCode: ExitCode.build,
      cause,
    })
  }
}
