/** Calls when a test's time is up. What it spends in a pause does not count. */
export class Deadline {
  readonly #late: () => void
  #left: number
  #since = 0
  #timer: NodeJS.Timeout | undefined

  /** @param milliseconds - from now on. */
  constructor(milliseconds: number, late: () => void) {
    this.#left = milliseconds
    this.#late = late
    this.resume()
  }

  pause(): void {
    if (this.#timer === undefined) return
    this.stop()
    this.#left -= performance.now() - this.#since
  }

  resume(): void {
    this.#since = performance.now()
    this.#timer = setTimeout(this.#late, Math.max(0, this.#left))
  }

  /** For good. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
