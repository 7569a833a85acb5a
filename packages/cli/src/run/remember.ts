import { readFile } from 'node:fs/promises'
import { cachePath, contentKey, writeFileAtomic } from '@kseries/host'

/** What decides a verdict: the image, the tests, the way they are run. Anything else must not change it. */
export type VerdictInputs = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

/**
 * The verdict of an earlier run with the very same inputs.
 * @returns what `remember` was given, or undefined when there is none (or it is damaged: then the run is simply done).
 */
export const recall = async <T>(inputs: VerdictInputs): Promise<T | undefined> => {
  try {
    return JSON.parse(await readFile(pathOf(inputs), 'utf8')) as T
  } catch {
    return undefined
  }
}

/** Keeps a verdict for `recall`. */
export const remember = async (inputs: VerdictInputs, verdict: object): Promise<void> =>
  writeFileAtomic(pathOf(inputs), `${JSON.stringify(verdict)}\n`)

const pathOf = (inputs: VerdictInputs) => cachePath('verdicts', `${contentKey(inputs)}.json`)
