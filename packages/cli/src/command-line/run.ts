import { type Command, Option } from 'commander'
import { machineNames, withMachine } from '../run/machines.ts'
import { parseNoise, parsePackages, runDefaults } from '../run/options.ts'
import { baseHelp, examples, json, oneMore, quiet, type Session, seriesHelp } from './common.ts'

/** The commands that make a kernel and try it: build, run, watch. */
export const aboutKernel = (kseries: Command, { signal, ended }: Session): void => {
  const runLike = (name: string, description: string) =>
    kseries
      .command(name)
      .description(description)
      .argument('[series...]', seriesHelp)
      .option('--base <base>', `${baseHelp}; default: the first that the series names`)
      .addOption(
        new Option('--arch <arch>', 'architecture of the guest').choices(['x86_64', 'arm64']).default('x86_64'),
      )
      .addOption(
        new Option('--machine <machine>', 'a machine with firmware of its own, instead of --arch and --board')
          .choices(machineNames)
          .conflicts(['arch', 'board']),
      )
      .addOption(
        new Option(
          '--profile <profile>',
          "debug: KASAN, lockdep, kmemleak and the like; coverage: which of the series' lines ran (gcov)",
        )
          .choices(['fast', 'debug', 'coverage'])
          .default('fast'),
      )
      .addOption(json())
      .addOption(quiet())

  runLike('build', 'all of a run up to the kernel; print the folder of what was built')
    .addHelpText('after', examples('build', 'build --arch arm64 --profile debug', 'build --machine qemu-arm64-optee'))
    .action(async (names, options) => {
      const { build } = await import('../commands/build.ts')
      ended(await build(names, withMachine({ ...runDefaults, ...options }), signal))
    })

  const testLike = (name: string, description: string) =>
    runLike(name, description)
      .addOption(new Option('--board <board>', 'QEMU machine').choices(['microvm', 'q35', 'virt']))
      .addOption(new Option('--accel <accel>', 'what runs the guest').choices(['auto', 'kvm', 'tcg']).default('auto'))
      .addOption(
        new Option(
          '--transport <transport>',
          'how the tests reach the guest: a port of its own, or the console UART, shared with kernel messages',
        )
          .choices(['virtio', 'console'])
          .default('virtio'),
      )
      .option('--noise <share>', 'flip this share of the bytes on the line, to try the framing', parseNoise, 0)
      .addOption(
        new Option(
          '--ta <dir>',
          'a trusted application to compile into the firmware; default: those in qemu/ta',
        ).argParser((dir: string, before: readonly string[] = []) => oneMore(dir, before)),
      )
      .addOption(
        new Option(
          '--guest-package <name>',
          'a Debian package to put into the guest, with what it depends on; may be given again',
        ).argParser(parsePackages),
      )
      .option('--test <glob>', 'only tests whose title matches; may be given again', oneMore, [])

  testLike('run', 'generate, build, boot and test; print the verdict and where the results are')
    .option('--series <series>', 'the same as naming it without the option; may be given again', oneMore, [])
    .option(
      '--each-commit',
      "run a series' own tests at each of its commits and before the first, and count what passes",
    )
    .option('--prove', 'with --each-commit: a commit that breaks a test, and a test that passes nowhere, are failures')
    .option('--fresh', 'boot and test although the verdict for this image and these tests is known')
    .option(
      '--results <dir>',
      'where KTAP, JUnit, NDJSON and logs go, with --each-commit in a folder for each; default: a new folder in the cache',
    )
    .addHelpText(
      'after',
      examples(
        'run',
        'run ./my-series --base git:../linux#for-next',
        "run --test '*EBADMSG*' --fresh",
        'run --profile debug --results DIR',
        'run --machine qemu-arm64-optee               OP-TEE in the secure world',
        'run securekey-tee --machine qemu-arm64-optee --guest-package optee-test-qemu --guest-package tee-supplicant',
        'run --transport console --noise 0.01 --fresh',
        'run --series securekey-afalg --each-commit --prove',
      ),
    )
    .action(async (operands, { series, eachCommit: isEach, ...options }, command) => {
      const names = [...operands, ...series]
      if (options.ta && !options.machine) command.error("error: option '--ta' is of use with '--machine' only")
      if (options.prove && !isEach) command.error("error: option '--prove' is of use with '--each-commit' only")
      if (isEach) {
        const { eachCommit } = await import('../commands/each-commit.ts')
        ended(await eachCommit(names, withMachine({ ...runDefaults, ...options }), signal))
        return
      }
      const { run } = await import('../commands/run.ts')
      ended(await run(names, withMachine({ ...runDefaults, ...options }), signal))
    })

  testLike('watch', 'run at each save: the tests that it matters to first; a save while one runs begins anew')
    .addHelpText(
      'after',
      `${examples('watch', 'watch ./my-series --arch arm64', "watch --test '*EBADMSG*'")}

Keys:
  r run again · a run all tests · c the guest's console · l results · q leave

If nothing but tests was saved, those that failed and those that import what was saved are run; else all, first those that
failed, then those that name constants of the uapi which the saved sources name. The exit code is that of the last verdict.
`,
    )
    .action(async (names, options) => {
      const { watch } = await import('../commands/watch.ts')
      ended(await watch(names, withMachine({ ...runDefaults, ...options }), signal))
    })

  kseries
    .command('compare')
    .description(
      'measure what programs pay for the uAPIs of series, on one kernel that has all of them, and count what they come to, on another; a table in Markdown',
    )
    .argument('<series...>', 'series with clients/*.c: by name, by the end of a name, or folders')
    .option('--base <base>', `${baseHelp}; default: the first that the last series names`)
    .addOption(new Option('--arch <arch>', 'architecture of the guest').choices(['x86_64', 'arm64']).default('x86_64'))
    .addOption(json())
    .addOption(quiet())
    .option('--no-counts', 'without the kernel that counts bytes and lines: it takes a build')
    .addHelpText('after', examples('compare afalg chardev', 'compare afalg chardev --no-counts --json'))
    .action(async (names, options) => {
      const { compare } = await import('../commands/compare.ts')
      ended(await compare(names, options, signal))
    })
}
