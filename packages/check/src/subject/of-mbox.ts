import { basename } from 'node:path'
import { gitOf, ImportRefused, type MailedPatch, readMbox, type Step, stepsOfMails } from '@kseries/patchgen'
import { commitsOf, type Subject, slugOf } from './subject.ts'

/**
 * Mails as a subject: applied onto a base without fuzz, as commits that no branch names. The same mails give the same commits.
 * @param gitDir - has the base, and gets the commits.
 * @throws ImportRefused for an mbox that is none, is incomplete, does not apply, or brings links and submodules, which could
 * lead a build out of its tree.
 */
export const subjectOfMbox = async (
  path: string,
  gitDir: string,
  base: string,
  signal?: AbortSignal,
): Promise<Subject> => {
  const { patches, cover } = await readMbox(path, signal)
  const head = await commitMails(gitDir, base, patches, signal)
  const mails = [cover?.body ?? '', ...patches.map(({ diff }) => Buffer.from(diff).toString('latin1'))]
  const changeId = /^change-id: *(\S+)/m.exec(mails.join('\n'))?.[1]
  const commits = await commitsOf(gitDir, base, head, signal)
  const name = slugOf(basename(path).replace(/\.(mbox|mbx|eml)$/, ''))
  return { name, kind: 'mbox', gitDir, base, trunk: base, commits, exceptions: [], fragments: {}, changeId }
}

/** Makes commits of mails, on a base. */
export const commitMails = async (
  gitDir: string,
  base: string,
  patches: readonly MailedPatch[],
  signal?: AbortSignal,
): Promise<string> => {
  const { stdout: time } = await gitOf(gitDir, ['log', '-1', '--format=%ct', base, '--'], { signal })
  let head = base
  const steps = await stepsOfMails(gitDir, base, patches, signal)
  for (const [index, step] of steps.entries()) {
    await refuseLinks(gitDir, step, signal)
    const [, name = '', mail = ''] = /^(.*) <(.*)>$/.exec(patches[index]?.author ?? '') ?? []
    const date = `${Number(time) + index + 1} +0000`
    const env = {
      GIT_AUTHOR_NAME: name || 'nobody',
      GIT_AUTHOR_EMAIL: mail,
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_NAME: 'kseries',
      GIT_COMMITTER_EMAIL: 'kseries@localhost',
      GIT_COMMITTER_DATE: date,
    }
    const input = `${step.subject}\n\n${step.body}\n`
    head = (await gitOf(gitDir, ['commit-tree', '-p', head, step.after], { signal, env, input, pure: true })).stdout
  }
  return head
}

const refuseLinks = async (gitDir: string, { before, after, subject }: Step, signal: AbortSignal | undefined) => {
  const { stdout } = await gitOf(gitDir, ['diff-tree', '-r', '-z', '--raw', before, after], { signal, pure: true })
  const link = /:\d+ 1[26]0000 \w+ \w+ [A-Z]\0([^\0]+)/.exec(stdout)?.[1]
  if (link !== undefined) throw new ImportRefused(subject, `${link} is a link or a submodule`)
}
