import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ExitCode, exists, KseriesError } from '@kseries/host'
import { loadChain, type Series } from '@kseries/patchgen'
import type { MachineName } from './run/machines.ts'

/** The root of this repository. */
export const projectRoot = fileURLToPath(new URL('../../../', import.meta.url))

const home = join(projectRoot, 'kernel-patches')

/**
 * The chains of series that a command is about.
 *
 * @param names - series of kernel-patches/ by name, or paths of series folders; none: every series there that does not say
 * `byName`, that is about the machine, if any of them is, and that no other one of these needs.
 * @returns a chain for each: the series behind those it needs.
 * @throws UnknownSeries, and what loadChain() throws
 */
export const chainsFor = async (names: readonly string[], machine?: MachineName): Promise<Series[][]> => {
  const known = await ownSeries()
  if (names.length > 0) {
    return Promise.all(
      names.map(async name => {
        const folder = name.includes('/') || name === '.' ? resolve(name) : join(home, name)
        if (!(await exists(join(folder, 'series.ts')))) throw new UnknownSeries(name, folder, known)
        return loadChain(folder)
      }),
    )
  }
  const chains = await Promise.all(known.map(name => loadChain(join(home, name))))
  const about = (asked: string | undefined) =>
    chains.filter(chain => !chain.at(-1)?.meta.byName && chain.at(-1)?.meta.machine === asked)
  const there = machine === undefined ? [] : about(machine)
  const wanted = there.length > 0 ? there : about(undefined)
  const needed = new Set(wanted.flatMap(chain => chain.slice(0, -1).map(({ name }) => name)))
  return wanted.filter(chain => !needed.has(nameOf(chain)))
}

/** The series of kernel-patches/ that a short name means: 'afalg' is securekey-afalg. Gives back what is no short name. */
export const seriesNamed = async (name: string): Promise<string> => {
  const known = await ownSeries()
  const [one, ...others] = known.filter(series => series.endsWith(`-${name}`))
  return known.includes(name) || one === undefined || others.length > 0 ? name : one
}

/** The name of the series a chain is for. */
export const nameOf = (chain: readonly Series[]): string => chain.at(-1)?.name ?? ''

const ownSeries = async () => {
  const names = (await readdir(home, { withFileTypes: true }))
    .filter(entry => entry.isDirectory())
    .map(({ name }) => name)
  const isSeries = await Promise.all(names.map(name => exists(join(home, name, 'series.ts'))))
  return names.filter((_, index) => isSeries[index]).toSorted()
}

/** There is no series of that name or path. */
export class UnknownSeries extends KseriesError {
  constructor(name: string, folder: string, known: readonly string[]) {
    super(`Cannot find the series '${name}': ${folder} has no series.ts`, {
      hint: `Name one of ${known.join(', ')}, or give the path of a series folder (with a slash in it).`,
      exitCode: ExitCode.usage,
    })
  }
}
