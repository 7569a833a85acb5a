import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
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

/** All verdicts that are remembered, in no order; damaged ones are left out. */
export const everyVerdict = async <T>(): Promise<T[]> => {
  const folder = cachePath('verdicts')
  const verdicts: T[] = []
  for (const name of await readdir(folder).catch(() => [])) {
    const text = name.endsWith('.json') ? await readFile(join(folder, name), 'utf8').catch(() => '') : ''
    try {
      verdicts.push(JSON.parse(text) as T)
    } catch {
      // A write that was cut off by a full disk, or somebody's hand.
    }
  }
  return verdicts
}

const pathOf = (inputs: VerdictInputs) => cachePath('verdicts', `${contentKey(inputs)}.json`)
