import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ExitCode, KseriesError } from '@kseries/host'
import type { Generated } from '../generate/generate.ts'
import type { Series } from '../series/load.ts'
import { composeMail } from './compose.ts'
import { draftCover, draftPatches } from './draft.ts'
import { fileNumber, replaceMails } from './folder.ts'

export interface FormatOptions {
  /** Which version the subjects show; of the last series, needed ones show their own. @default series.ts */
  readonly version?: number
  /** @default series.ts */
  readonly rfc?: boolean
  /** Leave out the patches of the series that the last one needs; its cover letter names them as prerequisites. @default false */
  readonly only?: boolean
  readonly signal?: AbortSignal | undefined
}

export interface Formatted {
  /** Absolute paths in the order in which `git am DIR/*.patch` takes them. */
  readonly patches: readonly string[]
  /** One a series, of names that *.patch does not match: git am would stop at a mail without a patch. */
  readonly covers: readonly string[]
}

/**
 * Writes the commits as mails: NNNN-subject.patch, numbered through the whole chain, and NNNN-SERIES-cover-letter.txt. In the
 * subjects each series counts for itself. Two runs give the same bytes: no git version, no configuration, no clock.
 *
 * What an earlier run wrote into the folder is replaced.
 * @param chain - what `generated` was generated from.
 * @throws ForeignPatches if there are other *.patch files in the folder, which git am would take along; DiskFull;
 * KseriesError for a version that is none.
 */
export const formatPatches = async (
  chain: readonly Series[],
  generated: Generated,
  folder: string,
  options: FormatOptions = {},
): Promise<Formatted> => {
  checkVersion(options.version)
  const patches: string[] = []
  const covers: string[] = []
  await replaceMails(folder, async temporary => {
    for (const [index, series] of chain.entries()) {
      const isLast = index === chain.length - 1
      if (options.only && !isLast) continue
      const made = await formatSeries(generated, series, {
        ...(isLast ? options : {}),
        signal: options.signal,
        folder: temporary,
        needed: chain.slice(0, index),
        before: patches.length,
      })
      covers.push(made.cover)
      patches.push(...made.patches)
    }
    return [...covers, ...patches]
  })
  const inFolder = (name: string) => join(folder, name)
  return { patches: patches.map(inFolder), covers: covers.map(inFolder) }
}

const checkVersion = (version: number | undefined): void => {
  if (version === undefined || (Number.isSafeInteger(version) && version >= 1)) return
  throw new KseriesError(
    `Cannot format patches as version '${version}': a version must be a whole number of at least 1`,
    { exitCode: ExitCode.usage },
  )
}

interface SeriesOptions extends Pick<FormatOptions, 'version' | 'rfc' | 'signal'> {
  /** Where the mails go. */
  readonly folder: string
  /** The series this one stands on. */
  readonly needed: readonly Series[]
  /** How many patches come before its own. */
  readonly before: number
}

/**
 * Formats one series' commits, numbered for itself in the subjects and on from `before` in the names.
 * @returns the names.
 */
const formatSeries = async (
  generated: Generated,
  series: Series,
  { folder, needed, before, ...options }: SeriesOptions,
): Promise<{ readonly cover: string; readonly patches: readonly string[] }> => {
  const cover = `${fileNumber(before)}-${series.name}-cover-letter.txt`
  const letter = await draftCover(generated, series, needed, options)
  await writeFile(join(folder, cover), composeMail(letter, series.meta))
  const patches: string[] = []
  for (const [index, { slug, draft }] of (await draftPatches(generated, series, options)).entries()) {
    const name = `${fileNumber(before + index + 1)}-${slug}`
    await writeFile(join(folder, name), composeMail(draft, series.meta))
    patches.push(name)
  }
  return { cover, patches }
}
