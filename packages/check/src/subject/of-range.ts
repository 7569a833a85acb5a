import { stepsOfRange } from '@kseries/patchgen'
import { commitsOf, type Subject, slugOf } from './subject.ts'

/**
 * A range of commits of a person's own repository as a subject.
 * @param range - `BASE..TIP`, a line without merges.
 * @throws ImportRefused for a range that is none.
 */
export const subjectOfRange = async (gitDir: string, range: string, signal?: AbortSignal): Promise<Subject> => {
  // It says what is wrong with a range.
  const { base } = await stepsOfRange(gitDir, range, signal)
  const tip = range.slice(range.indexOf('..') + 2)
  const commits = await commitsOf(gitDir, base, tip, signal)
  return { name: slugOf(tip), kind: 'range', gitDir, base, trunk: base, commits, exceptions: [], fragments: {} }
}
