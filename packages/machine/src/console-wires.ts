import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, symlink, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { explainDiskErrors, run } from '@kseries/host'
import { ConsoleClosed } from './errors.ts'

/** Where one types. */
export interface ConsoleInput {
  /** Resolves when all bytes are on their way to the guest. Rejects when closed. */
  write(data: Uint8Array): Promise<void>
  /** Harmless a second time. */
  close(): Promise<void>
}

/** Both ends of a console as QEMU's pipe chardev takes them. */
export interface ConsoleWires {
  /** The file that QEMU writes. */
  readonly output: string
  readonly input: ConsoleInput
}

/**
 * Lays a console's line: a named pipe for what is typed, a plain file for what is printed (see boards.ts why).
 * @param path - of the pipe, to which ".in" and ".out" are added; both may go when QEMU runs.
 * @param logDir - gets console.raw.
 * @throws DiskFull
 */
export const layConsole = async (path: string, logDir: string): Promise<ConsoleWires> => {
  const output = await emptyFile('console', logDir)
  await Promise.all([symlink(output, `${path}.out`), run('mkfifo', ['--mode=600', `${path}.in`])])
  // For reading too: a pipe without a reader cannot be opened for writing alone.
  return { output, input: new PipeInput(await open(`${path}.in`, constants.O_RDWR | constants.O_NONBLOCK)) }
}

/**
 * Lays a console's line out of the guest alone.
 * @param logDir - gets NAME.raw.
 * @returns its path, and an input that takes nothing.
 * @throws DiskFull
 */
export const layOutput = async (name: string, logDir: string): Promise<ConsoleWires> => {
  const output = await emptyFile(name, logDir)
  const input = { write: () => Promise.reject(new ConsoleClosed()), close: () => Promise.resolve() }
  return { output, input }
}

const emptyFile = async (name: string, logDir: string): Promise<string> => {
  const path = resolve(logDir, `${name}.raw`)
  await explainDiskErrors(path, async () => {
    await mkdir(logDir, { recursive: true })
    await writeFile(path, '')
  })
  return path
}

// The guest may not read for long; then the pipe is full, and we look again later.
const fullMilliseconds = 5

class PipeInput implements ConsoleInput {
  readonly #pipe: FileHandle
  #last: Promise<void> = Promise.resolve()
  #closed = false

  constructor(pipe: FileHandle) {
    this.#pipe = pipe
  }

  write(data: Uint8Array): Promise<void> {
    const before = this.#last
    const written = (async () => {
      await before
      await this.#writeAll(data)
    })()
    this.#last = written.catch(() => {})
    return written
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#last
    await this.#pipe.close()
  }

  async #writeAll(data: Uint8Array): Promise<void> {
    for (let at = 0; at < data.length; ) {
      if (this.#closed) throw new ConsoleClosed()
      try {
        at += (await this.#pipe.write(data, at)).bytesWritten
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
        await delay(fullMilliseconds)
      }
    }
  }
}
