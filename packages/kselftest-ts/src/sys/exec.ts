import { WorkerGone } from '../agent/errors.ts'
import { moved } from '../program/core.ts'
import { layoutFor } from '../program/layout.ts'
import type { Program } from '../program/program.ts'
import { Ref } from '../program/ref.ts'
import { cstring } from '../program/values.ts'
import type { SyscallError } from './errors.ts'
import { writeAll } from './files.ts'
import type { Sys } from './sys.ts'

export interface ExecRequest {
  /** A path in the guest, or the binary itself, which is then uploaded. */
  readonly file: string | Uint8Array
  /** Without the program's own name. */
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** @default nothing: /dev/null */
  readonly stdin?: string | Uint8Array
  /** Milliseconds until it is killed. @default 30000 */
  readonly timeout?: number
}

export interface ExecResult {
  /** Undefined if a signal ended it. */
  readonly exitCode: number | undefined
  readonly signal: number | undefined
  /** The deadline passed, and it was killed; or had ended, and what it left behind still wrote. */
  readonly timedOut: boolean
  readonly stdout: string
  readonly stderr: string
}

const CHUNK = 32 * 1024
/** Milliseconds of silence, once the child has ended, after which a grandchild that holds its pipes is not waited for. */
const GRACE = 200
/** A pipe holds no more, unless it was made larger (fs/pipe.c:pipe_max_size). */
const PIPE_MAX = 1024 * 1024

/**
 * Runs a binary in a child of `sys`, with pipes for its output. The agent knows nothing of this: it is a process that is
 * told to call execveat().
 * @throws SyscallError if the file cannot be executed.
 */
export const exec = async (sys: Sys, request: ExecRequest): Promise<ExecResult> => {
  const { file, stdin = '', timeout = 30_000 } = request
  const { out, err } = await sys.program(p => {
    const pipes = { out: p.pipe2('O_CLOEXEC'), err: p.pipe2('O_CLOEXEC') }
    for (const [end] of Object.values(pipes)) p.fcntl(end, 'F_SETFL', 'O_NONBLOCK')
    return pipes
  })
  const image = typeof file === 'string' ? undefined : await upload(sys, file)
  const input = stdin.length === 0 ? undefined : await upload(sys, Buffer.from(stdin))
  await using child = await sys.process()
  const open = [out[1], err[1], ...(image === undefined ? [] : [image]), ...(input === undefined ? [] : [input])]
  await sys.program(p => open.map(fd => p.close(fd)))

  const started = child.program(p => {
    if (input !== undefined) p.dup3(input, 0)
    p.dup3(out[1], 1)
    p.dup3(err[1], 2)
    execve(p, image, request)
  })
  // The program never comes to its end: the process ends, or the call fails.
  const failure = started.then(
    () => undefined,
    error => (error instanceof WorkerGone ? undefined : (error as Error)),
  )
  const deadline = new AbortController()
  const timer = setTimeout(() => {
    deadline.abort()
    child.end().catch(() => {})
  }, timeout)
  // A guest that dies leaves calls that never return; we are not to wait for this then.
  timer.unref()
  try {
    const reading = readAll(sys, [out[0], err[0]], child.exited, deadline.signal)
    // It may fail before it is waited for: when our own process is killed, the child is another moment gone.
    reading.catch(() => {})
    const failed = await failure
    if (failed) await child.end()
    const [stdout = '', stderr = ''] = await reading
    if (failed) throw failed
    const status = await child.exited
    const exitCode = 'code' in status ? status.code : undefined
    const signal = 'signal' in status ? status.signal : undefined
    return { exitCode, signal, timedOut: deadline.signal.aborted, stdout, stderr }
  } finally {
    clearTimeout(timer)
    await sys.program(p => [p.close(out[0]), p.close(err[0])])
  }
}

/** Adds execveat() of a descriptor or a path, with its vectors of pointers. */
const execve = (p: Program, image: number | undefined, { file, args = [], env = {} }: ExecRequest) => {
  const { pointer } = layoutFor(p.abi.pointerSize)
  const vector = (texts: readonly string[]) => {
    const addresses = texts.map(text => p.data(cstring(text).bytes))
    const at = p.data(Buffer.alloc(pointer * (texts.length + 1)))
    addresses.forEach((address, index) => p.store(moved(at, index * pointer), address, pointer))
    return new Ref(at, [], () => undefined)
  }
  const path = typeof file === 'string' ? file : ''
  const argv = vector([path || 'upload', ...args])
  const envp = vector(Object.entries(env).map(([name, value]) => `${name}=${value}`))
  const [directory, flags] = image === undefined ? ['AT_FDCWD', 0] : [image, 'AT_EMPTY_PATH']
  p.call('execveat', [directory, cstring(path), argv, envp, flags], [path || 'upload', ...args])
}

/**
 * Reads both pipes to their ends, by a thread, so that `sys` stays free. Once the child has ended, to where nobody has
 * written for a while; and when its time is up, too, no more than a pipe holds: a grandchild may write for ever.
 */
const readAll = async (
  sys: Sys,
  fds: readonly number[],
  ended: Promise<unknown>,
  deadline: AbortSignal,
): Promise<string[]> => {
  await using reader = await sys.thread()
  const parts = fds.map((): Uint8Array[] => [])
  const open = new Set(fds)
  let over = false
  let polling = false
  const onEnd = async () => {
    over = true
    // Never a read: what it has taken from the pipe would be lost.
    if (polling) await reader.cancel()
  }
  ended.then(onEnd, onEnd).catch(() => {})
  let late = 0
  const drain = async (fd: number) => {
    for (;;) {
      const settled = await reader.program(p => p.settled(p.read(fd, CHUNK)))
      if (settled.status === 'rejected') {
        if (settled.reason.code === 'EAGAIN') return
        throw settled.reason
      }
      if (settled.value.length === 0) return void open.delete(fd)
      parts[fds.indexOf(fd)]?.push(settled.value)
      if (over && deadline.aborted && (late += settled.value.length) > PIPE_MAX) return open.clear()
    }
  }
  const poll = async (timeout: number) => {
    polling = true
    try {
      const requests = [...open].map(fd => ({ fd, events: 'POLLIN' }))
      return (await reader.poll(requests, timeout)).filter(({ revents }) => revents !== 0)
    } catch (error) {
      if ((error as Partial<SyscallError>).code !== 'EINTR') throw error
      return undefined
    } finally {
      polling = false
    }
  }
  while (open.size > 0) {
    const last = over
    const ready = await poll(last ? GRACE : -1)
    if (last && ready?.length === 0) break
    for (const { fd } of ready ?? []) if (open.has(fd)) await drain(fd)
  }
  return parts.map(part => Buffer.concat(part).toString())
}

const upload = async (sys: Sys, content: Uint8Array): Promise<number> => {
  const fd = await sys.memfd_create('upload', 'MFD_CLOEXEC')
  await writeAll(sys, fd, content)
  await sys.lseek(fd, 0, 0)
  return fd
}
