import { CommandMissing, cachePath, run } from '@kseries/host'
import type { WorkTree } from '@kseries/kernel'
import { sandboxed } from '../sandbox/sandbox.ts'

/** What a compiler made of a base helps all that stand on it; what it made of a series that is not trusted helps nobody else. */
export interface SandboxCaches {
  /** ccache's folder, of this subject alone. */
  readonly own: string
  /** What ccache calls a remote storage: written while the base is built, read only from there on. */
  readonly ofBases: string
  /** The commit that is trusted. */
  readonly base: string
}

/** @param name - of the work tree. */
export const cachesFor = (name: string, base: string): SandboxCaches => ({
  own: cachePath('work', name, 'ccache'),
  ofBases: cachePath('check', 'ccache'),
  base,
})

/** Of the objects of bases: some ten configurations. */
const MOST = '2G'

/** What starts make in a sandbox, where it can write into its build folder and these caches. */
export const runWith = ({ own, ofBases, base }: SandboxCaches, tree: WorkTree, output: string): typeof run => {
  const isBase = tree.commit === base
  const runner = sandboxed({
    readable: [tree.path, ...(isBase ? [] : [ofBases])],
    writable: [output, own, ...(isBase ? [ofBases] : [])],
  })
  const storage = { CCACHE_DIR: own, CCACHE_REMOTE_STORAGE: `file:${ofBases}${isBase ? '' : '|read-only'}` }
  return (file, args, options) => runner(file, args, { ...options, env: { ...options?.env, ...storage } })
}

/** Keeps the objects of bases from growing for ever. */
export const trimBases = async ({ ofBases }: SandboxCaches, signal?: AbortSignal): Promise<void> => {
  await run('ccache', ['--trim-dir', ofBases, '--trim-max-size', MOST], { signal }).catch((error: unknown) => {
    // Without ccache there is nothing to be trimmed.
    if (!(error instanceof CommandMissing)) throw error
  })
}
