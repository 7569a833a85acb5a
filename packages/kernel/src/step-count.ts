import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exists, writeFileAtomic } from '@kseries/host'
import type { BuildPlan } from './artefacts.ts'

interface Counts {
  /** Steps of a build from nothing. */
  readonly whole?: number
  /** Steps of the latest build on top of a finished one. */
  readonly again?: number
  /** Steps done of a build from nothing that has not finished. */
  readonly soFar?: number
}

/**
 * How far a build is, by the lines make prints. How many there will be is known from an earlier build in the same folder;
 * for the first, from what the configuration took elsewhere.
 */
export class StepCount {
  readonly #path: string
  readonly #before: Counts
  readonly #expected: number | undefined
  #done: number
  #saved = 0
  #saving: Promise<void> = Promise.resolve()

  private constructor(path: string, before: Counts, expected: number | undefined) {
    this.#path = path
    this.#before = before
    this.#expected = expected
    this.#done = before.whole === undefined ? (before.soFar ?? 0) : 0
  }

  static async open(output: string, plan: Pick<BuildPlan, 'arch' | 'options'>): Promise<StepCount> {
    const path = join(output, 'kseries-steps.json')
    const before = (await exists(path)) ? (JSON.parse(await readFile(path, 'utf8')) as Counts) : {}
    return new StepCount(path, before, before.whole === undefined ? estimate(plan) : before.again)
  }

  /** One step more. @returns the fraction done; undefined while nobody can know. */
  next(): number | undefined {
    this.#done++
    if (this.#before.whole === undefined && this.#done - this.#saved >= 50) {
      this.#saved = this.#done
      const counts: Counts = { ...this.#before, soFar: this.#done }
      // One after another, or an old number might be written last.
      this.#saving = this.#saving.then(() => writeFileAtomic(this.#path, JSON.stringify(counts))).catch(() => {})
    }
    // Short of the whole until make has ended, however many steps come.
    return this.#expected === undefined ? undefined : Math.min(0.99, this.#done / this.#expected)
  }

  /** make has ended well. */
  async finished(): Promise<void> {
    const counts: Counts =
      this.#before.whole === undefined ? { whole: this.#done } : { whole: this.#before.whole, again: this.#done }
    await this.#saving
    await writeFileAtomic(this.#path, JSON.stringify(counts))
  }
}

/** Counted once, with 7.3; a series' own fragment adds little. */
const estimate = ({ arch, options }: Pick<BuildPlan, 'arch' | 'options'>): number => {
  const debug = options.some(({ name, value }) => name === 'KASAN' && value === 'y')
  return { x86_64: 1460, arm64: 1300 }[arch] + (debug ? 100 : 0)
}
