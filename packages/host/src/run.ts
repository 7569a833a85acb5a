import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { ExitCode, Interrupted, KseriesError } from './errors.ts'

const keeper = fileURLToPath(new URL('keeper.sh', import.meta.url))

export interface RunOptions {
  readonly cwd?: string
  /** Added to our own environment; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Written to standard input, which is then closed. Nothing given: /dev/null. */
  readonly input?: string | Uint8Array
  readonly signal?: AbortSignal | undefined
  /** Milliseconds until the command and its descendants are killed. */
  readonly timeout?: number
  /**
   * For a command that must not be torn: whatever ends it is a SIGHUP first, as from a terminal that closes, and the kill
   * comes this many milliseconds later. It may go on for as long after we have died. @default 0
   */
  readonly gentle?: number
  /** Exit codes that are an answer and not a failure. @default [0] */
  readonly okCodes?: readonly number[]
  /** Called with each line of standard output or error as it comes. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void
  /** Take standard output whole and unchanged, as bytes in `bytes`; `stdout` is then empty. */
  readonly binary?: boolean
}

export interface RunResult {
  readonly exitCode: number
  /** Without the final newline. */
  readonly stdout: string
  readonly stderr: string
  /** Standard output as bytes, with `binary` only. */
  readonly bytes: Uint8Array
}

/**
 * Runs a program to its end. It gets no shell, no standard input unless given, and its own process group, which is killed
 * whole when the signal fires, the deadline passes, or we die ourselves (kill -9 included, see keeper.sh).
 *
 * @param file - the program, looked up on PATH.
 * @throws CommandMissing if there is no such program; CommandFailed for an exit code not in `okCodes`, a signal or the
 * deadline; Interrupted when `signal` fired.
 */
export const run = async (file: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> => {
  const { okCodes = [0], signal, onLine, binary = false, gentle = 0 } = options
  if (signal?.aborted) throw new Interrupted(file, signal.reason)
  const child = start(file, args, options)
  if (onLine) {
    const follow = async (stream: 'stdout' | 'stderr') => {
      for await (const line of child.iterable({ from: stream })) onLine(String(line), stream)
    }
    void Promise.all([follow('stdout'), follow('stderr')]).catch(() => {})
  }
  const onAbort = () => (gentle > 0 ? child.kill('SIGTERM') : killGroup(child.pid))
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    const result = await child
    if (signal?.aborted) throw new Interrupted(file, signal.reason)
    const output: unknown = result.stdout
    const text = (value: unknown) => (value instanceof Uint8Array ? '' : String(value ?? ''))
    const out = {
      stdout: text(output),
      stderr: text(result.stderr),
      bytes: binary && output instanceof Uint8Array ? output : new Uint8Array(),
    }
    // dash, and bash, whose words depend on the language: "keeper.sh: 30: x: not found", "keeper.sh: line 30: x: command …".
    if (result.exitCode === 127 && /keeper\.sh: (\w+ )?\d+: /.test(out.stderr)) throw new CommandMissing(file)
    if (result.timedOut || result.exitCode === undefined || !okCodes.includes(result.exitCode)) {
      throw new CommandFailed(file, args, {
        exitCode: result.exitCode,
        signal: result.signal,
        timedOut: result.timedOut,
        ...out,
        cause: result instanceof Error ? result : undefined,
      })
    }
    return { exitCode: result.exitCode, ...out }
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}

const start = (file: string, args: readonly string[], options: RunOptions) =>
  execa(
    'setpriv',
    ['--pdeathsig', 'TERM', '--', keeper, `${process.pid}`, `${(options.gentle ?? 0) / 1000}`, file, ...args],
    {
      detached: true,
      reject: false,
      // It would kill the keeper and nothing else. The keeper kills, and it keeps to `gentle`.
      forceKillAfterDelay: false,
      stripFinalNewline: !options.binary,
      maxBuffer: 256 * 1024 * 1024,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.env === undefined ? {} : { env: options.env as Record<string, string> }),
      ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
      ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
      encoding: (options.binary ? 'buffer' : 'utf8') as 'utf8',
    },
  )

export interface Daemon extends AsyncDisposable {
  readonly pid: number
  /** Resolves when the process has ended, however it did; never rejects. */
  readonly exited: Promise<{
    readonly exitCode: number | undefined
    readonly signal: string | undefined
    readonly stderr: string
  }>
  /** Kills the whole group at once, `gentle` or not, and waits for the end. Harmless when it has ended. */
  kill(): Promise<void>
}

/**
 * Starts a program that goes on running, such as QEMU, with the guarantees of `run`. Output goes to `onLine`; the last
 * 64 kB of standard error are in `exited`.
 * @throws CommandMissing if there is no such program (through `exited`: exit code 127).
 */
export const spawnDaemon = (
  file: string,
  args: readonly string[],
  options: Pick<RunOptions, 'cwd' | 'env' | 'onLine' | 'gentle'> = {},
): Daemon => {
  const { onLine } = options
  const child = start(file, args, options)
  let tail = ''
  const follow = async (stream: 'stdout' | 'stderr') => {
    for await (const line of child.iterable({ from: stream })) {
      if (stream === 'stderr') tail = `${tail}${String(line)}\n`.slice(-65_536)
      onLine?.(String(line), stream)
    }
  }
  const followed = Promise.all([follow('stdout'), follow('stderr')]).catch(() => {})
  const exited = (async () => {
    const result = await child
    await followed
    return { exitCode: result.exitCode, signal: result.signal, stderr: tail }
  })()
  const kill = async () => {
    killGroup(child.pid)
    await exited
  }
  return { pid: child.pid ?? -1, exited, kill, [Symbol.asyncDispose]: kill }
}

const killGroup = (pid: number | undefined) => {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // The group has ended already.
  }
}

interface Failure {
  readonly exitCode: number | undefined
  readonly signal: string | undefined
  readonly timedOut: boolean
  readonly stdout: string
  readonly stderr: string
  readonly cause?: unknown
}

/** A program ended badly. Its output is kept; the message shows how it ended and its last lines. */
export class CommandFailed extends KseriesError {
  readonly command: string
  readonly code: number | undefined
  readonly timedOut: boolean
  readonly stdout: string
  readonly stderr: string

  constructor(file: string, args: readonly string[], failure: Failure) {
    const how = failure.timedOut
      ? 'ran past its deadline'
      : failure.signal
        ? `was ended by ${failure.signal}`
        : `exited with ${failure.exitCode}`
    const tail = (failure.stderr.trim() || failure.stdout.trim()).split('\n').slice(-12).join('\n')
    super(`${[file, ...args].join(' ').slice(0, 300)} ${how}${tail ? `:\n${tail}` : ''}`, { cause: failure.cause })
    this.command = file
    this.code = failure.exitCode
    this.timedOut = failure.timedOut
    this.stdout = failure.stdout
    this.stderr = failure.stderr
  }
}

/** A program is not installed. */
export class CommandMissing extends KseriesError {
  readonly command: string

  constructor(file: string) {
    super(`Cannot run '${file}': no such program on PATH`, {
      hint: '`./kseries doctor` names the Debian package; `./kseries run` installs it.',
      exitCode: ExitCode.infra,
    })
    this.command = file
  }
}
