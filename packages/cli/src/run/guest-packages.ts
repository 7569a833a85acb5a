import type { Report } from '@kseries/host'
import { type AptOptions, ARCHES, type PackagesRoot, unpackWithDependencies } from '@kseries/kernel'
import type { RunOptions } from './options.ts'

interface Options {
  readonly signal: AbortSignal
  readonly report: Report
  readonly apt?: AptOptions
}

/**
 * The packages of `--guest-package`, unpacked; undefined if there are none.
 * @throws what unpackWithDependencies() throws
 */
export const guestPackages = async (
  { arch, guestPackage = [] }: Pick<RunOptions, 'arch' | 'guestPackage'>,
  { apt, ...options }: Options,
): Promise<PackagesRoot | undefined> =>
  guestPackage.length === 0
    ? undefined
    : await unpackWithDependencies(guestPackage, { architecture: ARCHES[arch].debianArch, ...apt, ...options })

/** How a stage says which they are: those that were asked for with their versions, the others as a number. */
export const packagesText = ({ packages, suite }: PackagesRoot, asked: readonly string[]): string => {
  const named = packages.filter(one => asked.some(name => one.startsWith(`${name} `)))
  const others = packages.length - named.length
  return `${named.join(', ')}${others > 0 ? ` and ${others} that they need` : ''} (${suite})`
}
