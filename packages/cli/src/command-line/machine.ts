import { type Command, Option } from 'commander'
import { arches, baseHelp, examples, json, oneMore, quiet, type Session } from './common.ts'

const sourceHelp = 'sources: debian (its source package), git:URL#REF, or a folder with a slash in it'

/** The commands about the machine and the kernel's trees: doctor, setup, tree. */
export const aboutMachine = (kseries: Command, { signal, ended }: Session): void => {
  kseries
    .command('doctor')
    .description('say what is there, what is missing, and what would be done about it; change nothing')
    .addOption(arches())
    .option('--firmware', 'also what builds TF-A and OP-TEE')
    .addOption(json())
    .addHelpText('after', examples('doctor', 'doctor --arch x86_64 arm64 --firmware'))
    .action(async options => {
      const { doctor } = await import('../commands/doctor.ts')
      ended(await doctor(options, signal))
    })

  kseries
    .command('setup')
    .description('install the Debian packages that are missing, saying first what and why')
    .addOption(arches())
    .option('--mail', 'also git send-email, and b4 to try mails with')
    .option('--firmware', 'also what builds TF-A and OP-TEE')
    .addOption(json())
    .addOption(quiet())
    .addHelpText(
      'after',
      examples('setup', 'setup --arch x86_64 arm64', 'setup --mail', 'setup --arch arm64 --firmware'),
    )
    .action(async options => {
      const { setup } = await import('../commands/setup.ts')
      ended(await setup(options, signal))
    })

  kseries
    .command('firmware')
    .description('build TF-A and OP-TEE for --machine qemu-arm64-optee, with trusted applications; say where they are')
    .option('--optee <source>', sourceHelp, 'debian')
    .option('--tfa <source>', sourceHelp, 'debian')
    .addOption(
      new Option(
        '--ta <dir>',
        'a trusted application to compile in; may be given again; default: those in qemu/ta',
      ).argParser((dir: string, before: readonly string[] = []) => oneMore(dir, before)),
    )
    .option('--no-ta', 'compile none in')
    .option('--production', 'leave out what trusted applications have for tests only')
    .option('--refresh', 'ask the sources again: a newer version, a branch that moved')
    .addOption(json())
    .addOption(quiet())
    .addHelpText(
      'after',
      examples(
        'firmware',
        'firmware --ta ./my-ta --production',
        'firmware --optee git:https://github.com/OP-TEE/optee_os#4.10.0',
        'firmware --optee ../optee_os --tfa ../trusted-firmware-a',
      ),
    )
    .action(async options => {
      const { firmware } = await import('../commands/firmware.ts')
      ended(await firmware(options, signal))
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
