import { setTimeout as delay } from 'node:timers/promises'
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
  /** The deadline passed, and it was killed. */
  readonly timedOut: boolean
  readonly stdout: string
  readonly stderr: string
}

const CHUNK = 32 * 1024
/** Milliseconds for output that a grandchild may still write when the child has ended. */
const GRACE = 200

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
  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = true
    void child.end()
  }, timeout)
  try {
    const reading = readAll(sys, [out[0], err[0]], child.exited)
    const failed = await failure
    if (failed) await child.end()
    const [stdout = '', stderr = ''] = await reading
    if (failed) throw failed
    const status = await child.exited
    const exitCode = 'code' in status ? status.code : undefined
    return { exitCode, signal: 'signal' in status ? status.signal : undefined, timedOut, stdout, stderr }
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

/** Reads both pipes to their ends, by a thread, so that `sys` stays free. */
const readAll = async (sys: Sys, fds: readonly number[], ended: Promise<unknown>): Promise<string[]> => {
  await using reader = await sys.thread()
  const parts = fds.map((): Uint8Array[] => [])
  const open = new Set(fds)
  const drain = async (fd: number) => {
    for (;;) {
      const settled = await reader.program(p => p.settled(p.read(fd, CHUNK)))
      if (settled.status === 'rejected') {
        if (settled.reason.code === 'EAGAIN') return
        throw settled.reason
      }
      if (settled.value.length === 0) return void open.delete(fd)
      parts[fds.indexOf(fd)]?.push(settled.value)
    }
  }
  const late = new AbortController()
  const watchEnd = async () => {
    await ended
    await delay(GRACE, undefined, { signal: done.signal, ref: false })
    late.abort()
    await reader.cancel()
  }
  const done = new AbortController()
  watchEnd().catch(() => {})
  try {
    while (open.size > 0 && !late.signal.aborted) {
      const ready = await reader.poll(
        [...open].map(fd => ({ fd, events: 'POLLIN' })),
        -1,
      )
      for (const { fd, revents } of ready) if (revents !== 0) await drain(fd)
    }
  } catch (error) {
    if (!(late.signal.aborted && (error as SyscallError).code === 'EINTR')) throw error
  } finally {
    done.abort()
  }
  return parts.map(part => Buffer.concat(part).toString())
}

const upload = async (sys: Sys, content: Uint8Array): Promise<number> => {
  const fd = await sys.memfd_create('upload', 'MFD_CLOEXEC')
  await writeAll(sys, fd, content)
  await sys.lseek(fd, 0, 0)
  return fd
}
