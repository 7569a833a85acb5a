import { resolve } from 'node:path'
import { ExitCode, exists, KseriesError, run } from '@kseries/host'
import { importTree, type KernelTree, parseTreeSource } from '@kseries/kernel'
import { chooseView, runStages } from '../ui/stage.ts'
import { setupStage } from './setup.ts'

/** `kseries tree`: brings a kernel tree into the cache and says where it is; with --checkout, a clean copy to work in. */
export const tree = async (
  base: string,
  options: {
    readonly checkout?: string
    readonly refresh?: boolean
    readonly json?: boolean
    readonly quiet?: boolean
  },
  signal: AbortSignal,
): Promise<ExitCode> => {
  const source = parseTreeSource(base)
  const context: { tree?: KernelTree } = {}
  const folder = options.checkout === undefined ? undefined : resolve(options.checkout)
  if (folder !== undefined && (await exists(folder))) throw new FolderTaken(folder)
  await runStages<typeof context>(
    [
      setupStage([], signal),
      {
        title: `Linux ${base}`,
        work: async (it, report) => {
          it.tree = await importTree(source, { report, signal, refresh: options.refresh ?? false })
          return it.tree.origin
        },
      },
      ...(folder === undefined
        ? []
        : [
            {
              title: `clean copy in ${folder}`,
              work: async (it: typeof context) => {
                if (!it.tree) return
                // Objects are shared with the cache; the files are the person's own.
                await run('git', ['clone', '--quiet', '--shared', '--no-checkout', it.tree.gitDir, folder], { signal })
                await run('git', ['-C', folder, 'checkout', '--quiet', '-B', 'base', it.tree.commit], { signal })
                return it.tree.version
              },
            },
          ]),
    ],
    context,
    chooseView(options),
  )
  if (!context.tree) return ExitCode.infra
  const { gitDir, commit, version } = context.tree
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ type: 'tree', gitDir, commit, version, folder })}\n`
      : `${folder ?? gitDir} ${commit}\n`,
  )
  return ExitCode.ok
}

class FolderTaken extends KseriesError {
  constructor(folder: string) {
    super(`Cannot check out into ${folder}: it exists already`, {
      hint: 'Give a folder that does not exist yet.',
      exitCode: ExitCode.usage,
    })
  }
}
