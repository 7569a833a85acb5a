import { importTree, type KernelTree, parseTreeSource } from '@kseries/kernel'
import { type Generated, generate, type Series } from '@kseries/patchgen'
import { nameOf } from '../series.ts'
import type { Stage } from '../ui/stage.ts'

/** What the stages up to commits leave behind. */
export interface CommitsContext {
  tree?: KernelTree
  generated?: Generated
}

interface CommitStagesOptions {
  readonly branches?: boolean
  readonly onTree?: () => void
}

/** What a chain is generated onto unless the command line says otherwise. */
export const baseFor = (chain: readonly Series[], asked: string | undefined): string =>
  asked ?? chain.at(-1)?.meta.bases[0] ?? '7.3'

/**
 * The stages from nothing to the commits of a chain: the base's tree, then the series on it.
 * @param asked - `--base`.
 * @param options - `branches`: see GenerateOptions; `onTree` is called when the base is there.
 */
export const commitStages = (
  chain: readonly Series[],
  asked: string | undefined,
  signal: AbortSignal,
  { branches = true, onTree }: CommitStagesOptions = {},
): Stage<CommitsContext>[] => {
  const base = baseFor(chain, asked)
  return [
    {
      title: `Linux ${base}`,
      work: async (context, report) => {
        context.tree = await importTree(parseTreeSource(base), { report, signal })
        onTree?.()
        return context.tree.origin
      },
    },
    {
      title: `commits of ${nameOf(chain)}`,
      work: async (context, report) => {
        if (!context.tree) return
        const { gitDir, commit, label, version } = context.tree
        context.generated = await generate(chain, { gitDir, base: commit, label, branches, report, signal })
        const { commits, submittable } = context.generated
        return `${commits.length} on ${version}${submittable ? '' : ', by nobody: git has no user.name and user.email'}`
      },
    },
  ]
}
