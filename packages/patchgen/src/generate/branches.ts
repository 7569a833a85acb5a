import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { exists } from '@kseries/host'
import { BranchInUse, BranchMoved } from '../errors.ts'
import { moveRefs, type RefMove } from '../git/fast-import.ts'
import type { Ref } from '../git/repository.ts'

/** Where the refs of generated series live. */
export const refPrefixes = ['refs/heads/kseries/', 'refs/kseries/generated/']

/** A series' branch. A label that is no version ("net-next#main") keeps the characters a ref may have. */
export const branchOf = (series: string, label: string) => `kseries/${series}/${refPart(label)}`

const refPart = (label: string) =>
  label
    .replaceAll(/[^\w-]+/g, part => (part === '.' ? part : '-'))
    .replace(/^[.-]+/, '')
    .replace(/(?:\.lock|[.-])*$/, '') || 'base'

/** A branch's name as a ref. */
const branchRef = (series: string, label: string) => `refs/heads/${branchOf(series, label)}`

/** Where we last left the branch: if it is elsewhere now, somebody worked on it. */
const recordRef = (series: string, label: string) => `refs/kseries/generated/${series}/${refPart(label)}`

/** Where commits are written first, so that an interrupted run moves no branch. */
export const draftRef = (series: string, label: string) => `refs/kseries/draft/${series}/${refPart(label)}`

/** Whether every series' branch is at its head, as we left it. */
export const areInPlace = (
  refs: ReadonlyMap<string, Ref>,
  heads: ReadonlyMap<string, string>,
  label: string,
): boolean =>
  [...heads].every(
    ([series, head]) =>
      refs.get(branchRef(series, label))?.hash === head && refs.get(recordRef(series, label))?.hash === head,
  )

/**
 * Deletes the locks that a git of ours left when it was killed. The caller holds the lock under which alone drafts are written; a
 * transaction of ours takes the draft's lock first and gives it up last.
 */
export const removeDeadLocks = async (gitDir: string, series: readonly string[], label: string): Promise<void> => {
  for (const name of series) {
    const locks = [branchRef, recordRef, draftRef].map(ref => join(gitDir, `${ref(name, label)}.lock`))
    if (await exists(locks.at(-1) ?? '')) for (const lock of locks) await rm(lock, { force: true })
  }
}

/**
 * Moves the branches of a chain to their new heads, all or none.
 * @throws BranchMoved if a branch is not where we left it; BranchInUse if a work tree has it checked out.
 */
export const moveBranches = async (
  gitDir: string,
  refs: ReadonlyMap<string, Ref>,
  heads: ReadonlyMap<string, string>,
  label: string,
  signal?: AbortSignal,
): Promise<void> => {
  const moves: RefMove[] = []
  for (const [series, head] of heads) {
    const branch = refs.get(branchRef(series, label))
    const record = refs.get(recordRef(series, label))
    moves.push({ ref: draftRef(series, label), to: undefined, from: head })
    if (record?.hash !== head) moves.push({ ref: recordRef(series, label), to: head, from: record?.hash })
    if (branch?.hash === head) continue
    if (branch && branch.hash !== record?.hash)
      throw new BranchMoved(branchOf(series, label), record?.hash, branch.hash)
    if (branch?.checkedOut !== undefined) throw new BranchInUse(branchOf(series, label), branch.checkedOut)
    moves.push({ ref: branchRef(series, label), to: head, from: branch?.hash })
  }
  await moveRefs(gitDir, moves, signal)
}

/** Leaves the commits of a chain without a name. */
export const dropDrafts = async (
  gitDir: string,
  heads: ReadonlyMap<string, string>,
  label: string,
  signal?: AbortSignal,
): Promise<void> => {
  const moves = [...heads].map(([series, head]) => ({ ref: draftRef(series, label), to: undefined, from: head }))
  await moveRefs(gitDir, moves, signal)
}
