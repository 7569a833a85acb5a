import { mkdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { relative, resolve } from 'node:path'
import { CommandFailed, ExitCode, explainDiskErrors, KseriesError, run, writeFileAtomic } from '@kseries/host'
import type { Toolchain } from './compiler.ts'
import { guardHalfMade } from './half-made.ts'

/** What is wrong at one place of the sources. */
export interface BuildError {
  /** Relative to the tree; the object's name for errors of the linker. Empty when make says no file. */
  readonly file: string
  readonly line?: number
  readonly column?: number
  readonly message: string
}

export interface MakeJob {
  readonly toolchain: Toolchain
  /** The sources. */
  readonly source: string
  /** O= */
  readonly output: string
  readonly targets: readonly string[]
  /** More variables for make. */
  readonly variables?: readonly string[]
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly signal?: AbortSignal | undefined
  /** Told of each step: 'CC', 'crypto/af_alg.o'. */
  readonly onStep?: (verb: string, object: string) => void
  /**
   * Told of each line of the output, in the order in which they were said: make then says all on standard output, since what comes
   * through two pipes comes in no order.
   */
  readonly onLine?: (line: string) => void
  /** Starts make: in a sandbox, where the tree is not trusted. @default host's run */
  readonly run?: typeof run
}

/**
 * Runs make in a kernel tree. What a build depends on is fixed: no time, no user, no host, no name of the commit.
 * @returns nothing; the log is OUTPUT/kseries-make.log, after a failure too.
 * @throws CompileFailed, DiskFull, Interrupted
 */
export const make = async (job: MakeJob): Promise<void> => {
  const { toolchain, source, output, targets, variables = [], signal, onStep } = job
  const log = `${output}/kseries-make.log`
  const lines: string[] = []
  const onLine = (line: string) => {
    lines.push(line)
    job.onLine?.(line)
    const step = /^ {2}([A-Z][A-Z0-9_]*(?: \[M\])?)\s+(\S+)/.exec(line)
    if (step) onStep?.(step[1] ?? '', step[2] ?? '')
  }
  const args = [
    '--directory',
    source,
    `O=${output}`,
    `--jobs=${availableParallelism()}`,
    ...toolchain.makeArgs,
    'LOCALVERSION=',
    // Others have been seen in front of Debian's that lack modules, or take long to start.
    'PYTHON3=/usr/bin/python3',
    // ccache hands the compiler relative paths; WARN() and the like shall print those of the tree.
    `KCPPFLAGS=-fmacro-prefix-map=${relative(output, source)}/=`,
    ...variables,
    ...targets,
  ]
  const [file = '', ...before] = job.onLine ? ['sh', '-c', 'exec make "$@" 2>&1', 'make'] : ['make']
  const env = {
    ...toolchain.env,
    KBUILD_BUILD_TIMESTAMP: 'Thu Jan  1 00:00:00 UTC 1970',
    KBUILD_BUILD_USER: 'kseries',
    KBUILD_BUILD_HOST: 'kseries',
    KBUILD_BUILD_VERSION: '1',
    ...job.env,
  }
  try {
    await mkdir(output, { recursive: true })
    await guardHalfMade(output, () =>
      explainDiskErrors(output, () => (job.run ?? run)(file, [...before, ...args], { env, signal, onLine })),
    )
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error
    await writeFileAtomic(log, `${lines.join('\n')}\n`).catch(() => {})
    throw new CompileFailed(targets, parseBuildErrors(lines, source, output), log, error)
  }
  await writeFileAtomic(log, `${lines.join('\n')}\n`)
}

/** Picks the errors of compilers, linkers, modpost, Kconfig and make itself out of a build's output. */
export const parseBuildErrors = (lines: readonly string[], source: string, output: string): BuildError[] => {
  const inTree = treePath(source, output)
  const found = lines.flatMap((line, index): BuildError[] => {
    const compiler = /^(\S[^:]*):(\d+):(?:(\d+):)? (?:fatal )?error: (.*)$/.exec(line)
    if (compiler) {
      const [, own = '', , , message = ''] = compiler
      const [, file = '', at, column] = (own.endsWith('.h') && useOfMacro(lines, index)) || compiler
      return [{ file: inTree(file), line: Number(at), ...(column && { column: Number(column) }), message }]
    }
    const place = /^(\S[^:]*(?:Kconfig|Makefile|Kbuild)[^:]*):(\d+): (?:\*\*\* )?(.*?)(?:\. {2}Stop\.)?$/.exec(line)
    // "*** [file:line: target] Error 2" is make reporting what was reported already.
    if (place && !/: warning:/.test(line))
      return [{ file: inTree(place[1] ?? ''), line: Number(place[2]), message: place[3] ?? '' }]
    const modpost = /^ERROR: modpost: (.*)$/.exec(line)
    if (modpost) return [{ file: /\[(\S+?)(?:\.ko)?\]/.exec(line)?.[1] ?? '', message: modpost[1] ?? '' }]
    const linker =
      /^(?:\S*ld(?:\.bfd)?: )?(\S+\.[oac])(?:\([^)]*\))?:.*(undefined reference to .*|multiple definition of .*)$/.exec(
        line,
      )
    if (linker) return [{ file: inTree(linker[1] ?? ''), message: linker[2] ?? '' }]
    return []
  })
  const seen = new Set<string>()
  return found.filter(error => {
    const key = JSON.stringify(error)
    return !seen.has(key) && seen.add(key)
  })
}

/**
 * Where the macro was used in which gcc found an error, such as static_assert(): it names the line of the macro, and behind it each use,
 * the outermost last.
 */
const useOfMacro = (lines: readonly string[], error: number): RegExpExecArray | undefined => {
  let use: RegExpExecArray | undefined
  for (const line of lines.slice(error + 1)) {
    const note = /^(\S[^:]*):(\d+):(?:(\d+):)? note: in expansion of macro /.exec(line)
    if (!note && !/^\s/.test(line)) return use
    use = note ?? use
  }
  return use
}

/** A path of make's output, which is relative to O= or absolute, as one in the tree, or of an object. */
export const treePath =
  (source: string, output: string) =>
  (path: string): string => {
    const absolute = resolve(output, path)
    const there = relative(source, absolute)
    return there.startsWith('..') ? relative(output, absolute) : there
  }

/** 'crypto/af_alg.c:12:3: …', with as much of the place as there is. */
export const wordError = ({ file, line, column, message }: BuildError): string => {
  const place = [file, line, column].filter(part => part !== undefined && part !== '').join(':')
  return place ? `${place}: ${message}` : message
}

/** The kernel does not compile. */
export class CompileFailed extends KseriesError {
  readonly errors: readonly BuildError[]
  /** Everything make said. */
  readonly log: string

  constructor(targets: readonly string[], errors: readonly BuildError[], log: string, cause: CommandFailed) {
    const shown = errors.slice(0, 5).map(wordError)
    const more = errors.length > shown.length ? [`and ${errors.length - shown.length} more`] : []
    const words = shown.length > 0 ? [...shown, ...more].join('\n') : lastWords(cause)
    super(`Cannot build ${targets.join(', ')}:\n${words}`, {
      hint: `The whole output is in ${log}`,
      exitCode: ExitCode.build,
      cause,
    })
    this.errors = errors
    this.log = log
  }
}

const lastWords = (cause: CommandFailed) =>
  `${cause.stderr}\n${cause.stdout}`
    .split('\n')
    .filter(line => line.trim() && !line.startsWith('make'))
    .slice(-5)
    .join('\n') || cause.message
