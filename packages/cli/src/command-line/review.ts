import { type Command, Option } from 'commander'
import { parseMessageId } from '../mail/options.ts'
import { arches, baseHelp, examples, json, oneAddress, quiet, type Session } from './common.ts'

/** The commands on the way to a mailing list: check, mail. */
export const aboutReview = (kseries: Command, { signal, ended }: Session): void => {
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
        const { checkMail } = await import('../commands/check-mail.ts')
        ended(await checkMail(options.b4, options, signal))
        return
      }
      const { check } = await import('../commands/check.ts')
      ended(await check(subject, options, signal))
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
      const { mail } = await import('../commands/mail.ts')
      ended(await mail(name, options, signal))
    })
}
