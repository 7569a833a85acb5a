import type { Client } from './clients.ts'
import type { Diffstat } from './diffstat.ts'
import { type Measured, quantile, WORKS, type Work } from './measure.ts'
import type { Reached } from './reach.ts'
import type { Refused } from './refusals.ts'

/** What is known of a client. */
export interface Compared {
  readonly client: Client
  readonly measured: readonly Measured[]
  /** Bytes between user space and the kernel for each byte decrypted; none if they were not counted. */
  readonly copied: number | undefined
  /** Of its series; none of the yardstick. */
  readonly reached: readonly Reached[]
  /** Of its series; none for the yardstick, which needs no series. */
  readonly diffstat: Diffstat | undefined
  /** Of its series; none of the yardstick. */
  readonly refused: readonly Refused[]
}

/** A row of the comparison: a name, and for each client what is in its cell. */
export interface Row {
  readonly name: string
  readonly cells: readonly string[]
}

/**
 * The comparison, row by row. Times of a sample are medians; behind them how many times the yardstick's throughput that is.
 */
export const rowsOf = (compared: readonly Compared[]): Row[] => {
  const yardstick = compared.find(({ client }) => client.isYardstick)
  const row = (name: string, cell: (one: Compared) => string): Row => ({ name, cells: compared.map(cell) })
  const perSample = (one: Compared, { size, batch }: Work) => quantile(at(one, size, batch).batches, 0.5) / batch
  const timed = WORKS.filter(({ batch }) => batch === 1 || batch === 32)
  const inFlight = WORKS.filter(({ size, batch }) => size === 1024 && batch !== 32)
  return [
    ...[1, 32].map(batch =>
      row(`system calls for a sample, ${batch} at a time`, one => rounded(at(one, 1024, batch).batchCalls / batch)),
    ),
    row('system calls to change the key', one => String(at(one, 1024, 1).rotationCalls)),
    row('… with 32 samples in flight', one => String(at(one, 1024, 32).rotationCalls)),
    ...timed.map(work =>
      row(`µs for a sample of ${bytes(work.size)}, ${work.batch} at a time`, one => {
        const time = perSample(one, work)
        const ratio = yardstick && one !== yardstick ? ` (${(perSample(yardstick, work) / time).toFixed(2)} ×)` : ''
        return `${rounded(time / 1000)}${ratio}`
      }),
    ),
    ...inFlight.map(({ size, batch }) =>
      row(`µs until the end of one is known, ${batch} in flight, p50 / p99`, one => {
        const { samples } = at(one, size, batch)
        return [0.5, 0.99].map(share => rounded(quantile(samples, share) / 1000)).join(' / ')
      }),
    ),
    ...(compared.some(({ copied }) => copied !== undefined)
      ? [row('bytes copied for each byte decrypted', ({ copied }) => copied?.toFixed(1) ?? '')]
      : []),
    ...[...new Set(compared.flatMap(({ reached }) => reached.map(({ who }) => who)))].map(who =>
      row(`lines of the kernel run by ${who}`, ({ reached }) =>
        String(reached.find(one => one.who === who)?.lines ?? ''),
      ),
    ),
    row('forbidden things that are refused', ({ refused }) => {
      const policy = refused.filter(({ isPolicy }) => isPolicy)
      return policy.length === 0 ? '' : `${policy.filter(({ code }) => code !== '').length} of ${policy.length}`
    }),
    row('errors for all that goes wrong that can be told apart', ({ refused }) => {
      const codes = new Set(refused.map(({ code }) => code).filter(Boolean))
      return refused.length === 0 ? '' : `${codes.size} for ${refused.length}`
    }),
    row('lines of a client', ({ client }) => String(client.lines)),
    row('files changed that were there before', ({ diffstat }) => (diffstat ? String(diffstat.touched) : '')),
    row('lines added and removed in them', ({ diffstat }) =>
      diffstat ? `+${diffstat.added} −${diffstat.removed}` : '',
    ),
    row('lines in new files', ({ diffstat }) => (diffstat ? String(diffstat.brought) : '')),
  ]
}

/** What each series refuses, and how: a row for each attempt that any of them makes. */
export const refusalRows = (compared: readonly Compared[]): Row[] => {
  const tried = new Set(compared.flatMap(({ refused }) => refused.map(({ what }) => what)))
  return [...tried].map(name => ({
    name,
    cells: compared.map(({ refused }) => {
      const found = refused.find(({ what }) => what === name)
      return found ? found.code || 'not refused' : ''
    }),
  }))
}

const at = ({ measured, client }: Compared, size: number, batch: number): Measured => {
  const found = measured.find(({ work }) => work.size === size && work.batch === batch)
  if (!found) throw new RangeError(`${client.name} was not measured at ${batch} × ${size} bytes`)
  return found
}

const bytes = (size: number) => (size >= 1_048_576 ? `${size / 1_048_576} MiB` : `${size / 1024} KiB`)

/** Three digits, or as many as there are in front of the point. */
const rounded = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : String(Number(value.toFixed(2)))

/** A table for a person, which is Markdown as well. */
export const markdown = (head: readonly string[], rows: readonly Row[]): string => {
  const lines = [['', ...head], ...rows.map(({ name, cells }) => [name, ...cells])]
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map(line => line[column]?.length ?? 0))) ?? []
  const written = lines.map(line =>
    line.map((cell, column) => cell[column === 0 ? 'padEnd' : 'padStart'](widths[column] ?? 0)),
  )
  const rule = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(Math.max(width - 1, 1))}:`,
  )
  return [written[0] ?? [], rule, ...written.slice(1)].map(line => `| ${line.join(' | ')} |`).join('\n')
}
