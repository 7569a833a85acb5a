import { Changes } from './changes.ts'
import { Keys, type Wish } from './keys.ts'

/** What a watch waits for. */
export type WatchEvent =
  | { readonly kind: 'saved'; readonly files: readonly string[] }
  | { readonly kind: 'wish'; readonly wish: Wish }

/** Saves and keys, in the order in which they came. */
export class WatchEvents implements Disposable {
  readonly #changes: Changes
  readonly keys: Keys
  readonly #stop = new AbortController()
  readonly #events: WatchEvent[] = []
  #came = Promise.withResolvers<void>()
  #failure: unknown

  /** @throws what Changes throws */
  constructor(folders: readonly string[], signal: AbortSignal) {
    this.#changes = new Changes(folders)
    this.keys = new Keys(wish => this.#add({ kind: 'wish', wish }))
    void this.#follow(AbortSignal.any([signal, this.#stop.signal])).catch((error: unknown) => {
      this.#failure = error
      this.#came.resolve()
    })
  }

  /** Resolves when there is an event, or when no more will come: then `take` throws why. */
  get came(): Promise<void> {
    return this.#came.promise
  }

  /** All events that have come. @throws Interrupted when the watch is over */
  take(): readonly WatchEvent[] {
    if (this.#failure !== undefined) throw this.#failure
    this.#came = Promise.withResolvers()
    return this.#events.splice(0)
  }

  [Symbol.dispose](): void {
    this.#stop.abort()
    this.#changes[Symbol.dispose]()
    this.keys[Symbol.dispose]()
  }

  async #follow(signal: AbortSignal) {
    for (;;) this.#add({ kind: 'saved', files: await this.#changes.next(signal) })
  }

  #add(event: WatchEvent) {
    this.#events.push(event)
    this.#came.resolve()
  }
}
