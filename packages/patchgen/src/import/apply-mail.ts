import { CommandFailed } from '@kseries/host'
import { bounds } from '../git/bounded.ts'
import { type GitOptions, git } from '../git/repository.ts'
import { diffFault } from './diff-shape.ts'
import { ImportRefused } from './errors.ts'
import type { MailedPatch } from './mbox.ts'

/** Names that are `.git` on other systems' disks are as dangerous: the folder that we make may be taken there. */
const careful = ['-c', 'core.protectHFS=true', '-c', 'core.protectNTFS=true']
const apply = [...careful, 'apply', '--cached', '--whitespace=nowarn']

/** The files that a patch makes or changes. */
const LARGEST = 32 << 20

const baseHint = 'Name the base it was made for: --base.'
const mailHint = 'The mail is damaged: take it again, as it was sent, from an archive of the list.'

/**
 * Applies one patch to the index that `env` names, without fuzz, within `bounds`.
 * @param before - the tree that the index has.
 * @returns the tree after it.
 * @throws ImportRefused with the mail, the file and the reason.
 */
export const applyMail = async (
  gitDir: string,
  patch: MailedPatch,
  before: string,
  options: Pick<GitOptions, 'env' | 'signal'>,
): Promise<string> => {
  const { diff: input } = patch
  const fault = diffFault(input)
  if (fault) throw new ImportRefused(patch, fault, mailHint)
  const bounded = { ...options, input, bounded: true }
  const wouldApply = (...how: readonly string[]) =>
    git(gitDir, [...apply, '--check', ...how, '-'], bounded).then(
      () => true,
      (error: unknown) => (error instanceof CommandFailed ? false : Promise.reject(error)),
    )
  try {
    await git(gitDir, [...apply, '-'], bounded)
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error
    const [why, hint] = await reasonOf(error, wouldApply)
    const suspicion = patch.suspicion ? `; ${patch.suspicion}` : ''
    throw new ImportRefused(patch, `it does not apply: ${why}${suspicion}`, hint, error)
  }
  const { stdout: after } = await git(gitDir, ['write-tree'], options)
  const bytes = await bytesOfChanges(gitDir, before, after, options.signal)
  if (bytes > LARGEST)
    throw new ImportRefused(
      patch,
      `the files it changes must have at most ${LARGEST >> 20} MB: they have ${Math.ceil(bytes / (1 << 20))}`,
    )
  return after
}

/** What git says of a text that is no diff, where another base would not help. */
const damaged =
  /corrupt (binary )?patch|patch fragment|only garbage|unrecognized|lacks filename|No valid patches|without full index|bad git-diff/

const reasonOf = async (
  { stderr, timedOut, code }: CommandFailed,
  wouldApply: (...how: readonly string[]) => Promise<boolean>,
): Promise<[why: string, hint?: string]> => {
  if (timedOut) return [`git takes more than ${bounds.milliseconds / 1000} s for it`]
  if (/out of memory|malloc failed|mmap failed/i.test(stderr) || code === undefined)
    return [`git takes more than ${bounds.megabytes} MB of memory for it`]
  const said = [...stderr.matchAll(/^(?:error|fatal): (.*)$/gm)].map(([, text]) => text)
  const words = said.slice(0, 4).join('; ') || stderr.trim()
  if (damaged.test(words)) return [words, mailHint]
  if (await wouldApply('-R')) return [`${words}; it is in the base already`, baseHint]
  if (await wouldApply('-C1'))
    return [`${words}; it would apply with fuzz only, as lines around it are others`, baseHint]
  return [words, baseHint]
}

const bytesOfChanges = async (gitDir: string, before: string, after: string, signal: AbortSignal | undefined) => {
  const { stdout } = await git(
    gitDir,
    ['diff-tree', '-r', '--raw', '-z', '--no-renames', '--no-abbrev', before, after],
    { signal, pure: true },
  )
  const ids = [...stdout.matchAll(/:\d+ (?!160000)\d+ \w+ (\w+) [AM]\0/g)].map(([, id = '']) => id)
  if (ids.length === 0) return 0
  const sizes = await git(gitDir, ['cat-file', '--batch-check=%(objectsize)'], { input: `${ids.join('\n')}\n`, signal })
  return sizes.stdout.split('\n').reduce((sum, size) => sum + Number(size), 0)
}
