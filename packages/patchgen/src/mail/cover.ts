import type { Generated, GeneratedCommit } from '../generate/generate.ts'
import { git } from '../git/repository.ts'
import type { Series } from '../series/load.ts'
import { changeIdOf } from './change-id.ts'
import type { Draft } from './compose.ts'
import { encodeAddress, encodeHeader, foldHeader, mailDate } from './headers.ts'

/** What a cover letter says beyond its series: none of it can be read off the commits. */
export interface CoverNotes {
  /** What was tested, in lines. */
  readonly evidence?: readonly string[]
  /** What the base is, in words, for those who do not have its commit. */
  readonly basedOn?: string
  /** The version before: where it is in the archives, and what has changed in the patches. */
  readonly previous?: {
    readonly version: number
    readonly messageId?: string | undefined
    readonly rangeDiff: string
  }
}

export interface CoverParts extends CoverNotes {
  readonly series: Series
  /** Those this one stands on, in order. */
  readonly needed: readonly Series[]
  readonly generated: Generated
  /** '[PATCH RFC v2 00/07]' */
  readonly tag: string
  readonly version: number
  /** Stable patch ids of the needed series' commits. */
  readonly prerequisites: readonly string[]
}

/**
 * A series' cover letter as a mail: its text, what changed, shortlog, diffstat, range-diff, and what tools read at its end
 * (base-commit, change-id, prerequisites: git format-patch --base and b4).
 */
export const coverLetter = async (parts: CoverParts, signal?: AbortSignal): Promise<Draft> => {
  const { series, generated, tag } = parts
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
  const content = [
    body,
    ...changelog(parts),
    ...(parts.evidence ? [parts.evidence.join('\n')] : []),
    shortlog(generated.identity, own),
    stat.replaceAll(/[ \t]+$/gm, ''),
    ...(parts.previous ? [`Range-diff against v${parts.previous.version}:\n${parts.previous.rangeDiff}`] : []),
    footer(parts),
  ].join('\n\n')
  return {
    headers: [
      `From ${last.hash} Mon Sep 17 00:00:00 2001`,
      foldHeader('From', encodeAddress(generated.identity)),
      `Date: ${mailDate(Number(time))}`,
      foldHeader('Subject', `${tag} ${encodeHeader(subject)}`),
    ],
    body: Buffer.from(`${content}\n`),
  }
}

/** What each version changed, the newest first, with the place of the one before it: as b4 has it. */
const changelog = ({ series, version, previous }: CoverParts): string[] =>
  series.changes
    .filter(change => change.version <= version)
    .map(({ version: its, text }) => {
      const link =
        previous?.messageId !== undefined && previous.version === its - 1
          ? `\n- Link to v${previous.version}: https://lore.kernel.org/r/${previous.messageId}`
          : ''
      return `Changes in v${its}:\n${text}${link}`
    })

const shortlog = (identity: string, commits: readonly GeneratedCommit[]) =>
  [`${identity.replace(/ <.*/, '')} (${commits.length}):`, ...commits.map(({ subject }) => `  ${subject}`)].join('\n')

const footer = ({ series, needed, generated, prerequisites, basedOn }: CoverParts): string =>
  [
    ...(basedOn === undefined ? [] : [basedOn, '']),
    `base-commit: ${generated.base.commit}`,
    `change-id: ${changeIdOf(series)}`,
    ...needed.map(one => `prerequisite-change-id: ${changeIdOf(one)}:v${one.meta.version}`),
    ...prerequisites.map(id => `prerequisite-patch-id: ${id}`),
  ].join('\n')
