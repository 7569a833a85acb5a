import { mkdir, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { exists, explainDiskErrors, KseriesError, makeDirAtomic, type Report, run, step } from '@kseries/host'
import { downloadPackage } from './apt-download.ts'
import { type AptOptions, type PrivateApt, searchSuites } from './apt-private.ts'
import { defaultVersion } from './source.ts'

/** A kernel source package, as found in the archive. */
export interface SourcePackage {
  readonly name: string
  /** Of Debian: '7.3.4-1~bpo13+1'. */
  readonly version: string
  readonly suite: string
  readonly size: number
  readonly sha256: string
}

interface Context extends AptOptions {
  readonly signal?: AbortSignal | undefined
  readonly report: Report
}

/**
 * Finds `linux-source-VERSION` in the first suite that has it; of the default version, when it is gone, the newest later
 * release of the same major number.
 * @param dir - for apt's own files.
 * @throws PackageGone, NoNetwork, NoAptSources, AptRefused
 */
export const findSourcePackage = async (
  dir: string,
  version: string,
  context: Context,
): Promise<{ package: SourcePackage; apt: PrivateApt }> => {
  const { signal, report } = context
  const name = `linux-source-${version}`
  const search = await searchSuites(dir, context, suite => newestOf(suite, name, signal))
  if (search.found && search.apt) return { package: search.found, apt: search.apt }
  const { opened } = search
  const [major, minor] = version.split('.').map(Number)
  const others: { name: string; minor: number; apt: PrivateApt }[] = []
  for (const apt of opened) {
    const names = await apt.cache(['pkgnames', 'linux-source-'], { signal })
    for (const other of names.split('\n')) {
      const match = /^linux-source-(\d+)\.(\d+)$/.exec(other)
      if (match && Number(match[1]) === major) others.push({ name: other, minor: Number(match[2]), apt })
    }
  }
  const later = others.filter(other => other.minor > (minor ?? 0)).toSorted((a, b) => b.minor - a.minor)[0]
  if (version === defaultVersion && later) {
    const found = await newestOf(later.apt, later.name, signal)
    if (found) {
      report({ kind: 'note', text: `The archive has no ${name} any more: taking ${found.name} ${found.version}.` })
      return { package: found, apt: later.apt }
    }
  }
  throw new PackageGone(
    name,
    opened.map(({ suite }) => suite),
    [...new Set(others.map(other => other.name))],
  )
}

const newestOf = async (apt: PrivateApt, name: string, signal?: AbortSignal): Promise<SourcePackage | undefined> => {
  const text = await apt.cache(['show', '--no-all-versions', name], { signal, okCodes: [0, 100] })
  const field = (key: string) => new RegExp(`^${key}: (.*)$`, 'm').exec(text)?.[1] ?? ''
  if (field('Package') !== name) return undefined
  return { name, version: field('Version'), suite: apt.suite, size: Number(field('Size')), sha256: field('SHA256') }
}

/**
 * Downloads the package, checked by apt against the archive's signed hashes, and unpacks the archive in it. Either is
 * kept when complete, so an interrupted call goes on where it was.
 * @returns the path of the `.tar.xz`.
 * @throws NoNetwork, AptRefused, DiskFull
 */
export const fetchSourceArchive = async (
  dir: string,
  apt: PrivateApt,
  wanted: SourcePackage,
  { signal, report }: Context,
): Promise<string> => {
  const folder = join(dir, 'packages')
  const deb = join(folder, `${wanted.name}_${wanted.version}.deb`)
  if (!(await exists(deb))) {
    const incoming = join(folder, 'incoming')
    await mkdir(incoming, { recursive: true })
    await step(report, `download ${wanted.name} ${wanted.version}`, async update => {
      const [downloaded] = await explainDiskErrors(incoming, () =>
        downloadPackage(apt, { kind: 'binary', ...wanted }, incoming, update, signal),
      )
      if (downloaded !== undefined) await rename(downloaded, deb)
    })
  }
  const unpacked = join(folder, `${wanted.name}_${wanted.version}`)
  await makeDirAtomic(unpacked, async temporary => {
    await run('dpkg-deb', ['--extract', deb, temporary], { signal })
  })
  const sources = join(unpacked, 'usr/src')
  const archive = (await readdir(sources)).find(name => name.endsWith('.tar.xz'))
  if (archive === undefined) {
    throw new KseriesError(`Cannot find the sources in ${wanted.name} ${wanted.version}: it has no usr/src/*.tar.xz`)
  }
  return join(sources, archive)
}

/** The archive has no such package (any more). */
export class PackageGone extends KseriesError {
  constructor(name: string, suites: readonly string[], others: readonly string[] = []) {
    super(`Cannot find ${name} in ${suites.join(', ') || 'any suite of this mirror'}`, {
      hint:
        others.length > 0
          ? `The archive has ${others.map(other => other.replace('linux-source-', '')).join(', ')}: name one of them, or give git:URL#REF or a folder.`
          : 'Give git:URL#REF or a folder instead.',
    })
  }
}
