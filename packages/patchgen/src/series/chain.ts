import { dirname, join } from 'node:path'
import { contentKey, exists } from '@kseries/host'
import { SeriesInvalid } from '../errors.ts'
import { loadSeries, type Series } from './load.ts'

/**
 * A series with all it needs, in the order in which they are generated; what it needs stands beside it.
 * @throws SeriesInvalid, also for a needed series that is not there and for a circle.
 */
export const loadChain = async (folder: string): Promise<Series[]> => {
  const chain: Series[] = []
  const visit = async (path: string, way: readonly string[]): Promise<void> => {
    const series = await loadSeries(path)
    if (way.includes(series.name)) {
      const circle = [...way, series.name].join(' needs ')
      throw new SeriesInvalid(series.folder, [{ path: 'series.ts', message: `needs: it needs itself: ${circle}` }])
    }
    for (const need of series.meta.needs) {
      const beside = join(dirname(series.folder), need)
      if (!(await exists(beside)))
        throw new SeriesInvalid(series.folder, [
          { path: 'series.ts', message: `needs: there is no series '${need}' beside this one` },
        ])
      if (chain.some(({ name }) => name === need)) continue
      await visit(beside, [...way, series.name])
    }
    if (!chain.some(({ name }) => name === series.name)) chain.push(series)
  }
  await visit(folder, [])
  return chain
}

/** A key of several series together. */
export const chainKey = (chain: readonly Series[]): string => contentKey(chain.map(({ name, key }) => [name, key]))
