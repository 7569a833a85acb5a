import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { folderKey, type Report } from '@kseries/host'
import pMap from 'p-map'
import type { Finding } from '../model/finding.ts'
import { commitName, type Subject } from '../subject/subject.ts'
import { bindingTools } from './binding-tools.ts'
import { Bindings } from './bindings.ts'
import { Pages } from './pages.ts'

export interface DocsCheckOptions {
  /** Keeps Sphinx, and what else reads the files, from the machine. */
  readonly isSandboxed: boolean
  readonly signal?: AbortSignal | undefined
  readonly report: Report
}

const docsTools = ['sphinx', ...bindingTools]

/**
 * What the tools of Documentation say of what each commit touches there, and have not said before it: of pages and of bindings.
 * @returns as tools, those that were not missing where they were wanted.
 */
export const docsChecks = async (
  subject: Subject,
  options: DocsCheckOptions,
): Promise<{ readonly findings: readonly Finding[]; readonly tools: ReadonlySet<string> }> => {
  const { signal, report } = options
  const code = await folderKey(fileURLToPath(new URL('.', import.meta.url)))
  const job = { subject, ...options, code }
  const [pages, bindings] = [new Pages(job), new Bindings(job)]
  let done = 0
  const perCommit = await pMap(
    subject.commits,
    async commit => {
      const problems = [...(await pages.look(commit)), ...(await bindings.look(commit))]
      report({ kind: 'update', id: 'docs', text: commit.subject, fraction: ++done / subject.commits.length })
      return problems.map((problem): Finding => ({ ...problem, commit: commitName(commit) }))
    },
    { concurrency: availableParallelism(), ...(signal && { signal }) },
  )
  const missing = new Set([...pages.missing, ...bindings.missing])
  return { findings: perCommit.flat(), tools: new Set(docsTools.filter(tool => !missing.has(tool))) }
}
