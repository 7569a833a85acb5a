import { fileURLToPath } from 'node:url'
import { contentKey, folderKey } from '@kseries/host'
import { gitOf } from '@kseries/patchgen'
import type { SeriesCommit, Subject } from '../subject/subject.ts'

/**
 * Of all that the text checks of a commit depend on: its message and its diff with the hashes of the files before and after,
 * the tree's tools, MAINTAINERS, our own code. Not of its parents, so a commit above an amended one keeps its result.
 */
export const textKey = async (
  { gitDir, trunk, kind, isByNobody = false }: Subject,
  { hash, subject, body, author }: SeriesCommit,
  maintainers: string,
  signal?: AbortSignal,
): Promise<string> => {
  code ??= folderKey(fileURLToPath(new URL('..', import.meta.url)))
  const diff = ['diff-tree', '-r', '--no-renames', '--raw', '--abbrev=40', `${hash}^`, hash]
  const [files, own] = await Promise.all([gitOf(gitDir, diff, { signal, pure: true }), code])
  return `text-${contentKey([trunk, kind, isByNobody, subject, body, author, files.stdout, maintainers, own])}`
}

let code: Promise<string> | undefined
