import { gitOf, ImportRefused, type MailedPatch, readPatchMail, stepsOfMails } from '@kseries/patchgen'
import { commitMails } from './of-mbox.ts'
import { commitsOf, type Subject } from './subject.ts'

/** So far back a commit is looked for that the mail was made of. */
const NEAR = 200

/**
 * One mail of a series as a subject: the commit of the repository that it was made of, on its parent; else a commit that is
 * made of it, applied to HEAD without fuzz.
 * @param gitDir - of a person's own kernel.
 * @throws ImportRefused for what is no patch, or applies nowhere.
 */
export const subjectOfMail = async (mail: Uint8Array, gitDir: string, signal?: AbortSignal): Promise<Subject> => {
  const patch = await readPatchMail(mail, signal)
  const resolve = async (name: string) =>
    (await gitOf(gitDir, ['rev-parse', '--verify', `${name}^{commit}`], { signal })).stdout.trim()
  const end = await resolve('HEAD')
  const own = await commitLike(gitDir, patch, signal)
  const kind = own === undefined ? 'mail' : 'range'
  const base = own === undefined ? end : await resolve(`${own}^`)
  const head = own ?? (await commitMails(gitDir, base, [patch], signal))
  const commits = await commitsOf(gitDir, base, head, signal)
  const name = 'mail'
  const its = { name, kind, gitDir, base, trunk: base, commits, exceptions: [], fragments: {} } as const
  return own === undefined ? its : { ...its, end }
}

/** The commit that has this subject and does what the mail does. */
const commitLike = async (
  gitDir: string,
  patch: MailedPatch,
  signal: AbortSignal | undefined,
): Promise<string | undefined> => {
  const range = ['--no-merges', '--min-parents=1', `--max-count=${NEAR}`, '--format=%H %T %s', 'HEAD', '--']
  const { stdout } = await gitOf(gitDir, ['log', ...range], { signal, pure: true })
  for (const line of stdout.split('\n')) {
    const [, hash = '', tree = '', subject = ''] = /^(\w+) (\w+) (.*)$/.exec(line) ?? []
    if (subject !== patch.subject) continue
    try {
      const [step] = await stepsOfMails(gitDir, `${hash}^`, [patch], signal)
      if (step?.after.trim() === tree) return hash
    } catch (error) {
      if (!(error instanceof ImportRefused)) throw error
    }
  }
  return undefined
}
