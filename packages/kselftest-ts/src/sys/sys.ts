import { randomInt } from 'node:crypto'
import type { ExitStatus } from '../agent/errors.ts'
import type { Runner } from '../agent/runner.ts'
import { Program } from '../program/program.ts'
import type { Resolved } from '../program/ref.ts'
import type { HasFd } from '../program/values.ts'
import { flagsOf, type SysAbi } from './abi.ts'
import { type Credentials, takeCredentials } from './credentials.ts'
import { type ExecRequest, type ExecResult, exec } from './exec.ts'
import * as files from './files.ts'
import { GuestBuffer } from './memory.ts'
import { RemoteBase } from './remote.ts'

/** A meeting point for workers, see `Program.barrier`. */
export interface Barrier {
  readonly number: number
  readonly parties: number
}

/** How a worker is wound up at the end of an `await using` block. */
type Disposal = 'leave' | 'end-thread' | 'kill-process'

let barriers = randomInt(0, 1 << 24)

/** A worker in the guest: a process or a thread that makes system calls. */
export class Sys extends RemoteBase implements AsyncDisposable {
  /** The agent's name for it. */
  readonly worker: number
  readonly runner: Runner
  /** Resolves when its process has ended. */
  readonly exited: Promise<ExitStatus>
  readonly #disposal: Disposal

  constructor(runner: Runner, worker: number, disposal: Disposal = 'leave') {
    super()
    this.runner = runner
    this.worker = worker
    this.exited = runner.gone(worker)
    this.exited.catch(() => {})
    this.#disposal = disposal
  }

  get abi(): SysAbi {
    return this.runner.abi
  }

  /** What the run was given, as in the test's context. */
  get params(): Readonly<Record<string, string>> {
    return this.runner.params
  }

  /** The value of a constant by name, or of several: 'O_RDWR|O_CLOEXEC'. @throws UnknownName. */
  constant(name: string): number {
    return flagsOf(this.abi, name)
  }

  /**
   * Runs the calls that `build` makes, in one round trip.
   * @returns what `build` returned, with the references in it replaced by values.
   * @throws SyscallError of the first call that failed and was not in `settled`.
   */
  async program<T>(build: (program: Program) => T): Promise<Resolved<T>> {
    const program = new Program(this.abi, this.runner.limits)
    const shape = build(program)
    const answer = await this.runner.run(this.worker, program.encode(), program.describe())
    return program.decode(answer, shape)
  }

  /** Ends the system call that runs here with EINTR, and its program. */
  async cancel(): Promise<void> {
    this.runner.cancel(this.worker)
  }

  /** SIGKILL for the process, with all of its threads. */
  async end(): Promise<ExitStatus> {
    this.runner.kill(this.worker)
    return await this.exited
  }

  /** A thread of this process: memory and descriptors are shared, calls are not waited for. */
  async thread(): Promise<Sys> {
    const flags = this.constant('CLONE_FILES')
    return new Sys(this.runner, await this.program(p => p.cloneWorker(false, flags)), 'end-thread')
  }

  /** A copy of this process, with other credentials if told; see Credentials. */
  async process(credentials: Credentials = {}): Promise<Sys> {
    const child = new Sys(this.runner, await this.program(p => p.cloneWorker(true, 0)), 'kill-process')
    try {
      await takeCredentials(child, credentials)
    } catch (error) {
      await child.end()
      throw error
    }
    return child
  }

  /** A meeting point for so many workers. */
  barrier(parties: number): Barrier {
    barriers = (barriers + 1) & 0xffffff
    return { number: barriers, parties }
  }

  /** A descriptor that is closed at the end of an `await using` block; goes wherever a descriptor does. */
  owned(fd: number): HasFd & AsyncDisposable {
    return {
      fd,
      [Symbol.asyncDispose]: async () => {
        await this.close(fd)
      },
    }
  }

  /** Memory that stays: so many bytes, or these. */
  async alloc(content: number | Uint8Array): Promise<GuestBuffer> {
    return await GuestBuffer.make(this, content)
  }

  /** A file's content. */
  async readFile(path: string): Promise<Uint8Array> {
    return await files.readFile(this, path)
  }

  /** A file's content as text. */
  async readText(path: string): Promise<string> {
    return Buffer.from(await files.readFile(this, path)).toString()
  }

  /** Writes a file, made if there is none. */
  async writeFile(path: string, data: string | Uint8Array): Promise<void> {
    await files.writeFile(this, path, typeof data === 'string' ? Buffer.from(data) : data)
  }

  /** The names in a folder, sorted. */
  async readDir(path: string): Promise<string[]> {
    return await files.readDir(this, path)
  }

  /** Runs a binary to its end, in a process of its own. */
  async exec(request: ExecRequest): Promise<ExecResult> {
    return await exec(this, request)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    switch (this.#disposal) {
      case 'leave':
        return
      case 'end-thread':
        this.runner.cancel(this.worker)
        await this.program(p => p.end(0)).catch(() => {})
        return
      case 'kill-process':
        await this.end().catch(() => {})
    }
  }
}
