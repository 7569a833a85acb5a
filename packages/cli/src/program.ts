import { ExitCode } from '@kseries/host'
import { Command } from 'commander'
import manifest from '../package.json' with { type: 'json' }
import { aboutMachine } from './command-line/machine.ts'
import { aboutReview } from './command-line/review.ts'
import { aboutKernel } from './command-line/run.ts'
import { aboutSeries } from './command-line/series.ts'
import { manual } from './manual.ts'

/**
 * The command line: parses, calls, gives the exit code.
 * @param argv - arguments behind the program's name.
 * @param signal - fires on Ctrl-C.
 * @throws CommanderError for usage errors and --help; KseriesError for what a caller can act on.
 */
export const program = async (argv: readonly string[], signal: AbortSignal): Promise<ExitCode> => {
  let exitCode: ExitCode = ExitCode.ok
  const kseries = new Command('kseries')
    .description(
      'Takes a Linux kernel patch series all the way: commits on a real kernel tree, built, booted in QEMU, proven by\ntests written in TypeScript.',
    )
    .version(manifest.version)
    .exitOverride()
    .showHelpAfterError('(see `kseries --help`)')
    .addHelpText('after', manual)

  const session = {
    signal,
    ended: (code: ExitCode) => {
      exitCode = code
    },
  }
  // In the order of the help.
  aboutMachine(kseries, session)
  aboutSeries(kseries, session)
  aboutKernel(kseries, session)
  aboutReview(kseries, session)

  await kseries.parseAsync(argv, { from: 'user' })
  return exitCode
}
