import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandFailed, ExitCode, explainDiskErrors, KseriesError, type Report, silent, step } from '@kseries/host'
import { watchSize } from './apt-download.ts'
import {
  type AptOptions,
  AptRefused,
  isNetworkTrouble,
  NoNetwork,
  type PrivateApt,
  searchSuites,
} from './apt-private.ts'

/** Packages with all that they depend on, as a suite has them. */
export interface PackageClosure {
  readonly suite: string
  /** Those that were asked for. */
  readonly names: readonly string[]
  readonly files: readonly ClosureFile[]
  readonly apt: PrivateApt
}

/** A package's file as the archive's index has it. */
export interface ClosureFile {
  readonly name: string
  /** With its epoch: '1:1.3'. */
  readonly version: string
  /** 'zlib1g_1%3a1.3_arm64.deb' */
  readonly file: string
  readonly size: number
  /** 'SHA256:…' */
  readonly hash: string
}

/** Of whose packages, and how. */
export interface ClosureOptions extends AptOptions {
  /** Debian's name: 'arm64'. */
  readonly architecture: string
  readonly signal?: AbortSignal | undefined
  readonly report?: Report
}

/**
 * Finds packages in the first of the suites that has them all, and what they depend on there; of what they recommend nothing.
 * @param dir - for apt's own files.
 * @throws NoSuchPackage, NoNetwork, NoAptSources, AptRefused if the suite cannot satisfy what they depend on
 */
export const findClosure = async (
  dir: string,
  names: readonly string[],
  { report = silent, ...options }: ClosureOptions,
): Promise<PackageClosure> =>
  await step(
    report,
    `look for ${names.join(', ')} for ${options.architecture}`,
    async () => {
      const missing = new Set<string>()
      const search = await searchSuites(dir, { ...options, report }, async apt => {
        const files = await filesFor(apt, names, options.signal)
        if (Array.isArray(files)) return files
        missing.add(files.missing)
        return undefined
      })
      if (search.found && search.apt) return { suite: search.apt.suite, names, files: search.found, apt: search.apt }
      const suites = search.opened.map(({ suite }) => suite)
      throw new NoSuchPackage([...missing].join(', ') || names.join(', '), options.architecture, suites)
    },
    ({ files, suite }) => `${files.length} packages of ${suite}`,
  )

// Nothing is installed here: each package counts as missing, and none is in another's way.
const simulate = ['-q', '--yes', '--no-install-recommends', '-o', 'Acquire::ForceHash=SHA256', '--print-uris']

const filesFor = async (
  apt: PrivateApt,
  names: readonly string[],
  signal: AbortSignal | undefined,
): Promise<ClosureFile[] | { readonly missing: string }> => {
  let said: string
  try {
    said = await apt.get([...simulate, 'install', ...names], { signal })
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error
    const text = `${error.stdout}\n${error.stderr}`
    const missing = /Unable to locate package (\S+)|Package '(\S+)' has no installation candidate/.exec(text)
    if (missing) return { missing: missing[1] ?? missing[2] ?? '' }
    throw refused(names, error)
  }
  const lines = said.matchAll(/^'[^']+' (\S+\.deb) (\d+) (\S+:\S+)$/gm)
  const files = [...lines].map(([, file = '', size, hash = '']): ClosureFile => {
    const [name = '', version = ''] = file.split('_').map(decodeURIComponent)
    return { name, version, file, size: Number(size), hash }
  })
  // apt takes 'x-' for a wish to remove x, and 'x.*' for many.
  const missing = names.find(name => !files.some(file => file.name === name))
  return missing === undefined ? files.toSorted((a, b) => (a.name < b.name ? -1 : 1)) : { missing }
}

/**
 * Downloads them; apt checks each against the archive's signed hashes.
 * @param folder - gets their files, and holds nothing else then.
 * @returns their paths, in the order of `files`.
 * @throws NoNetwork, AptRefused, DiskFull, Interrupted
 */
export const downloadClosure = async (
  { apt, names, files }: PackageClosure,
  folder: string,
  { report = silent, signal }: Pick<ClosureOptions, 'report' | 'signal'>,
): Promise<string[]> => {
  await rm(folder, { recursive: true, force: true })
  const size = files.reduce((sum, file) => sum + file.size, 0)
  await step(report, `download ${names.join(', ')} and what they depend on`, update =>
    explainDiskErrors(folder, async () => {
      await mkdir(folder, { recursive: true })
      using _watch = watchSize(folder, '', size, update)
      // Not `install --download-only`, which makes no copies of an archive that is a folder of this machine.
      const exact = files.map(({ name, version }) => `${name}=${version}`)
      await apt.get(['-q', 'download', ...exact], { cwd: folder, signal })
    }),
  ).catch((error: unknown) => {
    if (!(error instanceof CommandFailed)) throw error
    const said = `${error.stdout}${error.stderr}`
    throw isNetworkTrouble(said) ? new NoNetwork('the Debian mirror', error) : refused(names, error)
  })
  const there = await readdir(folder)
  const missing = files.find(({ file }) => !there.includes(file))
  if (missing) throw new KseriesError(`Cannot find ${missing.file} where apt-get put it: it is not in ${folder}`)
  return files.map(({ file }) => join(folder, file))
}

// A mirror that is being brought up to date names files that it has not, or libraries of two releases.
const refused = (names: readonly string[], error: CommandFailed) =>
  new AptRefused(names.join(', '), error, 'Run it again later: a mirror may be between two states of the archive.')

/** No suite has a package of this name for this architecture. */
export class NoSuchPackage extends KseriesError {
  constructor(name: string, architecture: string, suites: readonly string[]) {
    super(
      `Cannot find the package '${name}' for ${architecture} in ${suites.join(', ') || 'any suite of this mirror'}`,
      {
        hint: 'Names are those of Debian packages of component main; `apt-cache search WORD` finds some.',
        exitCode: ExitCode.usage,
      },
    )
  }
}
