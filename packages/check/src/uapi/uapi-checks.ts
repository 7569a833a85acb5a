import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cachePath, contentKey, folderKey, type Report, withLock } from '@kseries/host'
import { CompileFailed } from '@kseries/kernel'
import { gitOf, readFiles } from '@kseries/patchgen'
import type { AbiName } from '@kseries/uapi-headers'
import pMap from 'p-map'
import type { Finding, Problem } from '../model/finding.ts'
import { remember, remembered, rememberedOr } from '../model/memory.ts'
import { once } from '../model/once.ts'
import { commitName, type SeriesCommit, type Subject, workName } from '../subject/subject.ts'
import { changesOf, type FileChange } from '../text/changes.ts'
import { Batches } from './batches.ts'
import { compareHeaders } from './compare.ts'
import { type Described, type DescribeJob, describeHeaders } from './describe.ts'
import { HeaderTree } from './header-tree.ts'
import { reservedFindings } from './members/reserved.ts'
import { type ReadyScript, readyScript } from './script/abidiff.ts'
import { checkUapi, hasComparable } from './script/check-uapi.ts'
import { includesFor, touchesUapi } from './touched.ts'

export interface UapiCheckOptions {
  /** Keeps make and compilers from the machine. */
  readonly isSandboxed: boolean
  readonly signal?: AbortSignal | undefined
  readonly report: Report
}

/**
 * Compares what the exported headers say before and after each commit that touches them, for each ABI there is a compiler
 * for: what programs lose, and what new structs must not have. Results are kept by the files that headers are made of. At the end of
 * the series, something refuses what has no meaning yet.
 */
export const uapiChecks = async (
  subject: Subject,
  options: UapiCheckOptions,
): Promise<{ readonly findings: readonly Finding[]; readonly tools: ReadonlySet<string> }> => {
  const { signal, report, isSandboxed } = options
  const { gitDir } = subject
  const name = workName(subject, isSandboxed)
  const folder = cachePath('work', name, 'uapi')
  const tree = new HeaderTree({ gitDir, folder, isSandboxed, signal })
  const missing = new Set<AbiName>()
  const job: DescribeJob = {
    isSandboxed,
    signal,
    batches: new Batches(),
    onMissing: ({ abi, debianPackage }) => {
      if (missing.has(abi)) return
      missing.add(abi)
      report({ kind: 'note', text: `headers are not compared for ${abi}: ${debianPackage} is not installed` })
    },
  }
  const code = await Promise.all(
    [import.meta.url, import.meta.resolve('@kseries/uapi-headers')].map(url => folderKey(dirname(fileURLToPath(url)))),
  )
  const ready = once(() => readScript(subject, options))
  const tools = new Set(['uapi', 'check-uapi'])
  const findings: Finding[] = []
  const paths = await pMap(subject.commits, commit => pathsOf(gitDir, commit, signal), {
    concurrency: 2 * availableParallelism(),
    ...(signal && { signal }),
  })
  const sayOfScript = async (
    script: ReadyScript,
    keys: readonly string[],
    { parent, hash }: SeriesCommit,
    changes: readonly FileChange[],
  ): Promise<readonly Problem[]> => {
    const key = `check-uapi-${contentKey([keys, script, isSandboxed, code])}`
    const scriptJob = { tree, folder: join(folder, 'check-uapi'), script, isSandboxed, signal }
    const ask = () => withLock(`uapi-${name}`, () => checkUapi(scriptJob, parent, hash, changes), { signal })
    return await rememberedOr(key, () => ask().catch(nothingOfBroken))
  }
  for (const commit of subject.commits.filter((_, index) => touchesUapi(paths[index] ?? []))) {
    report({ kind: 'update', id: 'uapi', text: commit.subject })
    const keys = await Promise.all([tree.key(commit.parent), tree.key(commit.hash)])
    const key = `uapi-${contentKey([keys, isSandboxed, code])}`
    const known = await remembered<readonly Problem[]>(key)
    const problems = known ?? (await withLock(`uapi-${name}`, () => look(tree, subject, commit, job), { signal }))
    // A compiler that comes tomorrow has something to say.
    if (!known && missing.size === 0) await remember(key, problems)
    const changes = await changesOf(gitDir, commit.parent, commit.hash, signal)
    const script = hasComparable(changes) ? await ready() : undefined
    if (script === 'absent') tools.delete('check-uapi')
    const words = typeof script === 'object' ? await sayOfScript(script, keys, commit, changes) : []
    findings.push(...[...problems, ...words].map(problem => ({ ...problem, commit: commitName(commit) })))
  }
  const names = subject.commits.map(({ hash, parent, patch = '' }) => [parent, hash, patch])
  const key = `reserved-${contentKey([names, subject.end ?? '', code])}`
  const reserved = await rememberedOr(key, () => reservedFindings(subject, paths, signal))
  return { findings: [...findings, ...reserved], tools }
}

/** That headers cannot be made is told already. */
const nothingOfBroken = (error: unknown): readonly Problem[] => {
  if (error instanceof CompileFailed) return []
  throw error
}

/** The trunk's check-uapi.sh: a series does not change by what it is judged. */
const readScript = async ({ gitDir, trunk }: Subject, { signal, report }: UapiCheckOptions) => {
  const files = await readFiles(gitDir, trunk, [scriptPath], signal)
  const content = files.get(scriptPath)?.content
  // It came with Linux 6.7.
  if (!content) return 'absent'
  const ready = await readyScript(Buffer.from(content).toString('utf8'), signal)
  if (typeof ready === 'object') return ready
  report({ kind: 'note', text: ready })
  return 'absent'
}

const scriptPath = 'scripts/check-uapi.sh'

/** What a commit touches: no more than that is asked of most. */
const pathsOf = async (gitDir: string, { parent, hash }: SeriesCommit, signal: AbortSignal | undefined) => {
  const args = ['diff-tree', '-r', '-z', '--no-renames', '--name-only', parent, hash]
  return (await gitOf(gitDir, args, { signal, pure: true })).stdout.split('\0')
}

const look = async (
  tree: HeaderTree,
  { gitDir }: Subject,
  { parent, hash }: SeriesCommit,
  job: DescribeJob,
): Promise<readonly Problem[]> => {
  const changes = await changesOf(gitDir, parent, hash, job.signal)
  const includes = includesFor(changes.map(({ path }) => path))
  const before = await describeAt(tree, parent, includes, job)
  const after = await describeAt(tree, hash, includes, job)
  if (!(after instanceof CompileFailed))
    return compareHeaders(before instanceof CompileFailed ? nothing : before, after, changes)
  // Not for that which was so before.
  return before instanceof CompileFailed ? [] : [{ tool: 'uapi', text: after.message, blocks: true }]
}

const nothing: Described = { abis: new Map(), rejected: new Map() }

const describeAt = async (
  tree: HeaderTree,
  commit: string,
  includes: ReadonlyMap<AbiName, ReadonlySet<string>>,
  job: DescribeJob,
): Promise<Described | CompileFailed> => {
  await tree.moveTo(commit)
  try {
    return await describeHeaders(tree, includes, job)
  } catch (error) {
    if (error instanceof CompileFailed) return error
    throw error
  }
}
