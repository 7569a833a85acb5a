import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { cachePath, step } from '@kseries/host'
import { fetchSourceArchive, findSourcePackage } from './apt-tree.ts'
import { needRoom } from './disk.ts'
import { git, gitOut } from './git.ts'
import { importTar } from './import-tar.ts'
import { versionOfMakefile } from './linux.ts'
import type { TreeSource } from './source.ts'
import type { Importer } from './tree.ts'

/** Package 170 MB, its contents 170 MB, the pack 360 MB, and some for the work. */
const ROOM = 1e9

/** Imports Debian's `linux-source-VERSION`. The commit depends on the package alone, so it has one hash everywhere. */
export const importApt: Importer<TreeSource & { kind: 'apt' }> = async (source, { gitDir, ref }, options) => {
  const { signal, report, apt: aptOptions } = options
  const dir = cachePath('apt')
  await needRoom(dir, ROOM, `import of ${source.version}`)
  const { package: wanted, apt } = await step(
    report,
    `look for linux-source-${source.version}`,
    () => findSourcePackage(dir, source.version, { ...aptOptions, signal, report }),
    found => `${found.package.version} in ${found.package.suite}`,
  )
  const archive = await fetchSourceArchive(dir, apt, wanted, { signal, report })
  const origin = `Debian ${wanted.name} ${wanted.version}`
  await importTar(archive, gitDir, ref, origin, { signal, report })
  const [commit, makefile] = [
    await gitOut(['rev-parse', '--verify', `${ref}^{commit}`], { signal }),
    (await git(['show', `${ref}:Makefile`], { signal })).stdout,
  ]
  // Everything is in the repository now.
  await rm(join(dir, 'packages'), { recursive: true, force: true })
  return { commit, version: versionOfMakefile(makefile) ?? '', origin: `${origin} (${wanted.suite})` }
}
