import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { explainDiskErrors, type Report, run, silent, step } from '@kseries/host'
import { type DebianPackage, downloadPackage } from './apt-download.ts'
import { type AptOptions, type PrivateApt, searchSuites } from './apt-private.ts'
import { PackageGone } from './apt-tree.ts'

/** A package that is wanted, whatever its version. */
export type PackageName = Pick<DebianPackage, 'kind' | 'name'>

/** The newest version of a package that a suite has. */
export interface FoundPackage extends DebianPackage {
  readonly suite: string
  readonly apt: PrivateApt
}

interface Options extends AptOptions {
  readonly signal?: AbortSignal | undefined
  readonly report?: Report
}

/**
 * Finds a package in the first of the suites that has it.
 * @param dir - for apt's own files.
 * @throws PackageGone, NoNetwork, NoAptSources, AptRefused
 */
export const findPackage = async (dir: string, wanted: PackageName, options: Options): Promise<FoundPackage> => {
  const { report = silent, signal } = options
  const { kind, name } = wanted
  return await step(
    report,
    `look for ${name}`,
    async () => {
      const types = kind === 'source' ? 'deb-src' : 'deb'
      const { found, apt, opened } = await searchSuites(dir, { ...options, types }, suite =>
        inSuite(suite, wanted, signal),
      )
      if (!found || !apt)
        throw new PackageGone(
          name,
          opened.map(({ suite }) => suite),
        )
      return { ...wanted, ...found, suite: apt.suite, apt }
    },
    found => `${found.version} in ${found.suite}`,
  )
}

const inSuite = async (apt: PrivateApt, { kind, name }: PackageName, signal?: AbortSignal) => {
  const question = kind === 'source' ? ['showsrc', '--only-source', name] : ['show', '--no-all-versions', name]
  const text = await apt.cache(question, { signal, okCodes: [0, 100] })
  const stanza = text.split(/\n\n+/).find(one => new RegExp(`^Package: ${name}$`, 'm').test(one)) ?? ''
  const version = /^Version: (.*)$/m.exec(stanza)?.[1]
  if (version === undefined) return undefined
  // " <sha256> <size> <file>", a line for each file of a source package.
  const files = [...(/^Checksums-Sha256:\n((?: .*\n?)+)/m.exec(stanza)?.[1]?.matchAll(/^ \S+ (\d+)/gm) ?? [])]
  const size = Number(/^Size: (\d+)$/m.exec(stanza)?.[1] ?? files.reduce((sum, [, bytes]) => sum + Number(bytes), 0))
  return { version, size }
}

/**
 * Downloads a package and unpacks it: the files of a binary one; the sources of the other, with Debian's patches.
 * @param folder - must not exist; it is made.
 * @throws NoNetwork, AptRefused, DiskFull, CommandMissing without dpkg-dev
 */
export const unpackPackage = async (found: FoundPackage, folder: string, options: Options): Promise<void> => {
  const { report = silent, signal } = options
  const incoming = `${folder}.incoming`
  await step(report, `download ${found.name} ${found.version}`, update =>
    explainDiskErrors(folder, async () => {
      const [first = ''] = await downloadPackage(found.apt, found, incoming, update, signal)
      update('unpacking', 1)
      // apt has checked the hashes of what the .dsc names against the archive's index, which is signed.
      if (found.kind === 'source') await run('dpkg-source', ['--no-check', '--extract', first, folder], { signal })
      else await run('dpkg-deb', ['--extract', first, join(folder)], { signal })
    }),
  ).finally(() => rm(incoming, { recursive: true, force: true }))
}
