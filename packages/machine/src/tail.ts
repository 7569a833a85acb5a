import { closeSync, type FSWatcher, openSync, readSync, watch } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'

export interface TailOptions {
  /** Resolves when nobody writes any more; what is there by then is still given. */
  readonly ended: Promise<unknown>
  /** Ends it at once. */
  readonly signal?: AbortSignal
  /** Look as soon as something is written, not a few milliseconds later: more work, shorter ways. @default false */
  readonly prompt?: boolean
}

const chunkSize = 64 * 1024
const pollMilliseconds = 5

/** The bytes of a file that another process writes, as they come. */
export async function* tail(path: string, options: TailOptions): AsyncGenerator<Buffer> {
  const { ended, signal, prompt = false } = options
  let over = false
  let wake: (() => void) | undefined
  const end = () => {
    over = true
    wake?.()
  }
  ended.then(end, end)
  signal?.addEventListener('abort', end, { once: true })
  const file = openSync(path, 'r')
  const watcher = prompt ? watcherOf(path, () => wake?.()) : undefined
  const buffer = Buffer.allocUnsafe(chunkSize)
  try {
    for (;;) {
      // Asked before the read, so that the read after the end gets the last bytes.
      const last = over
      if (signal?.aborted) return
      const length = readSync(file, buffer, 0, chunkSize, null)
      if (length > 0) {
        yield Buffer.from(buffer.subarray(0, length))
        // Others want to do something too, however much there is to read.
        if (length === chunkSize) await nextTurn()
      } else if (last) return
      else {
        await new Promise<void>(resolve => {
          const timer = setTimeout(resolve, pollMilliseconds)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
    }
  } finally {
    signal?.removeEventListener('abort', end)
    watcher?.close()
    closeSync(file)
  }
}

// A system may have no watches left (inotify(7), max_user_instances): looking every few milliseconds does as well.
const watcherOf = (path: string, onChange: () => void): FSWatcher | undefined => {
  try {
    return watch(path, onChange).on('error', () => {})
  } catch {
    return undefined
  }
}
