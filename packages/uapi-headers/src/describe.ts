import { resolve } from 'node:path'
import { CommandFailed, type Report, type run, silent, step } from '@kseries/host'
import type { AbiName } from './abis.ts'
import { readBtf } from './btf.ts'
import { type Compiler, CompilerRun, errorsOf, findCompiler, HeadersRejected } from './compiler.ts'
import { readElf } from './elf.ts'
import { evaluate } from './evaluate.ts'
import { libcStandIns, privateDefinitions } from './kernel-private.ts'
import type { AbiDescription, ConstantValue } from './layout.ts'
import { probeSource, recordsOf } from './records.ts'
import { type Scan, scanPreprocessed } from './scan.ts'
import { load, type Sources, save } from './store.ts'
import { checkLayouts } from './verify.ts'

export interface DescribeOptions {
  /** Root of exported headers: what `make headers` leaves in usr/include of the build folder. */
  readonly headers: string
  /** Headers as one writes them in #include: "linux/if_alg.h". Those every test needs are always read, see `baseIncludes`. */
  readonly includes: readonly string[]
  readonly abi: AbiName
  /**
   * The kernel tree, for the constants that are not exported because libc has its own copy (AF_*, SOL_*, MSG_*, SOCK_*,
   * SHUT_*). Without it they are not in the description.
   */
  readonly tree?: string | undefined
  /** Searched before `headers`. */
  readonly includeDirs?: readonly string[] | undefined
  /** Program and flags, instead of those of the ABI table. */
  readonly compiler?: readonly string[] | undefined
  /** What runs the compiler, with a folder to write to: in a sandbox, where the headers are not trusted. @default host's run */
  readonly runIn?: ((folder: string) => typeof run) | undefined
  readonly signal?: AbortSignal | undefined
  readonly report?: Report | undefined
}

/** What tests need of any kernel: errors, flags of open(), poll(), mmap(), sockets, modes, times, signals. */
export const baseIncludes = [
  'asm/unistd.h',
  'linux/errno.h',
  'linux/fcntl.h',
  'linux/ioctl.h',
  'linux/memfd.h',
  'linux/mman.h',
  'linux/poll.h',
  'linux/signal.h',
  'linux/socket.h',
  'linux/stat.h',
  'linux/time.h',
  'linux/time_types.h',
  'linux/types.h',
  'linux/uio.h',
  'linux/wait.h',
  'asm/socket.h',
] as const

/**
 * Describes what headers say, for one ABI: constants by the preprocessor and the compiler, struct layouts by the
 * compiler's BTF, each layout checked against the compiler once more. Nothing is run on the target. The result is kept in
 * the cache under the content of the headers that were read.
 *
 * @throws CompilerMissing; HeadersRejected; NotAKernelTree; LayoutMismatch; Interrupted.
 */
export const describeAbi = async (given: DescribeOptions): Promise<AbiDescription> => {
  const options: DescribeOptions = {
    ...given,
    headers: resolve(given.headers),
    includeDirs: given.includeDirs?.map(folder => resolve(folder)),
    tree: given.tree === undefined ? undefined : resolve(given.tree),
  }
  const { abi, signal, report = silent } = options
  const compiler = await findCompiler({ abi, compiler: options.compiler })
  const includes = [...new Set<string>([...baseIncludes, ...options.includes.toSorted()])]
  const sources: Sources = {
    compiler: compiler.identity,
    abi,
    includes,
    roots: {
      headers: options.headers,
      ...Object.fromEntries((options.includeDirs ?? []).map((folder, index) => [`dir${index}`, folder])),
      ...(options.tree === undefined ? {} : { tree: options.tree }),
    },
  }
  const cached = await load(sources)
  if (cached) return cached
  return await step(
    report,
    `describe the ABI ${abi}`,
    async () => await make(options, compiler, includes, sources, signal),
    ({ records }) => `${Object.keys(records).length} structs and unions`,
  )
}

/**
 * All types, used or not. For i386, stddef.h gives max_align_t a member of a type that BTF lacks, which gcc 12 writes
 * without counting it, so that all that follows is unreadable: that macro keeps it out.
 */
const btfFlags = ['-gbtf', '-fno-eliminate-unused-debug-types', '-D_GCC_MAX_ALIGN_T']

