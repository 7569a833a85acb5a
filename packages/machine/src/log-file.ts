import { type FileHandle, open } from 'node:fs/promises'

// A disk that is slower than the guest holds the guest up; it does not fill our memory.
const backlogLimit = 4 * 1024 * 1024

/** A file written behind the scenes: what is appended while a write is under way goes out with the next one. */
export class LogFile {
  readonly #file: FileHandle
  #waiting: Uint8Array[] = []
  #backlog = 0
  #writing: Promise<void> | undefined
  #error: unknown

  readonly #onError: (error: Error) => void

  private constructor(file: FileHandle, onError: (error: Error) => void) {
    this.#file = file
    this.#onError = onError
  }

  /** @param onError - told once, at once, when a write fails: the disk may be full long before the next append. */
  static async create(path: string, onError: (error: Error) => void): Promise<LogFile> {
    return new LogFile(await open(path, 'w'), onError)
  }

  /**
   * Appends. Resolves at once while little is waiting, else when all has been written.
   * @throws what a write before this one failed with.
   */
  async append(data: Uint8Array | string): Promise<void> {
    if (this.#error) throw this.#error
    if (data.length === 0) return
    const bytes = typeof data === 'string' ? Buffer.from(data) : data
    this.#waiting.push(bytes)
    this.#backlog += bytes.length
    this.#writing ??= this.#drain()
    if (this.#backlog > backlogLimit) await this.#writing
    if (this.#error) throw this.#error
  }

  /** Writes what waits and closes. @throws what a write failed with. */
  async close(): Promise<void> {
    await this.#writing
    await this.#file.close()
    if (this.#error) throw this.#error
  }

  async #drain(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const bytes = Buffer.concat(this.#waiting)
        this.#waiting = []
        await this.#file.appendFile(bytes)
        this.#backlog -= bytes.length
      }
    } catch (error) {
      this.#error = error
      this.#waiting = []
      this.#onError(error as Error)
    } finally {
      this.#writing = undefined
    }
  }
}
