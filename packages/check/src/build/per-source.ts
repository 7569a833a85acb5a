import { contentKey } from '@kseries/host'
import type { Problem } from '../model/finding.ts'
import { remember, remembered } from '../model/memory.ts'
import { distinct } from './problems.ts'

/** What was found out of sources that nothing was known of. */
export interface Answers {
  readonly of: (source: string) => readonly Problem[] | Promise<readonly Problem[]>
  /** Whether it would be the same another time. @default false */
  readonly isLasting?: boolean
}

/**
 * Asks for what is not known of some sources, all at once, and keeps the answers one by one.
 * @param identity - all that an answer depends on, but for the source.
 * @param ahead - other sources that will be asked about.
 * @returns what is said of the sources, each problem once.
 */
export const askPerSource = async (
  identity: readonly unknown[],
  sources: readonly string[],
  ahead: readonly string[],
  ask: (unknown: readonly string[]) => Promise<Answers>,
): Promise<readonly Problem[]> => {
  const keyOf = (source: string) => `source-${contentKey([...identity, source])}`
  const all = [...new Set([...sources, ...ahead])]
  const known = new Map<string, readonly Problem[]>()
  const recall = async (source: string) => {
    const problems = await remembered<readonly Problem[]>(keyOf(source))
    if (problems) known.set(source, problems)
  }
  await Promise.all(all.map(recall))
  const unknown = all.filter(source => !known.has(source))
  if (unknown.length > 0) {
    const { of, isLasting = false } = await ask(unknown)
    for (const source of unknown) {
      const problems = await of(source)
      known.set(source, problems)
      if (isLasting) await remember(keyOf(source), problems)
    }
  }
  return distinct(sources.flatMap(source => known.get(source) ?? []))
}
