import { readFile } from 'node:fs/promises'
import { cachePath, type Report, silent, withLock, writeFileAtomic } from '@kseries/host'
import type { AptOptions } from './apt-private.ts'
import { ensureRepository, gitOut } from './git.ts'
import { importApt } from './import-apt.ts'
import { importFolder } from './import-folder.ts'
import { importGit } from './import-git.ts'
import { tidyRepository } from './leftovers.ts'
import { sourceLabel, sourceSlug, type TreeSource } from './source.ts'

/** A kernel tree in the cache's repository. */
export interface KernelTree {
  /** The bare repository that all trees and generated commits share. */
  readonly gitDir: string
  /** What series are generated onto. */
  readonly commit: string
  readonly treeHash: string
  /** As its Makefile says: '7.3.4'. */
  readonly version: string
  /** What a person calls it: '7.3'. */
  readonly label: string
  /** Where it came from, in words. */
  readonly origin: string
  readonly source: TreeSource
}

export interface ImportOptions {
  readonly signal?: AbortSignal | undefined
  readonly report?: Report
  /** Ask the source again although the tree is in the cache: a newer 7.3.x, a branch that moved. @default false */
  readonly refresh?: boolean
  readonly apt?: AptOptions
}

/** What a kind of source does: brings a tree into the repository and says what it is. */
export interface Importer<Source extends TreeSource> {
  (
    source: Source,
    target: { readonly gitDir: string; readonly ref: string },
    options: {
      readonly signal?: AbortSignal | undefined
      readonly report: Report
      readonly apt?: AptOptions | undefined
    },
  ): Promise<{ readonly commit: string; readonly version: string; readonly origin: string }>
}

/**
 * Brings a kernel tree into the cache, once. Later calls for the same source need neither network nor time; a folder is
 * read again each time, as its files may have changed.
 *
 * @returns the tree; the tag `base/LABEL` of the repository names its commit.
 * @throws NoNetwork, PackageGone, NoAptSources, NotLinux, GitSourceFailed, FolderNotClean, TooLittleRoom, DiskFull, …
 */
export const importTree = async (source: TreeSource, options: ImportOptions = {}): Promise<KernelTree> => {
  const { signal, report = silent, refresh = false } = options
  const gitDir = await ensureRepository(signal)
  await tidyRepository(gitDir, signal)
  const slug = sourceSlug(source)
  const record = cachePath('bases', `${slug}.json`)
  const again = source.kind === 'folder' || refresh
  const known = again ? undefined : await readRecord(record, gitDir, source)
  if (known) return known
  return await withLock(
    'kernel-git',
    async () => {
      const meanwhile = again ? undefined : await readRecord(record, gitDir, source)
      if (meanwhile) return meanwhile
      const target = { gitDir, ref: `refs/tags/base/${slug}` }
      const found = await importFrom(source, target, { signal, report, apt: options.apt })
      const treeHash = await gitOut(['rev-parse', '--verify', `${found.commit}^{tree}`], { signal })
      const tree: KernelTree = { gitDir, ...found, treeHash, label: sourceLabel(source), source }
      await writeFileAtomic(record, `${JSON.stringify(tree, null, 2)}\n`)
      return tree
    },
    { signal, onWait: holder => report({ kind: 'note', text: `Waiting for ${holder}, which is importing a tree.` }) },
  )
}

const importFrom = (source: TreeSource, ...rest: [Parameters<Importer<never>>[1], Parameters<Importer<never>>[2]]) => {
  switch (source.kind) {
    case 'apt':
      return importApt(source, ...rest)
    case 'git':
      return importGit(source, ...rest)
    case 'folder':
      return importFolder(source, ...rest)
  }
}

/** The record is believed only if the repository really has the commit, so that either may be deleted. */
const readRecord = async (path: string, gitDir: string, source: TreeSource): Promise<KernelTree | undefined> => {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    const tree = JSON.parse(text) as KernelTree
    const hash = await gitOut(['rev-parse', '--verify', '--quiet', `${tree.commit}^{tree}`])
    return hash === tree.treeHash ? { ...tree, gitDir, source } : undefined
  } catch {
    return undefined
  }
}
