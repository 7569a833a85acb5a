import { createHash } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { exists, explainDiskErrors, writeFileAtomic } from '@kseries/host'
import { FoldInterrupted } from './errors.ts'

/** A file of a series folder that is to be replaced, made, or taken away. */
export interface FileChange {
  /** Below the folder that the series stand in. */
  readonly path: string
  readonly before: Uint8Array | undefined
  readonly after: Uint8Array | undefined
  readonly isExecutable: boolean
}

/** Beside the series folders while files are replaced. */
const journalOf = (home: string) => join(home, '.kseries-fold')

interface Entry {
  readonly path: string
  readonly before: string | undefined
  readonly after: string | undefined
}

/**
 * Replaces files of series folders, all or none. New contents are written beside them first; from the moment that the journal
 * is there, whoever is interrupted is completed by the next that reads one of the series (completeFold).
 * @param home - the folder that the series stand in.
 * @throws FoldInterrupted if a file is not any more as it was when the change was made; nothing is written then.
 */
export const replaceFiles = async (home: string, changes: readonly FileChange[]): Promise<void> => {
  await completeFold(home)
  await writeJournal(home, changes)
  await completeFold(home)
}

/** The first half of replaceFiles: from here on the change is certain. */
export const writeJournal = async (home: string, changes: readonly FileChange[]): Promise<void> => {
  const journal = journalOf(home)
  await explainDiskErrors(home, async () => {
    // What is there without a journal was never begun.
    await rm(journal, { recursive: true, force: true })
    await mkdir(journal)
    const entries: Entry[] = []
    for (const [index, { path, before, after, isExecutable }] of changes.entries()) {
      if (after) {
        await writeFileAtomic(join(journal, `${index}`), after)
        if (isExecutable) await chmod(join(journal, `${index}`), 0o755)
      }
      entries.push({ path, before: before && hashOf(before), after: after && hashOf(after) })
    }
    try {
      await checkUnchanged(home, entries)
    } catch (error) {
      await rm(journal, { recursive: true, force: true })
      throw error
    }
    await writeFileAtomic(join(journal, 'journal.json'), JSON.stringify(entries))
  })
}

/**
 * Completes what an interrupted replaceFiles had begun; no cost when there is nothing.
 * @throws FoldInterrupted if somebody changed the files meanwhile.
 */
export const completeFold = async (home: string): Promise<void> => {
  const journal = journalOf(home)
  const text = await readFile(join(journal, 'journal.json'), 'utf8').catch(() => undefined)
  if (text === undefined) return
  const entries = JSON.parse(text) as Entry[]
  await checkUnchanged(home, entries)
  await explainDiskErrors(home, async () => {
    for (const [index, { path, after }] of entries.entries()) {
      const target = join(home, path)
      const staged = join(journal, `${index}`)
      if (after === undefined) {
        await rm(target, { force: true })
        await removeEmptyFolders(dirname(target))
      } else if (await exists(staged)) {
        await mkdir(dirname(target), { recursive: true })
        // Another process may complete the same.
        await rename(staged, target).catch((error: { code?: string }) => {
          if (error.code !== 'ENOENT') throw error
        })
      }
    }
    await rm(join(journal, 'journal.json'), { force: true })
    await rm(journal, { recursive: true, force: true })
  })
}

const checkUnchanged = async (home: string, entries: readonly Entry[]) => {
  const changed: string[] = []
  for (const { path, before, after } of entries) {
    const content = await readFile(join(home, path)).catch(() => undefined)
    const hash = content && hashOf(content)
    if (hash !== before && hash !== after) changed.push(path)
  }
  if (changed.length > 0) throw new FoldInterrupted(journalOf(home), changed)
}

/** Folders that a file was the last of. */
const removeEmptyFolders = async (folder: string): Promise<void> => {
  const entries = await readdir(folder).catch(() => undefined)
  if (entries && entries.length > 0) return
  if (entries) await rmdir(folder).catch(() => {})
  await removeEmptyFolders(dirname(folder))
}

const hashOf = (content: Uint8Array) => createHash('sha256').update(content).digest('hex')
