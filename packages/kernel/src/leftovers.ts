import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { withLock } from '@kseries/host'

// What a git that was killed leaves behind, and the next one stumbles over.

/**
 * Deletes lock files. The caller holds a lock of ours on what they protect, so whoever made them is dead.
 * @param files - what is locked, relative to `gitDir`.
 */
export const removeLocks = async (gitDir: string, files: readonly string[]): Promise<void> => {
  await Promise.all(files.map(file => rm(join(gitDir, `${file}.lock`), { force: true })))
}

/** For who adds or removes the repository's entries of work trees. */
export const workTreeEntriesLock = 'kernel-git-worktrees'

/**
 * Deletes the entries that a killed `git worktree add` had begun: as long as there is one, gits that look at all entries
 * fail, and `prune` passes it over. The caller holds `workTreeEntriesLock`.
 */
export const removeHalfMadeEntries = async (gitDir: string): Promise<void> => {
  for (const entry of await halfMadeEntries(gitDir)) await rm(entry, { recursive: true, force: true })
}

const halfMadeEntries = async (gitDir: string): Promise<string[]> => {
  const folder = join(gitDir, 'worktrees')
  const entries = (await readdir(folder).catch(() => [])).map(name => join(folder, name))
  const read = (entry: string, file: string) => readFile(join(entry, file), 'utf8').catch(() => '')
  const half = await Promise.all(
    // `locked` says so until all is there, add_worktree() in git's builtin/worktree.c; a kill may leave an empty file.
    entries.map(
      async entry => (await read(entry, 'locked')).trim() === 'initializing' || !(await read(entry, 'commondir')),
    ),
  )
  return entries.filter((_, index) => half[index])
}

/** Deletes what would be in the way of whoever uses the repository; no cost when there is nothing. */
export const tidyRepository = async (gitDir: string, signal?: AbortSignal): Promise<void> => {
  await removeDeadFiles(gitDir)
  if ((await halfMadeEntries(gitDir)).length === 0) return
  await withLock(workTreeEntriesLock, () => removeHalfMadeEntries(gitDir), { signal })
}

/** Milliseconds. A fetch may wait for the network, and any package of ours may import; packed refs take no time. */
const DEAD_AFTER = { pack: 60 * 60_000, refs: 10_000 }

/**
 * Deletes what only its age tells from the work of a living git: unfinished packs, up to 400 MB each, reports of crashes,
 * and a lock on the packed refs.
 */
export const removeDeadFiles = async (gitDir: string, packAge = DEAD_AFTER.pack): Promise<void> => {
  const kinds = [
    { name: /^(tmp_(pack|idx|rev)_|fast_import_crash_)/, age: packAge },
    { name: /^packed-refs\.(lock|new)$/, age: DEAD_AFTER.refs },
  ]
  for (const dir of [gitDir, join(gitDir, 'objects/pack')]) {
    for (const name of await readdir(dir).catch(() => [])) {
      const kind = kinds.find(it => it.name.test(name))
      const written = kind && (await stat(join(dir, name)).catch(() => undefined))
      if (written && Date.now() - written.mtimeMs >= kind.age) await rm(join(dir, name), { force: true })
    }
  }
}
