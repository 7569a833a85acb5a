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

/** The bytes of a file as they come. */
export interface Tail extends AsyncGenerator<Buffer> {
  /**
   * All that has been written and not been taken, at once. A piece that was given by the iteration, and whose reader has not come to
   * run yet, is in it: who uses this takes all pieces so, and the iteration only tells when.
   */
  claim(): Buffer
}

const chunkSize = 64 * 1024
const pollMilliseconds = 5

/** The bytes of a file that another process writes, as they come. */
export const tail = (path: string, options: TailOptions): Tail => {
  let file: number | undefined
  let given: Buffer[] = []
  const buffer = Buffer.allocUnsafe(chunkSize)
  const read = (): Buffer | undefined => {
    const length = file === undefined ? 0 : readSync(file, buffer, 0, chunkSize, null)
    return length > 0 ? Buffer.from(buffer.subarray(0, length)) : undefined
  }
  const claim = () => {
    for (let piece = read(); piece; piece = read()) given.push(piece)
    const all = Buffer.concat(given)
    given = []
    return all
  }
  async function* follow({ ended, signal, prompt = false }: TailOptions): AsyncGenerator<Buffer> {
    let over = false
    let wake: (() => void) | undefined
    const end = () => {
      over = true
      wake?.()
    }
    ended.then(end, end)
    signal?.addEventListener('abort', end, { once: true })
    file = openSync(path, 'r')
    const watcher = prompt ? watcherOf(path, () => wake?.()) : undefined
    try {
      for (;;) {
        // Asked before the read, so that the read after the end gets the last bytes.
        const last = over
        if (signal?.aborted) return
        const piece = read()
        if (piece) {
          given.push(piece)
          yield piece
          given = []
          // Others want to do something too, however much there is to read.
          if (piece.length === chunkSize) await nextTurn()
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
      file = undefined
    }
  }
  return Object.assign(follow(options), { claim })
}

// A system may have no watches left (inotify(7), max_user_instances): looking every few milliseconds does as well.
const watcherOf = (path: string, onChange: () => void): FSWatcher | undefined => {
  try {
    return watch(path, onChange).on('error', () => {})
  } catch {
    return undefined
  }
}
