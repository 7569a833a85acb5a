import { type FSWatcher, watch } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Interrupted } from '@kseries/host'

/** Milliseconds without a further change until a save is over: editors write, rename, and format. */
const SETTLED = 120

/** What is saved below folders, save by save. */
export class Changes implements Disposable {
  readonly #watchers: readonly FSWatcher[]
  readonly #files = new Set<string>()
  #came = Promise.withResolvers<void>()

  /** @throws what node:fs says of a folder that cannot be watched, such as ENOSPC when inotify has no more watches. */
  constructor(folders: readonly string[]) {
    this.#watchers = folders.map(folder =>
      watch(folder, { recursive: true }, (_, name) => {
        if (name === null || isNoise(name)) return
        this.#files.add(join(folder, name))
        this.#came.resolve()
      }),
    )
  }

  /**
   * Waits for a save; what was saved since the last call counts.
   * @returns the files that were written, made or deleted, absolute.
   * @throws Interrupted
   */
  async next(signal: AbortSignal): Promise<readonly string[]> {
    const aborted = new Promise<never>((_, reject) => {
      const onAbort = () => reject(new Interrupted('waiting for a change', signal.reason))
      if (signal.aborted) onAbort()
      signal.addEventListener('abort', onAbort, { once: true })
    })
    await Promise.race([this.#came.promise, aborted])
    for (let before = 0; before < this.#files.size; ) {
      before = this.#files.size
      await Promise.race([delay(SETTLED), aborted])
    }
    this.#came = Promise.withResolvers()
    const saved = [...this.#files].toSorted()
    this.#files.clear()
    return saved
  }

  [Symbol.dispose](): void {
    for (const watcher of this.#watchers) watcher.close()
  }
}

/** What editors leave beside a file, and what we write ourselves. */
const isNoise = (name: string): boolean =>
  /(^|\/)(\.[^/]*|#[^/]*#|4913)$|~$|\.(sw[a-p]|tmp|orig|rej)$/.test(name) ||
  /\/\.[^/]+\//.test(`/${name}`) ||
  basename(name) === 'uapi.gen.ts'
