import { mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { cachePath, ExitCode, exists, explainDiskErrors, KseriesError, step } from '@kseries/host'
import { needRoom } from './disk.ts'
import { neutralIdentity } from './fast-import.ts'
import { git, gitOut, splitNul, theirGit } from './git.ts'
import { removeLocks } from './leftovers.ts'
import { linuxVersionOf } from './linux.ts'
import { sourceSlug, type TreeSource } from './source.ts'
import type { Importer } from './tree.ts'

const ROOM = 1e9

/**
 * Imports a folder as it stands: a plain one whole, a git work tree by what git would track (its ignored files, such as a
 * build, are left out). A private index remembers file times, so a second import reads only what changed.
 */
export const importFolder: Importer<TreeSource & { kind: 'folder' }> = async (
  source,
  { gitDir, ref },
  { signal, report },
) => {
  const { path } = source
  const version = await linuxVersionOf(path)
  const isRepository = await exists(join(path, '.git'))
  if (!isRepository) await refuseBuilt(path)
  await needRoom(gitDir, ROOM, `import of ${path}`)
  const index = cachePath('bases', `${sourceSlug(source)}.index`)
  await mkdir(cachePath('bases'), { recursive: true })
  await Promise.all([removeLocks(gitDir, [ref]), removeLocks(cachePath('bases'), [basename(index)])])
  const env = { GIT_INDEX_FILE: index, GIT_WORK_TREE: path, GIT_DIR: gitDir }
  return await step(
    report,
    `import ${path}`,
    () =>
      explainDiskErrors(gitDir, async () => {
        if (isRepository) await addTracked(path, env, signal)
        // -f: Debian's tree ignores everything at its top.
        else await git(['add', '--all', '--force', '.'], { cwd: path, env, signal })
        const tree = await gitOut(['write-tree'], { cwd: path, env, signal })
        const date = '2000-01-01T00:00:00Z'
        const commit = await gitOut(['commit-tree', tree, '-m', `Linux ${version}`, '-m', `Folder ${basename(path)}`], {
          signal,
          env: {
            GIT_AUTHOR_NAME: neutralIdentity.name,
            GIT_AUTHOR_EMAIL: neutralIdentity.email,
            GIT_AUTHOR_DATE: date,
            GIT_COMMITTER_NAME: neutralIdentity.name,
            GIT_COMMITTER_EMAIL: neutralIdentity.email,
            GIT_COMMITTER_DATE: date,
          },
        })
        await git(['update-ref', ref, commit], { signal })
        return { commit, version, origin: `folder ${path}` }
      }),
    found => `Linux ${found.version}`,
  )
}

const addTracked = async (path: string, env: Record<string, string>, signal?: AbortSignal) => {
  const { stdout } = await theirGit(
    path,
    ['-c', 'safe.directory=*', 'ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'],
    { signal },
  )
  const wanted = new Set(splitNul(stdout))
  const had = splitNul(await gitOut(['ls-files', '-z'], { cwd: path, env, signal }))
  // A path that is gone from the folder is dropped by --remove, one that became ignored by --force-remove.
  const dropped = had.filter(name => !wanted.has(name))
  if (dropped.length > 0) {
    await git(['update-index', '-z', '--force-remove', '--stdin'], {
      cwd: path,
      env,
      signal,
      input: dropped.join('\0'),
    })
  }
  await git(['update-index', '-z', '--add', '--remove', '--replace', '--stdin'], {
    cwd: path,
    env,
    signal,
    input: [...wanted].join('\0'),
  })
}

const refuseBuilt = async (path: string) => {
  for (const trace of ['.config', 'include/config', 'include/generated']) {
    if (await exists(join(path, trace))) throw new FolderNotClean(path, trace)
  }
}

/** The folder holds the products of a build besides the sources. */
export class FolderNotClean extends KseriesError {
  constructor(path: string, trace: string) {
    super(
      `Cannot import ${path}: it has been built in (there is ${trace}), so sources and products cannot be told apart`,
      {
        hint: `Run 'make -C ${path} mrproper', or give a git clone of it.`,
        exitCode: ExitCode.usage,
      },
    )
  }
}
