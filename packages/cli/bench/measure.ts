/** One figure of the bench: what was measured, against what, side by side in one run. */
export interface Figure {
  readonly name: string
  readonly median: number
  readonly unit: 's' | 'ms' | '/s' | '×'
  /** What it should stay under, or over for rates. */
  readonly target?: string
  readonly runs: readonly number[]
}

/** The middle one; of an even number the lower of the two. */
export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted[Math.floor((sorted.length - 1) / 2)]
  if (middle === undefined) throw new RangeError('Cannot take the median of no values')
  return middle
}

/** Seconds that `work` takes. */
export const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1000
}

/**
 * Measures several ways of work in turns (a, b, a, b …), so that a noisy machine is noisy for all of them.
 * @param rounds - how often each is run.
 * @returns seconds of each, in the order of the runs.
 */
export const inTurns = async <Name extends string>(
  rounds: number,
  work: Readonly<Record<Name, () => Promise<number>>>,
): Promise<Record<Name, number[]>> => {
  const names = Object.keys(work) as Name[]
  const runs = Object.fromEntries(names.map(name => [name, [] as number[]])) as Record<Name, number[]>
  for (let round = 0; round < rounds; round++) for (const name of names) runs[name].push(await work[name]())
  return runs
}

/** The ratio of two medians of one run, as a figure. */
export const ratio = (name: string, over: readonly number[], under: readonly number[], target: string): Figure => ({
  name,
  median: median(over) / median(under),
  unit: '×',
  target,
  runs: over.map((value, index) => value / (under[index] ?? Number.NaN)),
})

/** The table a person reads. */
export const table = (figures: readonly Figure[]): string => {
  const width = Math.max(...figures.map(({ name }) => name.length))
  const digits = (value: number) => (value >= 100 ? value.toFixed(0) : value.toFixed(2))
  return figures
    .map(({ name, median: value, unit, target = '', runs }) => {
      const spread = `${digits(Math.min(...runs))}–${digits(Math.max(...runs))}`
      return `${name.padEnd(width)}  ${`${digits(value)} ${unit}`.padStart(10)}  ${spread.padStart(16)}  ${target}`
    })
    .join('\n')
}
