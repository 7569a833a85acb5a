import type { Command } from 'commander'
import { parseVersion } from '../run/options.ts'
import { baseHelp, examples, json, quiet, type Session, seriesHelp } from './common.ts'

/** The commands that write a series, or read one: generate, import, fold. */
export const aboutSeries = (kseries: Command, { signal, ended }: Session): void => {
  kseries
    .command('generate')
    .description('write a series as commits on a base and, with --out, as patch files for `git am DIR/*.patch`')
    .argument('[series...]', seriesHelp)
    .option('--base <base>', baseHelp)
    .option('--out <dir>', 'folder for patch files and cover letters')
    .option('--only', 'leave out the patches of the series that this one needs')
    .option('--rfc', '[PATCH RFC …]')
    .option('-v, --reroll <n>', '[PATCH vN …]', parseVersion)
    .addOption(json())
    .addOption(quiet())
    .addHelpText(
      'after',
      examples(
        'generate --out DIR',
        'generate securekey --base 7.2 --out DIR',
        'generate ./my-series -v 2 --rfc --out DIR',
      ),
    )
    .action(async (names, options) => {
      const { generate } = await import('../commands/generate.ts')
      ended(await generate(names, options, signal))
    })

  kseries
    .command('import')
    .description('make a series folder of a git range or an mbox; generated, it gives the same trees')
    .argument('<subject>', 'an mbox, such as a thread of the list, or BASE..TIP')
    .option('--out <dir>', 'the folder to make; its name is the series; default: named for the subject')
    .option('--base <base>', `what the mails apply to: ${baseHelp}`, '7.3')
    .option('--repo <dir>', 'the repository of the range', '.')
    .addOption(json())
    .addOption(quiet())
    .addHelpText(
      'after',
      examples(
        'import thread.mbox --base 7.2 --out my-series',
        'import v7.3..my-branch --repo ../linux --out my-series',
      ),
    )
    .action(async (subject, options) => {
      const { importCommand } = await import('../commands/import.ts')
      ended(await importCommand(subject, options, signal))
    })

  kseries
    .command('fold')
    .description(
      'bring what you changed in the generated tree home: each hunk into the patch that last touched its lines',
    )
    .argument('[series]', 'a series of kernel-patches/ by name, or a folder; none: the one that no other needs')
    .option(
      '--tree <dir>',
      'a checkout of the generated branch, with your commits or changes; default: where it was built',
    )
    .option('--base <base>', `what it was generated on: ${baseHelp}; default: the first that the series names`)
    .option('--into <patch>', 'the patch for what may belong to several: NN-name, or series/NN-name')
    .option('--no-input', 'ask nothing; what is unclear is an error')
    .option('--dry-run', 'say what would go where; write nothing')
    .addOption(json())
    .addOption(quiet())
    .addHelpText(
      'after',
      `${examples(
        'fold --dry-run',
        'fold securekey --tree ../linux',
        'fold ./my-series --into 03-core --no-input',
      )}\n\nExit status: 0 folded, or nothing to fold; 2 a hunk that cannot be placed, and nothing was written.`,
    )
    .action(async (name, options) => {
      const { fold } = await import('../commands/fold.ts')
      ended(await fold(name, options, signal))
    })
}
