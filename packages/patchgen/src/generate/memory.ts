import { hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { contentKey, writeFileAtomic } from '@kseries/host'

/** An edited file as what differs from the file it was made of: so many bytes at both ends are the same. */
interface Difference {
  readonly head: number
  readonly tail: number
  /** In base64. */
  readonly middle: string
}

/**
 * What edits made of texts the last time. One changed line in a series leaves most edits as they were; they need not be
 * resolved, nor the parser loaded, again.
 */
export class EditMemory {
  readonly #path: string
  readonly #generator: string
  readonly #known: Readonly<Record<string, Difference>>
  readonly #used: Record<string, Difference> = {}

  constructor(path: string, generator: string, known: Readonly<Record<string, Difference>>) {
    this.#path = path
    this.#generator = generator
    this.#known = known
  }

  /**
   * Reads what was saved; a damaged or missing file is an empty memory.
   * @param generator - the key of the code that makes the edits.
   */
  static async open(path: string, generator: string): Promise<EditMemory> {
    const known: unknown = await readFile(path, 'utf8')
      .then(JSON.parse)
      .catch(() => ({}))
    return new EditMemory(path, generator, (known ?? {}) as Record<string, Difference>)
  }

  /** Saves what was asked for since it was opened, and forgets the rest. */
  async save(): Promise<void> {
    await writeFileAtomic(this.#path, JSON.stringify(this.#used))
  }

  /**
   * The result of `work` on a file, from memory if the same was asked before.
   * @param content - the file's.
   * @param inputs - everything else that the result depends on.
   */
  async recall(content: Uint8Array, inputs: unknown, work: () => Promise<Uint8Array>): Promise<Uint8Array> {
    // A file of a megabyte, such as MAINTAINERS, is not to be written as JSON for each edit of it, nor made a string.
    const key = contentKey([this.#generator, hash('sha256', content), inputs])
    const known = this.#known[key]
    const result = known ? edited(content, known) : await work()
    this.#used[key] = known ?? difference(content, result)
    return result
  }
}

const edited = (content: Uint8Array, { head, tail, middle }: Difference): Uint8Array =>
  Buffer.concat([content.subarray(0, head), Buffer.from(middle, 'base64'), content.subarray(content.length - tail)])

const difference = (before: Uint8Array, after: Uint8Array): Difference => {
  const most = Math.min(before.length, after.length)
  let head = 0
  while (head < most && before[head] === after[head]) head++
  let tail = 0
  while (tail < most - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++
  return { head, tail, middle: Buffer.from(after.subarray(head, after.length - tail)).toString('base64') }
}
