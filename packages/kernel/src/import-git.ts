import { CommandFailed, explainDiskErrors, KseriesError, step } from '@kseries/host'
import { needRoom } from './disk.ts'
import { git, gitOut, theirGit } from './git.ts'
import { removeLocks } from './leftovers.ts'
import { linuxLandmarks, NotLinux, versionOfMakefile } from './linux.ts'
import { isLocalUrl, sourceLabel, type TreeSource } from './source.ts'
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
  await step(report, `fetch ${label}`, async update => {
    const onLine = (line: string) => {
      const match = /(\w+ objects): +(\d+)%/.exec(line)
      if (match) update(`${match[1]}`, Number(match[2]) / 100)
    }
    const local = isLocalUrl(source.url)
    const url = local && !source.url.startsWith('file://') ? `file://${source.url}` : source.url
    // `file://` goes through upload-pack, so --depth holds; a clone of the same machine may be asked for any commit.
    const pack = local
      ? ['--upload-pack', 'git -c safe.directory=* -c uploadpack.allowAnySHA1InWant=true upload-pack']
      : []
    try {
      await explainDiskErrors(gitDir, () =>
        theirGit(
          gitDir,
          [
            '-c',
            'protocol.file.allow=always',
            'fetch',
            '--depth=1',
            '--no-tags',
            '--force',
            '--progress',
            ...pack,
            url,
            `${source.ref}:${incoming}`,
          ],
          { signal, onLine, env: { GIT_DIR: gitDir } },
        ),
      )
    } catch (error) {
      if (error instanceof CommandFailed) throw new GitSourceFailed(label, error)
      throw error
    }
  })
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

/** The repository or the ref cannot be fetched. */
export class GitSourceFailed extends KseriesError {
  constructor(label: string, cause: CommandFailed) {
    const words = cause.stderr.split('\n').filter(line => /^(fatal|error|remote: error|ssh):/i.test(line))
    super(`Cannot fetch ${label}: ${words.join('; ') || cause.message}`, {
      hint: /resolve host|Connection|timed out|unable to access/i.test(cause.stderr)
        ? 'Check the network and the address, then run the same command again.'
        : 'Check the address and the ref. A server may refuse a bare commit hash: name a branch or a tag then.',
      cause,
    })
  }
}
