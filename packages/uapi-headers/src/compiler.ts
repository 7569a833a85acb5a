import { constants as fsConstants } from 'node:fs'
import { access, mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { CommandFailed, ExitCode, KseriesError, run } from '@kseries/host'
import { ABIS, type AbiName } from './abis.ts'

export interface CompilerOptions {
  readonly abi: AbiName
  /** Program and flags, instead of those of the ABI table. */
  readonly compiler?: readonly string[] | undefined
}

/** A compiler for one ABI that is there. */
export interface Compiler {
  readonly abi: AbiName
  readonly file: string
  readonly flags: readonly string[]
  /** Names this very compiler without starting it: path, size and time of the program. */
  readonly identity: string
}

/**
 * Finds the compiler of an ABI on PATH.
 * @throws CompilerMissing naming the Debian package.
 */
export const findCompiler = async ({ abi, compiler }: CompilerOptions): Promise<Compiler> => {
  const candidates = compiler ? [compiler] : ABIS[abi].compilers
  for (const [file = 'gcc', ...flags] of candidates) {
    const path = await which(file)
    if (path === undefined) continue
    const { size, mtimeMs } = await stat(path)
    return { abi, file, flags, identity: [path, size, mtimeMs, ...flags].join(' ') }
  }
  throw new CompilerMissing(abi, candidates[0]?.[0] ?? 'gcc')
}

const which = async (file: string): Promise<string | undefined> => {
  const folders = file.includes('/') ? [''] : (process.env['PATH'] ?? '').split(delimiter)
  for (const folder of folders) {
    const path = join(folder, file)
    const found = await access(path, fsConstants.X_OK).then(
      () => true,
      () => false,
    )
    // Links such as x86_64-linux-gnu-gcc → gcc-12 stay while the program behind them is updated.
    if (found) return await realpath(path)
  }
  return undefined
}

/** Flags for header folders in this order, the compiler's own between the two lists, and no others. */
export const searchFlags = async (
  compiler: Pick<Compiler, 'file'>,
  includeDirs: readonly string[],
  lastDirs: readonly string[],
  signal?: AbortSignal | undefined,
): Promise<readonly string[]> => {
  const { stdout } = await run(compiler.file, ['-print-file-name=include'], { signal, timeout: 60_000 })
  // Without the second flag gcc may name a header by another path than the one it was found by.
  return [
    '-nostdinc',
    '-fno-canonical-system-headers',
    ...[...includeDirs, stdout.trim(), ...lastDirs].flatMap(folder => ['-isystem', folder]),
  ]
}

/** What went wrong in one line of the source that was compiled. */
export interface CompileError {
  readonly file: string
  readonly line: number
  readonly message: string
}

/** Runs the compiler on sources given as text, in a private folder that is gone afterwards. */
export class CompilerRun implements AsyncDisposable {
  readonly compiler: Compiler
  readonly #flags: readonly string[]
  readonly #folder: string
  readonly #signal: AbortSignal | undefined
  readonly #runner: typeof run

  private constructor(
    compiler: Compiler,
    flags: readonly string[],
    folder: string,
    signal: AbortSignal | undefined,
    runner: typeof run,
  ) {
    this.compiler = compiler
    this.#flags = flags
    this.#folder = folder
    this.#signal = signal
    this.#runner = runner
  }

  /**
   * @param includeDirs - searched in this order, before the compiler's own headers (stddef.h, stdarg.h, …) and then
   * `lastDirs`; nothing of the machine's libc is seen.
   * @param runIn - see DescribeOptions.
   */
  static async open(
    compiler: Compiler,
    includeDirs: readonly string[],
    lastDirs: readonly string[] = [],
    signal?: AbortSignal | undefined,
    runIn: (folder: string) => typeof run = () => run,
  ): Promise<CompilerRun> {
    const flags = [
      ...compiler.flags,
      '-std=gnu11',
      '-ffreestanding',
      '-w',
      ...(await searchFlags(compiler, includeDirs, lastDirs, signal)),
    ]
    const folder = await mkdtemp(join(tmpdir(), 'kseries-abi-'))
    return new CompilerRun(compiler, flags, folder, signal, runIn(folder))
  }

  /** The first line of `--version`. */
  async version(): Promise<string> {
    const { stdout } = await run(this.compiler.file, ['--version'], { signal: this.#signal, timeout: 60_000 })
    return stdout.split('\n')[0] ?? ''
  }

  /**
   * Preprocesses, keeping #define lines (gcc -E -dD).
   * @throws CommandFailed
   */
  async preprocess(source: string): Promise<string> {
    const file = await this.#write(source)
    const out = join(this.#folder, 'out.i')
    await this.#run(['-E', '-dD', file, '-o', out])
    return await readFile(out, 'utf8')
  }

  /**
   * Compiles to an object file.
   * @returns its bytes, or the errors, each with its place as `#line` says it.
   */
  async compile(source: string, flags: readonly string[] = []): Promise<Uint8Array | readonly CompileError[]> {
    const file = await this.#write(source)
    const out = join(this.#folder, 'out.o')
    try {
      // Without tracking, an error inside a macro is reported at the line that uses the macro.
      await this.#run(['-c', '-O0', '-fmax-errors=0', '-ftrack-macro-expansion=0', ...flags, file, '-o', out])
    } catch (error) {
      if (!(error instanceof CommandFailed) || error.timedOut) throw error
      const errors = compileErrors(error.stderr)
      if (errors.length === 0) throw error
      return errors
    }
    return await readFile(out)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #write(source: string): Promise<string> {
    const file = join(this.#folder, 'in.c')
    await writeFile(file, source)
    return file
  }

  async #run(args: readonly string[]) {
    return await this.#runner(this.compiler.file, [...this.#flags, ...args], {
      signal: this.#signal,
      timeout: 5 * 60_000,
      env: { LC_ALL: 'C' },
    })
  }
}

const compileErrors = (stderr: string): readonly CompileError[] =>
  stderr.split('\n').flatMap(line => {
    const match = /^(.+?):(\d+):(?:\d+:)? (?:fatal )?error: (.*)$/.exec(line)
    return match ? [{ file: match[1] ?? '', line: Number(match[2]), message: match[3] ?? '' }] : []
  })

/** There is no compiler for an ABI. */
export class CompilerMissing extends KseriesError {
  readonly abi: AbiName
  /** The Debian package to install. */
  readonly debianPackage: string

  constructor(abi: AbiName, compiler: string) {
    const { debianPackage } = ABIS[abi]
    super(`Cannot describe the ABI ${abi}: there is no compiler '${compiler}' on PATH`, {
      hint: `Install the Debian package ${debianPackage}.`,
    })
    this.abi = abi
    this.debianPackage = debianPackage
  }
}

/** The headers, as given, do not compile. */
export class HeadersRejected extends KseriesError {
  readonly errors: readonly CompileError[]

  constructor(abi: AbiName, includes: readonly string[], errors: readonly CompileError[], cause?: unknown) {
    const shown = errors.slice(0, 8).map(({ file, line, message }) => `  ${file}:${line}: ${message}`)
    super(`Cannot describe the ABI ${abi}: the compiler rejects ${includes.join(', ')}:\n${shown.join('\n')}`, {
      hint: 'Are they there, does each include what it uses, and were they exported for this architecture (make headers)?',
      exitCode: ExitCode.build,
      cause,
    })
    this.errors = errors
  }
}

/** Errors of a failed run of the compiler, from its output. */
export const errorsOf = (failure: CommandFailed): readonly CompileError[] => compileErrors(failure.stderr)
