import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  CommandFailed,
  cachePath,
  contentKey,
  ExitCode,
  exists,
  KseriesError,
  makeDirAtomic,
  run,
  withLock,
} from '@kseries/host'
import { type CompilerOptions, findCompiler, searchFlags } from './compiler.ts'
import { emitDecoderC } from './emit-decoder.ts'
import { libcStandIns } from './kernel-private.ts'
import type { AbiDescription } from './layout.ts'
import { differences } from './leaves.ts'

export interface BuildDecoderOptions extends Pick<CompilerOptions, 'compiler'> {
  readonly description: AbiDescription
  /** Names of structs; `encodeRecords` counts in this list. */
  readonly structs: readonly string[]
  /** The exported headers the description was made from. */
  readonly headers: string
  readonly includeDirs?: readonly string[] | undefined
  /** The kernel tree, for its nolibc: the program is static, starts without libc, and can run in any guest of the ABI. */
  readonly tree: string
  /** Another header that gives _start, open, read, write and _exit, instead of the tree's nolibc.h. */
  readonly libc?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Compiles the program of emitDecoderC against nolibc; kept in the cache.
 * @returns the path of a static executable.
 * @throws CompilerMissing; DecoderRejected when the compiler does not take it.
 */
export const buildDecoder = async (options: BuildDecoderOptions): Promise<string> => {
  const { description, structs, headers, includeDirs = [], tree, signal } = options
  const { libc = join(tree, 'tools/include/nolibc/nolibc.h') } = options
  const compiler = await findCompiler({ abi: description.abi, compiler: options.compiler })
  const source = emitDecoderC(description, structs)
  const libcText = await readFile(libc, 'utf8')
  const parts = { source, compiler: compiler.identity, abi: description.key, libcText, decoderFlags, linkFlags }
  const name = `decoder-${contentKey(parts)}`
  const decoder = cachePath('abi', name, 'decoder')
  if (await exists(decoder)) return decoder

  const build = async (folder: string) => {
    const file = (base: string) => join(folder, base)
    const compile = async (...args: readonly string[]) =>
      await run(compiler.file, [...compiler.flags, ...decoderFlags, ...args], {
        signal,
        timeout: 5 * 60_000,
        env: { LC_ALL: 'C' },
      })
    const exported = await searchFlags(compiler, [...includeDirs, headers], libcStandIns(tree), signal)
    const start = ['-isystem', headers, '-include', libc, ...linkFlags]
    await writeFile(file('decoder.c'), source)
    try {
      await compile(...exported, '-c', '-DDECODER_STRUCTS', file('decoder.c'), '-o', file('structs.o'))
      await compile(...start, file('decoder.c'), file('structs.o'), '-o', file('decoder'))
    } catch (error) {
      if (error instanceof CommandFailed && !error.timedOut) throw new DecoderRejected(description.abi, error)
      throw error
    }
  }
  await withLock(name, () => makeDirAtomic(cachePath('abi', name), build), { signal })
  return decoder
}

/** Those of tools/testing/selftests/nolibc/Makefile, without sanitizers; -w: the headers' own warnings are not ours. */
const decoderFlags = [
  '-std=gnu11',
  '-O1',
  '-w',
  '-ffreestanding',
  '-fno-stack-protector',
  '-fno-asynchronous-unwind-tables',
  '-fno-pie',
]

const linkFlags = ['-static', '-nostdlib', '-no-pie']

/**
 * The input of a decoder: any number of records.
 * @param records - the struct's place in the list the decoder was made with, and its bytes.
 */
export const encodeRecords = (
  { littleEndian }: Pick<AbiDescription, 'littleEndian'>,
  records: readonly { readonly struct: number; readonly bytes: Uint8Array }[],
): Uint8Array => {
  const parts = records.flatMap(({ struct, bytes }) => {
    const header = new DataView(new ArrayBuffer(8))
    header.setUint32(0, struct, littleEndian)
    header.setUint32(4, bytes.length, littleEndian)
    return [new Uint8Array(header.buffer), bytes]
  })
  return new Uint8Array(Buffer.concat(parts))
}

/** A record as the decoder saw it. */
export interface DecodedRecord {
  readonly struct: string
  /** As `leavesOf` gives them. */
  readonly leaves: ReadonlyMap<string, string>
}

/**
 * Reads the output of a decoder.
 * @throws DecoderFailed if it says so, or does not end as it should.
 */
export const parseDecoded = (output: string): readonly DecodedRecord[] => {
  const records: { struct: string; leaves: Map<string, string> }[] = []
  for (const line of output.split('\n')) {
    if (line === '#end') return records
    if (line === '') continue
    if (line.startsWith('#error ')) throw new DecoderFailed(line.slice('#error '.length))
    const head = /^#(\d+) (\S+)$/.exec(line)
    if (head) {
      if (Number(head[1]) !== records.length)
        throw new DecoderFailed(`record ${head[1]} came as number ${records.length}`)
      records.push({ struct: head[2] ?? '', leaves: new Map() })
      continue
    }
    const equals = line.indexOf('=')
    if (equals === -1 || records.length === 0) throw new DecoderFailed(`it printed '${line.slice(0, 80)}'`)
    records.at(-1)?.leaves.set(line.slice(0, equals), line.slice(equals + 1))
  }
  throw new DecoderFailed('its output ends too soon')
}

/**
 * Compares the output of a decoder with what it was given.
 * @returns a line for each member that differs, "sockaddr_alg #3 salg_feat: given 1, decoded 2".
 * @throws DecoderFailed
 */
export const decodedProblems = (
  output: string,
  given: readonly { readonly name: string; readonly leaves: ReadonlyMap<string, string> }[],
): readonly string[] => {
  const decoded = parseDecoded(output)
  if (decoded.length !== given.length) throw new DecoderFailed(`${decoded.length} of ${given.length} records came back`)
  return given.flatMap(({ name, leaves }, index) => {
    const seen = decoded[index]
    if (seen?.struct !== name) return [`#${index}: given ${name}, decoded ${seen?.struct}`]
    return differences(leaves, seen.leaves).map(difference => `${name} #${index} ${difference}`)
  })
}

/** The compiler does not take a decoder: headers and description do not belong together, or nolibc does not fit. */
export class DecoderRejected extends KseriesError {
  constructor(abi: string, cause: CommandFailed) {
    super(`Cannot compile the decoder for ${abi}: ${cause.message}`, {
      hint: 'Are headers, tree and description of the same kernel?',
      exitCode: ExitCode.build,
      cause,
    })
  }
}

/** A decoder ran and could not make sense of its input, or we of its output. */
export class DecoderFailed extends KseriesError {
  constructor(why: string) {
    super(`The decoder failed: ${why}`)
  }
}
