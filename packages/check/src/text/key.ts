import { fileURLToPath } from 'node:url'
import { contentKey, folderKey } from '@kseries/host'
import { gitOf } from '@kseries/patchgen'
import { endOf, type SeriesCommit, type Subject } from '../subject/subject.ts'
import { selftestsFolder } from './selftests.ts'

/**
 * Of all that the text checks of a commit depend on: its message and its diff with the hashes of the files before and after,
 * the tree's tools, MAINTAINERS, our own code; where selftests are touched, all of them. Not of its parents, so a commit above an amended
 * one keeps its result.
 */
export const textKey = async (
  series: Subject,
  { hash, subject, body, author }: SeriesCommit,
  maintainers: string,
  signal?: AbortSignal,
): Promise<string> => {
  const { gitDir, trunk, kind, isByNobody = false } = series
  code ??= folderKey(fileURLToPath(new URL('..', import.meta.url)))
  const diff = ['diff-tree', '-r', '--no-renames', '--raw', '--abbrev=40', `${hash}^`, hash]
  const [files, own] = await Promise.all([gitOf(gitDir, diff, { signal, pure: true }), code])
  const more = files.stdout.includes(`\t${selftestsFolder}/`) ? await selftestsKey(series, hash, signal) : []
  return `text-${contentKey([trunk, kind, isByNobody, subject, body, author, files.stdout, maintainers, own, more])}`
}

const selftestsKey = async (series: Subject, hash: string, signal?: AbortSignal) => {
  const names = [hash, endOf(series)].map(commit => `${commit}:${selftestsFolder}`)
  // A name that is none is shown as it is.
  const { stdout } = await gitOf(series.gitDir, ['rev-parse', ...names], { signal, okCodes: [0, 128] })
  return stdout.split('\n')
}

let code: Promise<string> | undefined
