import { ExitCode } from '@kseries/host'
import { Command, Option } from 'commander'
import manifest from '../package.json' with { type: 'json' }
import { parseAddress, parseMessageId } from './mail/options.ts'
import { manual } from './manual.ts'
import { parseNoise, parseVersion, runDefaults } from './run/options.ts'

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

  kseries
    .command('doctor')
    .description('say what is there, what is missing, and what would be done about it; change nothing')
    .addOption(arches())
    .addOption(json())
    .addHelpText('after', examples('doctor', 'doctor --arch x86_64 arm64'))
    .action(async options => {
      const { doctor } = await import('./commands/doctor.ts')
      exitCode = await doctor(options, signal)
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
      const { setup } = await import('./commands/setup.ts')
      exitCode = await setup(options, signal)
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
      const { tree } = await import('./commands/tree.ts')
      exitCode = await tree(base, options, signal)
    })

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
      const { generate } = await import('./commands/generate.ts')
      exitCode = await generate(names, options, signal)
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
      const { importCommand } = await import('./commands/import.ts')
      exitCode = await importCommand(subject, options, signal)
    })

  kseries
    .command('mail')
    .description('write a series as mails: cover letter with test evidence and range-diff, recipients, thread')
    .argument('<series>', 'a series of kernel-patches/ by name, or a folder')
    .option('--out <dir>', 'folder for the mails: DIR/*.patch for git send-email, DIR/series.mbox for b4')
    .option('--base <base>', `${baseHelp}; default: the first that the series names`)
    .option(
      '--to <address>',
      'send to these only, whatever series.ts and get_maintainer.pl say; may be given again',
      oneAddress('--to'),
      [],
    )
    .option('--cc <address>', 'the same for Cc', oneAddress('--cc'), [])
    .option('--no-maintainers', "do not ask the tree's scripts/get_maintainer.pl")
    .option('--no-evidence', 'write mails although no test verdict is about these trees')
    .option('--rfc', '[PATCH RFC …]')
    .option('--resend', '[PATCH RESEND …]: the version that was sent last, unchanged')
    .option('--in-reply-to <msgid>', 'the message that the cover letter answers', parseMessageId)
    .option('--sent', 'the mails that were written last have been sent: tag that version, go on to the next')
    .addOption(json())
    .addOption(quiet())
    .addHelpText(
      'after',
      examples(
        'mail securekey --out DIR                     needs a verdict: kseries run securekey',
        'mail securekey --out DIR --to me@example.org  to yourself first',
        'mail ./my-series --resend --out DIR',
        'mail securekey --sent                        after git send-email DIR/*.patch',
      ),
    )
    .action(async (name, options) => {
      const { mail } = await import('./commands/mail.ts')
      exitCode = await mail(name, options, signal)
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
      const { fold } = await import('./commands/fold.ts')
      exitCode = await fold(name, options, signal)
    })

  kseries
    .command('check')
    .description(
      'ask of each commit what a maintainer would: style, message, owners, documentation, warnings of each build',
    )
    .argument('[subject]', 'a series by name or folder, a git range BASE..TIP, or an mbox')
    .option('--base <base>', `what a series or the mails of an mbox go onto: ${baseHelp}`)
    .option('--repo <dir>', 'the repository of a range, or the kernel that a mail is for', '.')
    .addOption(
      new Option(
        '--b4 <command>',
        'instead of a subject: one mail on standard input, findings as that command of b4 wants them',
      )
        .choices(['prep', 'review'])
        .conflicts(['base', 'arch', 'prove', 'allmodconfig', 'junit', 'json']),
    )
    .addOption(arches())
    .option('--no-build', 'only what needs no compiler, and no Sphinx')
    .option('--allmodconfig', 'build the touched folders with all options on and as modules, too')
    .option('--prove', 'of a series folder: run its tests at each commit, and before the first; name what breaks them')
    .option('--sandbox', 'keep make and scripts of the tree from the network and your files; default for an mbox')
    .option('--no-sandbox', 'trust the series as you trust yourself')
    .option('--junit <file>', 'the findings as JUnit XML, too')
    .addOption(json())
    .addOption(quiet())
    .addHelpText(
      'after',
      examples(
        'check securekey',
        'check securekey-afalg --prove --no-build',
        'check securekey --allmodconfig',
        'check v7.3..my-branch --repo ../linux --arch x86_64 arm64',
        'check thread.mbox --base 7.2 --junit findings.xml',
        'check ./my-series --no-build --json',
        'check --b4 prep <0001-my.patch',
      ),
    )
    .action(async (subject, options, command) => {
      if ((subject === undefined) === (options.b4 === undefined))
        command.error('error: it must be given a subject, or --b4 and a mail on standard input')
      if (subject === undefined) {
        const { checkMail } = await import('./commands/check-mail.ts')
        exitCode = await checkMail(options.b4, options, signal)
        return
      }
      const { check } = await import('./commands/check.ts')
      exitCode = await check(subject, options, signal)
    })

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
        new Option('--profile <profile>', 'debug: KASAN, lockdep, kmemleak and the like')
          .choices(['fast', 'debug'])
          .default('fast'),
      )
      .addOption(json())
      .addOption(quiet())

  runLike('build', 'all of a run up to the kernel; print the folder of what was built')
    .addHelpText('after', examples('build', 'build --arch arm64 --profile debug'))
    .action(async (names, options) => {
      const { build } = await import('./commands/build.ts')
      exitCode = await build(names, { ...runDefaults, ...options }, signal)
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
      .option('--test <glob>', 'only tests whose title matches; may be given again', oneMore, [])

  testLike('run', 'generate, build, boot and test; print the verdict and where the results are')
    .option('--fresh', 'boot and test although the verdict for this image and these tests is known')
    .option('--results <dir>', 'where KTAP, JUnit, NDJSON and logs go; default: a new folder in the cache')
    .addHelpText(
      'after',
      examples(
        'run',
        'run ./my-series --base git:../linux#for-next',
        "run --test '*EBADMSG*' --fresh",
        'run --profile debug --results DIR',
        'run --transport console --noise 0.01 --fresh',
      ),
    )
    .action(async (names, options) => {
      const { run } = await import('./commands/run.ts')
      exitCode = await run(names, { ...runDefaults, ...options }, signal)
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
      const { watch } = await import('./commands/watch.ts')
      exitCode = await watch(names, { ...runDefaults, ...options }, signal)
    })

  await kseries.parseAsync(argv, { from: 'user' })
  return exitCode
}

/** For an option that may be given again. */
const oneMore = (value: string, before: readonly string[]): string[] => [...before, value]

const oneAddress =
  (option: string) =>
  (value: string, before: readonly string[]): string[] => [...before, parseAddress(option, value)]

const examples = (...lines: readonly string[]) => `\nExamples:\n${lines.map(line => `  kseries ${line}`).join('\n')}`

const arches = () =>
  new Option('--arch <arch...>', 'architectures to care for').choices(['x86_64', 'arm64']).default(['x86_64'])
const json = () => new Option('--json', 'an event a line on standard output')
const quiet = () => new Option('-q, --quiet', 'no progress, only what comes of it')

const baseHelp = 'a version (7.3), git:URL#REF, or a folder with a slash in it (./linux)'
const seriesHelp = 'series of kernel-patches/ by name, or folders; none: those that no other needs'
