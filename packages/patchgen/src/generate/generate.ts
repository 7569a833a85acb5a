import { readFile, realpath } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import {
  cachePath,
  contentKey,
  explainDiskErrors,
  folderKey,
  type Report,
  silent,
  step,
  withLock,
  writeFileAtomic,
} from '@kseries/host'
import { writeCommits } from '../git/fast-import.ts'
import { configuredIdentity, type Identity, nobody } from '../git/identity.ts'
import { listRefs, readFiles } from '../git/repository.ts'
import { chainKey } from '../series/chain.ts'
import type { Series } from '../series/load.ts'
import { areInPlace, branchOf, dropDrafts, moveBranches, refPrefixes, removeDeadLocks } from './branches.ts'
import { baseOf, checkLinux, linuxFiles } from './linux.ts'
import { EditMemory } from './memory.ts'
import { Overlay } from './overlay.ts'
import { pathsOf } from './paths.ts'
import { planCommits } from './plan.ts'

export interface GenerateOptions {
  /** The repository that has the base and gets the commits. It needs no work tree, and none is touched. */
  readonly gitDir: string
  /** The commit to generate onto, a hash or any name git knows. */
  readonly base: string
  /** What the base is called: '7.3'. Part of the branch's name, and what `when({ base })` asks. */
  readonly label: string
  /** 'Name <mail>'; null for nobody. @default what git's configuration says */
  readonly identity?: string | null
  /** false: commits are written, branches stay where they are, whoever worked on them. @default true */
  readonly branches?: boolean
  readonly signal?: AbortSignal | undefined
  readonly report?: Report
}

export interface GeneratedCommit {
  readonly hash: string
  readonly tree: string
  readonly subject: string
  /** The series and the patch of it that this is: 'securekey', '01-is-protected'. */
  readonly series: string
  readonly patch: string
  /** What it changes, sorted. */
  readonly files: readonly string[]
}

/** A chain of series as commits. Plain data. */
export interface Generated {
  readonly gitDir: string
  readonly base: { readonly commit: string; readonly label: string }
  /** From the base up. */
  readonly commits: readonly GeneratedCommit[]
  /** The last commit and its tree. */
  readonly head: string
  readonly treeHash: string
  /** The branches, one a series of the chain; the last one's is that of `head`. */
  readonly branches: readonly string[]
  readonly identity: string
  /** Whether a person signed it off. */
  readonly submittable: boolean
}

/**
 * Writes a chain of series as commits onto a base, with a branch `kseries/<series>/<label>` for each. The same input gives the
 * same hashes, anywhere: times are the base's plus a second a patch. Asked again with nothing changed it only looks.
 *
 * @param chain - of loadChain(): each series after those it needs.
 * @throws AnchorNotFound, AnchorAmbiguous, EditImpossible for edits that do not fit the base; NotLinux; RepoLocked;
 * BranchMoved if somebody committed on a branch, BranchInUse if it is checked out and would move.
 */
export const generate = async (chain: readonly Series[], options: GenerateOptions): Promise<Generated> => {
  const { signal, label, branches = true, report = silent } = options
  const gitDir = await realpath(options.gitDir).catch(() => options.gitDir)
  const last = chain.at(-1)
  if (!last) throw new TypeError('Cannot generate an empty chain of series')
  const [identity, refs, generator] = await Promise.all([
    identityOf(gitDir, options.identity, signal),
    listRefs(gitDir, refPrefixes, signal),
    folderKey(fileURLToPath(new URL('..', import.meta.url))),
  ])
  const isHash = /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(options.base)
  const base = isHash ? options.base : (await baseOf(gitDir, options.base, signal)).hash
  const key = contentKey({ gitDir, base, label, identity, chain: chainKey(chain), generator })
  // One file for each chain and base: it remembers the last result only, so nothing piles up.
  const stem = `${last.name}-${contentKey([gitDir, label, chain.map(({ folder }) => folder)])}`
  const known = await remembered(cachePath('patchgen', `${stem}.json`), key)
  if (known && (!branches || areInPlace(refs, headsOf(known.commits), label))) return known
  const work = async (update: (text: string, fraction?: number) => void) => {
    await removeDeadLocks(
      gitDir,
      chain.map(({ name }) => name),
      label,
    )
    const memory = await EditMemory.open(cachePath('patchgen', `${stem}-edits.json`), generator)
    const generated = await write(chain, { gitDir, base, label, identity, branches, memory, signal, update })
    await memory.save()
    await writeFileAtomic(cachePath('patchgen', `${stem}.json`), JSON.stringify({ key, generated }))
    return generated
  }
  const summary = ({ commits, head }: Generated) => `${commits.length} commits, head ${head.slice(0, 12)}`
  return await withLock(
    `patchgen-${contentKey(gitDir)}`,
    () => step(report, `generate ${last.name} on ${label}`, work, summary),
    { signal },
  )
}

interface Work {
  readonly gitDir: string
  readonly base: string
  readonly label: string
  readonly identity: Identity
  readonly branches: boolean
  readonly memory: EditMemory
  readonly signal: AbortSignal | undefined
  readonly update: (text: string, fraction?: number) => void
}

const write = async (
  chain: readonly Series[],
  { gitDir, base, label, identity, branches, memory, signal, update }: Work,
): Promise<Generated> => {
  const { hash, time } = await baseOf(gitDir, base, signal)
  const files = await readFiles(gitDir, hash, [...new Set([...linuxFiles, ...pathsOf(chain)])], signal)
  checkLinux(gitDir, hash, files)
  const overlay = new Overlay(files, label, memory)
  const plans = await planCommits(chain, { overlay, identity, label, time, update })
  const [written, refs] = await Promise.all([
    explainDiskErrors(gitDir, () => writeCommits(gitDir, hash, plans, signal)),
    listRefs(gitDir, refPrefixes, signal),
  ])
  const commits = plans.map(({ series, patch, subject, changes }, index): GeneratedCommit => {
    const { hash: commit = '', tree = '' } = written[index] ?? {}
    return { hash: commit, tree, subject, series, patch, files: changes.map(({ path }) => path) }
  })
  const head = commits.at(-1)
  if (!head) throw new TypeError('Cannot generate a chain without patches')
  if (branches) await moveBranches(gitDir, refs, headsOf(commits), label, signal)
  else await dropDrafts(gitDir, headsOf(commits), label, signal)
  return {
    gitDir,
    base: { commit: hash, label },
    commits,
    head: head.hash,
    treeHash: head.tree,
    branches: chain.map(({ name }) => branchOf(name, label)),
    identity: identity.name,
    submittable: identity.configured,
  }
}

/** The last commit of each series. */
const headsOf = (commits: readonly GeneratedCommit[]): Map<string, string> =>
  new Map(commits.map(({ series, hash }) => [series, hash]))

const identityOf = async (
  gitDir: string,
  given: string | null | undefined,
  signal: AbortSignal | undefined,
): Promise<Identity> => {
  if (given === undefined) return await configuredIdentity(gitDir, signal)
  if (given === null) return nobody
  if (!/^[^<>\n]+ <[^<>\s]+>$/.test(given))
    throw new TypeError(`Cannot commit as '${given}': an identity must be 'Name <mail>'`)
  return { name: given, configured: true }
}

// A file that an interrupted write or another version left is as good as none.
const remembered = async (path: string, key: string): Promise<Generated | undefined> => {
  try {
    const saved = JSON.parse(await readFile(path, 'utf8')) as { key: string; generated: Generated }
    return saved.key === key ? saved.generated : undefined
  } catch {
    return undefined
  }
}