const make = async (
  options: DescribeOptions,
  compiler: Compiler,
  includes: readonly string[],
  sources: Sources,
  signal: AbortSignal | undefined,
): Promise<AbiDescription> => {
  const { abi, headers, includeDirs = [], tree, runIn } = options
  const standIns = libcStandIns(tree)
  await using session = await CompilerRun.open(compiler, [...includeDirs, headers], standIns, signal, runIn)
  const prelude = [
    probeSource,
    ...includes.map(header => `#include <${header}>\n`),
    tree === undefined ? '' : await privateDefinitions(tree),
  ].join('')

  const scan = scanPreprocessed(
    await session.preprocess(prelude).catch((error: unknown) => {
      if (error instanceof CommandFailed && !error.timedOut) {
        throw new HeadersRejected(abi, options.includes, errorsOf(error), error)
      }
      throw error
    }),
  )
  const object = await session.compile(prelude, btfFlags)
  if (!(object instanceof Uint8Array)) throw new HeadersRejected(abi, options.includes, object)
  const elf = readElf(object)

  const relative = relativeTo([...includeDirs, headers, ...standIns])
  const values = await evaluate(session, prelude, expressionsOf(scan))
  const pointerSize = elf.bits === 64 ? 8 : 4
  const description = {
    format: 1 as const,
    abi,
    littleEndian: elf.littleEndian,
    pointerSize: pointerSize as 4 | 8,
    compiler: await session.version(),
    includes,
    ...constantsOf(scan, values, relative),
    records: recordsOf(readBtf(elf.sections.get('.BTF') ?? new Uint8Array()), {
      pointerSize,
      littleEndian: elf.littleEndian,
      declared: headersOf(scan, relative),
      enumSigned: enumSigns(scan, values),
    }),
  }
  await checkLayouts(session, description, prelude)
  return await save(sources, scan.files, description)
}

/** Which header each tag and typedef is from; those of the compiler's own headers are not part of the ABI. */
const headersOf = (scan: Scan, relative: (file: string) => string | undefined): ReadonlyMap<string, string> =>
  new Map(
    [...scan.declared].flatMap(([name, file]) => {
      const header = relative(file)
      return header === undefined ? [] : [[name, header] as const]
    }),
  )

/** Macros and enumerators, to be evaluated under their own names. */
const expressionsOf = (scan: Scan): ReadonlyMap<string, string> => {
  const names = [
    ...[...scan.macros].filter(([, { file }]) => !file.startsWith('<')).map(([name]) => name),
    ...scan.enums.flatMap(({ names: enumerators }) => enumerators),
  ]
  return new Map(names.map(name => [name, name]))
}

const enumSigns = (scan: Scan, values: ReadonlyMap<string, ConstantValue>) => {
  const isNegative = (name: string) => {
    const value = values.get(name)
    return typeof value === 'number' ? value < 0 : typeof value === 'object' && value.bigint.startsWith('-')
  }
  return (tag: string, firstName: string | undefined): boolean => {
    const found =
      scan.enums.find(entry => tag !== '' && entry.tag === tag) ??
      scan.enums.find(entry => firstName !== undefined && entry.names.includes(firstName))
    return found?.names.some(isNegative) ?? false
  }
}

const syscallPrefix = '__NR_'

const constantsOf = (
  scan: Scan,
  values: ReadonlyMap<string, ConstantValue>,
  relative: (file: string) => string | undefined,
): Pick<AbiDescription, 'constants' | 'syscalls'> => {
  const home = new Map<string, string>()
  for (const { file, names } of scan.enums) for (const name of names) home.set(name, file)
  for (const [name, { file }] of scan.macros) if (!home.has(name)) home.set(name, file)

  const constants: Record<string, Record<string, ConstantValue>> = {}
  const syscalls: Record<string, number> = {}
  for (const [name, value] of [...values].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const file = home.get(name) ?? ''
    const header = relative(file) ?? (file.startsWith('/') ? undefined : file)
    // The compiler's own headers (stddef.h and such) are not part of the ABI.
    if (header === undefined) continue
    if (name.startsWith(syscallPrefix) && typeof value === 'number') {
      if (!/^(syscalls|SYSCALL_BASE|OABI_SYSCALL_BASE)$/.test(name.slice(syscallPrefix.length))) {
        syscalls[name.slice(syscallPrefix.length)] = value
      }
    } else (constants[header] ??= {})[name] = value
  }
  return { constants: Object.fromEntries(Object.entries(constants).toSorted(([a], [b]) => (a < b ? -1 : 1))), syscalls }
}

/** Gives the path below the first root that a file is in, or nothing. */
const relativeTo =
  (roots: readonly string[]) =>
  (file: string): string | undefined => {
    for (const root of roots) {
      const prefix = root.endsWith('/') ? root : `${root}/`
      if (file.startsWith(prefix)) return file.slice(prefix.length)
    }
    return undefined
  }
