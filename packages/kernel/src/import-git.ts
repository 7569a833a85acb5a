import { needRoom } from './disk.ts'
import { fetchRef } from './fetch-ref.ts'
import { git, gitOut } from './git.ts'
import { removeLocks } from './leftovers.ts'
import { linuxLandmarks, NotLinux, versionOfMakefile } from './linux.ts'
import { sourceLabel, type TreeSource } from './source.ts'
import type { Importer } from './tree.ts'

/** One commit of Linux without its history is 300 MB. */
const ROOM = 1e9

/** Fetches one commit, without its history. It keeps its own hash, so patches made onto it name a real base-commit. */
export const importGit: Importer<TreeSource & { kind: 'git' }> = async (
  source,
  { gitDir, ref },
  { signal, report },
) => {
  const label = sourceLabel(source)
  await needRoom(gitDir, ROOM, `fetch of ${label}`)
  const incoming = 'refs/kseries/fetched'
  await removeLocks(gitDir, ['shallow', incoming, ref])
  await fetchRef(source, { gitDir, ref: incoming }, { signal, report })
  const commit = await gitOut(['rev-parse', '--verify', `${incoming}^{commit}`], { signal })
  const present = new Set(
    (await gitOut(['ls-tree', '--name-only', commit, '--', ...linuxLandmarks], { signal })).split('\n'),
  )
  const missing = linuxLandmarks.filter(path => !present.has(path))
  if (missing.length > 0) throw new NotLinux(label, `it has no ${missing.join(', no ')}`)
  const version = versionOfMakefile(await gitOut(['show', `${commit}:Makefile`], { signal }))
  if (version === undefined) throw new NotLinux(label, 'its Makefile states no version')
  await git(['update-ref', ref, commit], { signal })
  return { commit, version, origin: `${label} at ${commit.slice(0, 12)}` }
}
