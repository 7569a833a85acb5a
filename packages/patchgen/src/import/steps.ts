import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findCommit, git } from '../git/repository.ts'
import type { Message } from '../series/message.ts'
import { applyMail } from './apply-mail.ts'
import { ImportRefused, type Named } from './errors.ts'
import type { MailedPatch } from './mbox.ts'

/** A commit to import: from which tree to which, and what it says. */
export interface Step extends Message, Named {
  readonly before: string
  readonly after: string
}

/**
 * The commits of a range, from its base up.
 * @param range - `BASE..TIP`
 * @returns the base's commit, and the day of the first commit, too.
 * @throws ImportRefused for a range that is none, is empty, or has merges.
 */
export const stepsOfRange = async (
  gitDir: string,
  range: string,
  signal?: AbortSignal,
): Promise<{ readonly base: string; readonly steps: readonly Step[]; readonly date: string }> => {
  const [, from = '', to = ''] = /^([^.](?:(?!\.\.).)*)\.\.(.+)$/.exec(range) ?? []
  const [base, tip] = await Promise.all([from, to].map(name => (name ? findCommit(gitDir, name, signal) : undefined)))
  if (!base || !tip) throw new ImportRefused(range, 'it must be BASE..TIP of commits that are there')
  const format = '--format=%H%x00%T%x00%P%x00%as%x00%s%x00%b%x00%x01'
  const { stdout } = await git(gitDir, ['log', '--reverse', format, `${base.hash}..${tip.hash}`, '--'], { signal })
  const commits = stdout.split('\0\x01').flatMap(record => {
    const [hash = '', tree = '', parents = '', date = '', subject = '', body = ''] = record.trim().split('\0')
    return hash === '' ? [] : [{ hash, tree, parents: parents.split(' '), date, subject, body }]
  })
  const [first] = commits
  if (!first) throw new ImportRefused(range, 'there are no commits in it')
  const merge = commits.find(({ parents }) => parents.length !== 1)
  if (merge) throw new ImportRefused(merge.subject, 'it is a merge', 'Rebase the range to a line of commits.')
  if (first.parents[0] !== base.hash)
    throw new ImportRefused(range, `its first commit does not stand on ${from}`, 'Name the commit that it stands on.')
  const { stdout: baseTree } = await git(gitDir, ['rev-parse', `${base.hash}^{tree}`], { signal })
  const trees = [baseTree, ...commits.map(({ tree }) => tree)]
  return {
    base: base.hash,
    date: first.date,
    steps: commits.map(({ subject, body, tree }, index) => ({
      subject,
      body,
      before: trees[index] ?? baseTree,
      after: tree,
    })),
  }
}

/**
 * Applies mailed patches onto a base, in an index of its own: no work tree, no fuzz. What git takes for dangerous (a path out of
 * the tree, `.git`, a file behind a link) it refuses itself.
 * @throws ImportRefused for a base that is not there, or naming the patch that does not apply, with git's words.
 */
export const stepsOfMails = async (
  gitDir: string,
  base: string,
  patches: readonly MailedPatch[],
  signal?: AbortSignal,
): Promise<readonly Step[]> => {
  const commit = await findCommit(gitDir, base, signal)
  if (!commit) throw new ImportRefused(base, 'there is no such commit to apply mails to', 'Name another base: --base.')
  const folder = await mkdtemp(join(tmpdir(), 'kseries-apply-'))
  const options = { signal, env: { GIT_INDEX_FILE: join(folder, 'index') } }
  try {
    await git(gitDir, ['read-tree', commit.hash], options)
    const steps: Step[] = []
    let before = (await git(gitDir, ['write-tree'], options)).stdout
    for (const patch of patches) {
      const after = await applyMail(gitDir, patch, before, options)
      const { subject, body, source } = patch
      steps.push({ subject, body, source, before, after })
      before = after
    }
    return steps
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
