import { chmod, cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { cachePath, contentKey, explainDiskErrors, Interrupted, KseriesError } from '@kseries/host'
import { type Generated, generate } from '../generate/generate.ts'
import { treeDiff } from '../git/tree-diff.ts'
import { loadChain } from '../series/chain.ts'
import type { Series } from '../series/load.ts'
import { type EditedTree, readable } from './edited.ts'
import type { FileChange } from './folder.ts'

type Verdict =
  | { readonly kind: 'holds'; readonly generated: Generated }
  | {
      readonly kind: 'differs'
      /** Files of the kernel that come out wrong, if that is known. */
      readonly files: readonly string[]
      readonly why: string
      readonly cause?: unknown
    }

/** Whether series folders with changed files give the edited tree: they are copied, changed and generated. */
export const verify = async (
  job: {
    readonly chain: readonly Series[]
    readonly gitDir: string
    readonly base: string
    readonly label: string
    readonly edited: EditedTree
    readonly signal?: AbortSignal | undefined
  },
  changes: readonly FileChange[],
): Promise<Verdict> => {
  const { chain, gitDir, base, label, edited, signal } = job
  const home = cachePath('fold', contentKey(chain.map(({ folder }) => folder)))
  const last = chain.at(-1)
  if (!last) throw new TypeError('Cannot verify an empty chain of series')
  try {
    await explainDiskErrors(home, async () => {
      await rm(home, { recursive: true, force: true })
      for (const { folder } of chain) await copySeries(folder, join(home, basename(folder)))
      for (const change of changes) await write(home, change)
    })
    const generated = await generate(await loadChain(join(home, basename(last.folder))), {
      gitDir,
      base,
      label,
      branches: false,
      signal,
    })
    if (generated.treeHash === edited.tree) return { kind: 'holds', generated }
    const wrong = await treeDiff(gitDir, generated.treeHash, edited.tree, { signal, env: readable(edited) })
    const files = wrong.map(({ path }) => path)
    return { kind: 'differs', files, why: 'what the series would give is not what is in the tree' }
  } catch (error) {
    // What the changed folder says wrong is an answer; all else is not about it.
    if (!(error instanceof KseriesError) || error instanceof Interrupted || error.exitCode !== 2) throw error
    const file = (error as { file?: unknown }).file
    return { kind: 'differs', files: typeof file === 'string' ? [file] : [], why: error.message, cause: error }
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

/** What commits are made of; tests are of no concern. */
const copySeries = (from: string, to: string) =>
  cp(from, to, {
    recursive: true,
    filter: path => dirname(path) !== from || !/^(selftests|node_modules|\.git)$/.test(basename(path)),
  })

const write = async (home: string, { path, after, isExecutable }: FileChange) => {
  const target = join(home, path)
  if (!after) return await rm(target)
  await mkdir(dirname(target), { recursive: true })
  await writeFile(target, after)
  await chmod(target, isExecutable ? 0o755 : 0o644)
}
