import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ExitCode, KseriesError, type Report } from '@kseries/host'
import type { Artefacts } from '@kseries/kernel'
import type { Sys } from '@kseries/kselftest-ts'
import type { Generated, Series } from '@kseries/patchgen'
import { coverageOf, forgetCounts, keepCounts } from '../run/coverage.ts'
import { bringsOf } from './brings.ts'

/** How far somebody comes into the kernel by a uAPI. */
export interface Reached {
  /** 'an ordinary user' */
  readonly who: string
  /** Lines of C that ran, of files that the series and those it needs brought or changed. */
  readonly lines: number
}

/** Lines that run count from one to the other. There may be several such times. */
interface Watch {
  readonly begin: () => Promise<void>
  readonly end: () => Promise<void>
}

/** What clients/reach.ts of a series exports: what somebody tries, by who that is. */
type Attempts = Readonly<Record<string, (sys: Sys, watch: Watch) => Promise<void>>>

export interface ReachOptions {
  readonly artefacts: Artefacts
  readonly generated: Generated
  /** For what the kernel has counted. */
  readonly folder: string
  readonly report: Report
  readonly signal: AbortSignal
}

/**
 * Has all that a series' clients/reach.ts knows tried, if it has one, by a kernel that counts its lines: of the profile `coverage`.
 * @param sys - of root.
 * @throws NothingCounted: none is not the same as no lines; what an attempt throws
 */
export const reachOf = async (
  series: Series,
  sys: Sys,
  { artefacts, generated, folder, report, signal }: ReachOptions,
): Promise<Reached[]> => {
  const attempts = (await bringsOf<Attempts>(series, 'reach.ts')) ?? {}
  const reached: Reached[] = []
  for (const [who, attempt] of Object.entries(attempts)) {
    report({ kind: 'update', id: 'compare', text: `${series.name}: ${who}` })
    const ran = new Set<string>()
    let times = 0
    await attempt(sys, {
      begin: () => forgetCounts(sys),
      end: async () => {
        const counts = join(folder, `${series.name} ${who} ${++times}`.replaceAll(/\W/g, '-'))
        await mkdir(counts, { recursive: true })
        await keepCounts(sys, counts)
        const files = await coverageOf(artefacts, generated, counts, signal, 'all lines')
        if (!files) throw new NothingCounted(series.name, who)
        for (const { path, lines } of files)
          for (const { line, count } of lines) if (count > 0) ran.add(`${path}:${line}`)
      },
    })
    if (times === 0) throw new NothingCounted(series.name, who)
    reached.push({ who, lines: ran.size })
  }
  return reached
}

class NothingCounted extends KseriesError {
  constructor(series: string, who: string) {
    super(`The kernel has counted nothing while ${who} tried ${series}`, { exitCode: ExitCode.infra })
  }
}
