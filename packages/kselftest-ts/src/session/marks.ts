import { randomInt } from 'node:crypto'

/** Marks on a console: each says who answers for what the kernel says after it. */
export class Marks {
  readonly #marks: { readonly line: number; readonly owner: number | undefined }[] = []
  /** Drawn by chance: a log may quote the marks of an earlier run. */
  readonly #nonce = randomInt(0x1000, 0x10000).toString(16)
  #count = 0
  #line = 0
  #awaited: { readonly token: string; readonly owner: number | undefined; readonly seen: () => void } | undefined

  /** @param owner - of what comes before the first mark: while the guest boots. */
  constructor(owner?: number) {
    this.assume(owner)
  }

  /** A text to look out for; what comes after the line with it is the owner's. */
  next(owner: number | undefined): { readonly token: string; readonly seen: Promise<void> } {
    const token = `kseries: ${this.#nonce}-${++this.#count}`
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#awaited = { token: `${token} `, owner, seen: resolve }
    return { token, seen: promise }
  }

  /** A line came. Whose the next ones are is known at once: they may come in the same chunk. */
  line(number: number, text: string): void {
    this.#line = number
    if (!this.#awaited || !text.includes(this.#awaited.token)) return
    const { owner, seen } = this.#awaited
    this.#awaited = undefined
    this.#marks.push({ line: number, owner })
    seen()
  }

  /** The mark did not come: what comes from now on is the owner's all the same. */
  assume(owner: number | undefined): void {
    this.#marks.push({ line: this.#line, owner })
  }

  /** Who answers for a report that begins at a line. */
  ownerOf(line = this.#line): number | undefined {
    return this.#marks.findLast(mark => mark.line <= line)?.owner
  }
}
