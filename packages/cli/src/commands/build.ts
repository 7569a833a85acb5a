import { ExitCode } from '@kseries/host'
import { type ImageContext, imageStages } from '../run/image.ts'
import type { RunOptions } from '../run/options.ts'
import { chainsFor } from '../series.ts'
import { chooseView, runStages } from '../ui/stage.ts'

/** `kseries build`: everything of a run up to the kernel, and where it is. */
export const build = async (names: readonly string[], options: RunOptions, signal: AbortSignal): Promise<ExitCode> => {
  for (const chain of await chainsFor(names, options.machine)) {
    const context: ImageContext = {}
    await runStages(imageStages(chain, options, signal), context, chooseView(options))
    const { artefacts } = context
    if (!artefacts) continue
    process.stdout.write(
      options.json ? `${JSON.stringify({ type: 'artefacts', ...artefacts })}\n` : `${artefacts.dir}\n`,
    )
  }
  return ExitCode.ok
}
