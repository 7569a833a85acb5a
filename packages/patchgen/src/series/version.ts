import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ExitCode, KseriesError, writeFileAtomic } from '@kseries/host'
import { loadSeries, type Series } from './load.ts'

/**
 * Writes another version into a series' series.ts, and reads it again to see that this is what it says now.
 * @throws VersionNotWritten, with series.ts as it was.
 */
export const writeVersion = async (series: Series, version: number): Promise<void> => {
  const path = join(series.folder, 'series.ts')
  const before = await readFile(path, 'utf8')
  const after = withVersion(before, series.meta.version, version)
  if (after === undefined) throw new VersionNotWritten(path, version)
  await writeFileAtomic(path, after)
  const now = await loadSeries(series.folder).catch(() => undefined)
  if (now?.meta.version === version) return
  await writeFileAtomic(path, before)
  throw new VersionNotWritten(path, version)
}

/** undefined if there is not the one place where the version is, or where one that was not said would go. */
const withVersion = (text: string, from: number, to: number): string | undefined => {
  const isSaid = /\bversion\s*:/.test(text)
  const place = isSaid
    ? new RegExp(`\\bversion(\\s*:\\s*)${from}\\b`, 'g')
    : /(^[ \t]*|[{,][ \t]*)date\s*:\s*(['"])[\d-]+\2,?/gm
  const [found, ...others] = text.matchAll(place)
  if (!found || others.length > 0) return undefined
  const [whole, before = ''] = found
  const end = found.index + whole.length
  if (isSaid) return `${text.slice(0, found.index)}version${before}${to}${text.slice(end)}`
  const isOwnLine = /^[ \t]*$/.test(before)
  return `${text.slice(0, end)}${whole.endsWith(',') ? '' : ','}${isOwnLine ? `\n${before}` : ' '}version: ${to},${text.slice(end)}`
}

/** series.ts says its version in a way that we cannot change. */
export class VersionNotWritten extends KseriesError {
  constructor(path: string, version: number) {
    super(`Cannot write version ${version} into ${path}: its version is not a plain number that is there once`, {
      exitCode: ExitCode.usage,
      hint: `Write \`version: ${version}\` there yourself; all else is done.`,
    })
  }
}
