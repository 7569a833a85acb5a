import { CommandFailed } from '@kseries/host'
import { gitOf } from '@kseries/patchgen'
import type { TextCheck } from './bench.ts'

/** The subject's prefix is one that earlier commits of the same files had. */
export const prefix: TextCheck = {
  tools: ['prefix'],
  look: async ({ subject: { gitDir, trunk }, commit, changes, signal }) => {
    const files = changes.filter(({ kind }) => kind !== 'A').map(({ path }) => path)
    const own = prefixOf(commit.subject)
    if (files.length === 0 || own === undefined) return []
    const used = await usedPrefixes(gitDir, trunk, files, signal)
    if (used.size === 0 || used.has(own)) return []
    const shown = [...used].slice(0, 4).join("', '")
    const text = `earlier commits of these files have the prefix '${shown}', not '${own}'`
    return [{ tool: 'prefix', text, blocks: false }]
  },
}

/** Whether the base has a history to ask; an imported tree is one commit. */
export const hasHistory = async (gitDir: string, base: string, signal?: AbortSignal): Promise<boolean> =>
  (await gitOf(gitDir, ['rev-list', '--max-count=2', base, '--'], { signal })).stdout.trim().includes('\n')

const usedPrefixes = async (
  gitDir: string,
  base: string,
  files: readonly string[],
  signal: AbortSignal | undefined,
) => {
  try {
    const args = ['log', '--no-merges', '--min-parents=1', '--max-count=30', '--format=%s', base, '--', ...files]
    const { stdout } = await gitOf(gitDir, args, { signal })
    return new Set(stdout.split('\n').flatMap(subject => prefixOf(subject) ?? []))
  } catch (error) {
    // A history of which a part is missing (a partial clone without its server) tells nothing.
    if (error instanceof CommandFailed) return new Set<string>()
    throw error
  }
}

/** 'crypto' of 'crypto: af_alg - take keys by blob'. */
const prefixOf = (subject: string): string | undefined => /^([^:]{1,40}):/.exec(subject)?.[1]?.toLowerCase()
