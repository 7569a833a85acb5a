import type { Generated, GeneratedCommit } from '../generate/generate.ts'
import { git } from '../git/repository.ts'
import type { Series } from '../series/load.ts'
import { changeIdOf } from './change-id.ts'
import { encodeAddress, encodeHeader, foldHeader, mailDate } from './headers.ts'

export interface CoverParts {
  readonly series: Series
  /** Those this one stands on, in order. */
  readonly needed: readonly Series[]
  readonly generated: Generated
  /** '[PATCH RFC v2 00/07]' */
  readonly tag: string
  /** Stable patch ids of the needed series' commits. */
  readonly prerequisites: readonly string[]
  readonly to: readonly string[]
  readonly cc: readonly string[]
}

/**
 * A series' cover letter as a mail: its text, shortlog, diffstat, and what tools read at its end (base-commit, change-id,
 * prerequisites: git format-patch --base and b4).
 */
export const coverLetter = async (parts: CoverParts, signal?: AbortSignal): Promise<string> => {
  const { series, needed, generated, tag, prerequisites, to, cc } = parts
  const own = generated.commits.filter(commit => commit.series === series.name)
  const [first, last] = [own[0], own.at(-1)]
  if (!first || !last)
    throw new TypeError(`Cannot write a cover letter for ${series.name}: it is not in what was generated`)
  const { stdout: time } = await git(generated.gitDir, ['log', '-1', '--format=%ct', last.hash], { signal, pure: true })
  const { stdout: stat } = await git(
    generated.gitDir,
    ['diff', '--stat=72,50', '--summary', '--no-renames', '--no-color', `${first.hash}^`, last.hash],
    { signal, pure: true },
  )
  const { subject, body } = series.cover
  const footer = [
    `base-commit: ${generated.base.commit}`,
    `change-id: ${changeIdOf(series)}`,
    ...needed.map(one => `prerequisite-change-id: ${changeIdOf(one)}:v${one.meta.version}`),
    ...prerequisites.map(id => `prerequisite-patch-id: ${id}`),
  ]
  const content = [body, shortlog(generated.identity, own), stat.replaceAll(/[ \t]+$/gm, ''), footer.join('\n')].join(
    '\n\n',
  )
  const isAscii = Buffer.byteLength(content) === content.length
  const headers = [
    `From ${last.hash} Mon Sep 17 00:00:00 2001`,
    foldHeader('From', encodeAddress(generated.identity)),
    // An address a line, as git format-patch has them.
    ...(to.length > 0 ? [`To: ${to.map(encodeAddress).join(',\n    ')}`] : []),
    ...(cc.length > 0 ? [`Cc: ${cc.map(encodeAddress).join(',\n    ')}`] : []),
    `Date: ${mailDate(Number(time))}`,
    foldHeader('Subject', `${tag} ${encodeHeader(subject)}`),
    ...(isAscii
      ? []
      : ['MIME-Version: 1.0', 'Content-Type: text/plain; charset=UTF-8', 'Content-Transfer-Encoding: 8bit']),
  ]
  return `${headers.join('\n')}\n\n${content}\n`
}

const shortlog = (identity: string, commits: readonly GeneratedCommit[]) =>
  [`${identity.replace(/ <.*/, '')} (${commits.length}):`, ...commits.map(({ subject }) => `  ${subject}`)].join('\n')
