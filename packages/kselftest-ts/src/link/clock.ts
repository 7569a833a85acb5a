/** Time as the link needs it; tests put their own in place. */
export interface Clock {
  /** Milliseconds from some moment on. */
  now(): number
  /** Calls `fire` once after so many milliseconds; the function it gives takes that back. */
  after(milliseconds: number, fire: () => void): () => void
  /** Calls `run` when what is being done now is done. */
  soon(run: () => void): void
}

/** The machine's time. Timers do not keep the process alive. */
export const realClock: Clock = {
  now: () => performance.now(),
  after: (milliseconds, fire) => {
    const timer = setTimeout(fire, milliseconds)
    timer.unref()
    return () => clearTimeout(timer)
  },
  soon: queueMicrotask,
}
