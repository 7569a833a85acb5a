import type { Command } from 'commander'
import { arches, baseHelp, examples, json, quiet, type Session } from './common.ts'

/** The commands about the machine and the kernel's trees: doctor, setup, tree. */
export const aboutMachine = (kseries: Command, { signal, ended }: Session): void => {
  kseries
    .command('doctor')
    .description('say what is there, what is missing, and what would be done about it; change nothing')
    .addOption(arches())
    .addOption(json())
    .addHelpText('after', examples('doctor', 'doctor --arch x86_64 arm64'))
    .action(async options => {
      const { doctor } = await import('../commands/doctor.ts')
      ended(await doctor(options, signal))
    })

  kseries
    .command('setup')
    .description('install the Debian packages that are missing, saying first what and why')
    .addOption(arches())
    .option('--mail', 'also git send-email, and b4 to try mails with')
    .addOption(json())
    .addOption(quiet())
    .addHelpText('after', examples('setup', 'setup --arch x86_64 arm64', 'setup --mail'))
    .action(async options => {
      const { setup } = await import('../commands/setup.ts')
      ended(await setup(options, signal))
    })

  kseries
    .command('tree')
    .description('bring a kernel tree into the cache and say where; with --checkout, a clean copy to work in')
    .argument('[base]', baseHelp, '7.3')
    .option('--checkout <dir>', 'a new folder for a clean copy')
    .option('--refresh', 'ask the source again: a newer 7.3.x, a branch that moved')
    .addOption(json())
    .addOption(quiet())
    .addHelpText('after', examples('tree 7.2 --checkout DIR', 'tree 7.3 --refresh', 'tree git:../linux#v7.3'))
    .action(async (base, options) => {
      const { tree } = await import('../commands/tree.ts')
      ended(await tree(base, options, signal))
    })
}
