import type { TestHistory } from './history.ts'

/** What the tests of a series did at one of its commits, or before the first. */
export interface Counts {
  /** Of the commit, from 1; 0 before the first. */
  readonly index: number
  readonly subject: string
  readonly pass: number
  /** Passing here and not at the commit before. */
  readonly gained: number
  /** Passing at the commit before and not here. */
  readonly lost: number
}

/**
 * Counts what histories say of each commit.
 * @param subjects - of the commits, in order.
 */
export const countsOf = (histories: readonly TestHistory[], subjects: readonly string[]): Counts[] =>
  ['before the series', ...subjects].map((subject, index) => {
    const count = (matches: (now: boolean, before: boolean) => boolean) =>
      histories.filter(({ passes }) => matches(passes[index] === true, index > 0 && passes[index - 1] === true)).length
    return {
      index,
      subject,
      pass: count(now => now),
      gained: index === 0 ? 0 : count((now, before) => now && !before),
      lost: count((now, before) => !now && before),
    }
  })

/** The counts for a person, a commit a line. */
export const countsTable = (counts: readonly Counts[], total: number): string => {
  const last = counts.length - 1
  return counts
    .map(({ index, subject, pass, gained, lost }) => {
      const change = [...(gained > 0 ? [`${gained} more`] : []), ...(lost > 0 ? [`${lost} LOST`] : [])].join(', ')
      const place = index === 0 ? '' : `${index}/${last}`
      return `${place.padStart(5)}  ${`${pass} of ${total} pass`.padEnd(20)} ${change.padEnd(18)} ${subject}`.trimEnd()
    })
    .join('\n')
}
