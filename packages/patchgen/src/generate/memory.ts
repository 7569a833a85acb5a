import { hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { contentKey, writeFileAtomic } from '@kseries/host'

/** An edited text as what differs from the text it was made of: so many characters at both ends are the same. */
interface Difference {
  readonly head: number
  readonly tail: number
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
   * The result of `work` on `text`, from memory if the same was asked before.
   * @param inputs - everything else that the result depends on.
   */
  async recall(text: string, inputs: unknown, work: () => Promise<string>): Promise<string> {
    // A text of a megabyte, such as MAINTAINERS, is not to be written as JSON for each edit of it.
    const key = contentKey([this.#generator, hash('sha256', text), inputs])
    const known = this.#known[key]
    const result = known
      ? text.slice(0, known.head) + known.middle + text.slice(text.length - known.tail)
      : await work()
    this.#used[key] = known ?? difference(text, result)
    return result
  }
}

const difference = (before: string, after: string): Difference => {
  const most = Math.min(before.length, after.length)
  let head = 0
  while (head < most && before[head] === after[head]) head++
  let tail = 0
  while (tail < most - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++
  return { head, tail, middle: after.slice(head, after.length - tail) }
}
