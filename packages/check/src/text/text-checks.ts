import { availableParallelism } from 'node:os'
import { type Report, run } from '@kseries/host'
import { readFiles } from '@kseries/patchgen'
import pMap from 'p-map'
import type { Finding, Problem } from '../model/finding.ts'
import { remember, remembered } from '../model/memory.ts'
import { once } from '../model/once.ts'
import { commitName, endOf, type Subject } from '../subject/subject.ts'
import { onBench, readTools, spellingList, type TextCheck } from './bench.ts'
import { checkpatch } from './checkpatch.ts'
import { includes } from './includes.ts'
import { kernelDoc } from './kernel-doc.ts'
import { textKey } from './key.ts'
import { coverage, getMaintainer, obsolete } from './maintainers.ts'
import { changeId, fixes, links, prose, signOff } from './message.ts'
import { recordsOf } from './owners.ts'
import { hasHistory, prefix } from './prefix.ts'
import { selftests } from './selftests.ts'
import { readWords, spelling } from './spelling.ts'

const checks: readonly TextCheck[] = [
  checkpatch,
  spelling,
  signOff,
  fixes,
  links,
  changeId,
  prose,
  includes,
  getMaintainer,
  coverage,
  obsolete,
  selftests,
  kernelDoc,
]

export interface TextOptions {
  /** What runs the tree's scripts on files in some folders: in a sandbox for a subject that is not trusted. @default host's run */
  readonly runOn?: (folders: readonly string[]) => typeof run
  readonly signal?: AbortSignal | undefined
  readonly report: Report
}

/** What can be said of the commits without building them; all commits at once, in files of their own. */
export const textChecks = async (
  subject: Subject,
  options: TextOptions,
): Promise<{ readonly findings: readonly Finding[]; readonly tools: ReadonlySet<string> }> => {
  const { signal, report } = options
  const { gitDir, trunk, commits } = subject
  const head = endOf(subject)
  const [toolFiles, ownersAtEnd, isHistory] = await Promise.all([
    readTools(subject, signal),
    readFiles(gitDir, head, ['MAINTAINERS'], signal),
    hasHistory(gitDir, trunk, signal),
  ])
  const maintainers = Buffer.from(ownersAtEnd.get('MAINTAINERS')?.content ?? []).toString('latin1')
  const owners = once(() => recordsOf(maintainers))
  const words = once(() => readWords(toolFiles.get(spellingList)?.content))
  if (!isHistory)
    report({ kind: 'note', text: 'the base has no history: whether prefixes are as usual is not checked' })
  const all = isHistory ? [...checks, prefix] : checks
  let done = 0
  const perCommit = await pMap(
    commits,
    async commit => {
      const job = { subject, commit, toolFiles, owners, words, runOn: options.runOn ?? (() => run), signal }
      const key = await textKey(subject, commit, maintainers, signal)
      const known = await remembered<readonly Problem[]>(key)
      const problems = known ?? (await onBench(job, bench => Promise.all(all.map(({ look }) => look(bench))))).flat()
      if (!known) await remember(key, problems)
      report({ kind: 'update', id: 'text', text: commit.subject, fraction: ++done / commits.length })
      return problems.map((problem): Finding => ({ ...problem, commit: commitName(commit) }))
    },
    { concurrency: availableParallelism(), ...(signal && { signal }) },
  )
  return {
    findings: [...perCommit.flat(), ...seriesFindings(subject)],
    tools: new Set(all.flatMap(({ tools }) => tools)),
  }
}

/** What is said once of the whole series. */
const seriesFindings = ({ kind, changeId: id, isByNobody }: Subject): Finding[] => [
  ...(isByNobody
    ? [
        {
          tool: 'sign-off',
          text: 'git has no user.name and user.email: nobody signs the commits off yet',
          blocks: false,
        },
      ]
    : []),
  ...(kind === 'mbox' && id === undefined
    ? [
        {
          tool: 'change-id',
          text: 'no mail has a change-id: tools cannot tell its versions from other series',
          blocks: false,
        },
      ]
    : []),
  ...(id !== undefined && !/^\d{8}-[a-z0-9._-]+$/i.test(id)
    ? [{ tool: 'change-id', text: `it must be like '20261123-name-0123456789ab': it is '${id}'`, blocks: true }]
    : []),
]
