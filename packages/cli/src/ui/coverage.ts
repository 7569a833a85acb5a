import type { FileCoverage } from '../run/coverage.ts'

/** Files with the lines of theirs that ran and did not, and the sum, in lines for a person. */
export const coverageText = (files: readonly FileCoverage[]): string[] => {
  const rows = [...files, { path: 'all', lines: files.flatMap(({ lines }) => lines) }]
  const width = Math.max(...rows.map(({ path }) => path.length))
  return rows.map(({ path, lines }, index) => {
    const ran = lines.filter(({ count }) => count > 0).length
    const share = lines.length === 0 ? 100 : (100 * ran) / lines.length
    const missed =
      index < files.length ? rangesOf(lines.filter(({ count }) => count === 0).map(({ line }) => line)) : ''
    const sums = `${share.toFixed(1).padStart(5)} %  ${`${ran} of ${lines.length}`.padStart(12)}`
    return `  ${path.padEnd(width)}  ${sums}${missed && `  not: ${missed}`}`
  })
}

/** '3, 7-9' of sorted numbers. */
export const rangesOf = (numbers: readonly number[]): string => {
  const ranges: [number, number][] = []
  for (const number of numbers) {
    const last = ranges.at(-1)
    if (last && number === last[1] + 1) last[1] = number
    else ranges.push([number, number])
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ')
}
