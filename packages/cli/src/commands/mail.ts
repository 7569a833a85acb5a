import { resolve } from 'node:path'
import { assertNever, ExitCode, KseriesError } from '@kseries/host'
import type { KernelTree } from '@kseries/kernel'
import {
  askMaintainers,
  type Distribution,
  distribute,
  type Generated,
  type Mailing,
  mailableVersion,
  type Recipients,
  recordSent,
  type Series,
  writeMails,
} from '@kseries/patchgen'
import { type Evidence, evidenceText, findEvidence } from '../mail/evidence.ts'
import { recipientTable } from '../mail/table.ts'
import { type CommitsContext, commitStages } from '../run/commits.ts'
import { chainsFor, nameOf } from '../series.ts'
import { chooseView, runStages, type Stage } from '../ui/stage.ts'
import { setupStage } from './setup.ts'

export interface MailCommandOptions {
  readonly out?: string
  readonly base?: string
  readonly to: readonly string[]
  readonly cc: readonly string[]
  /** false: get_maintainer.pl is not asked. */
  readonly maintainers: boolean
  /** false: the cover letter says nothing about tests. */
  readonly evidence: boolean
  readonly rfc?: boolean
  readonly resend?: boolean
  readonly inReplyTo?: string
  readonly sent?: boolean
  readonly json?: boolean
  readonly quiet?: boolean
}

interface Context extends CommitsContext {
  evidence?: readonly Evidence[]
  recipients?: Distribution
  mailing?: Mailing
}

/** `kseries mail`: a series as mails for the list; with --sent, the record that they went. */
export const mail = async (name: string, options: MailCommandOptions, signal: AbortSignal): Promise<ExitCode> => {
  const [chain = []] = await chainsFor([name])
  if (options.sent) return await record(chain, options, signal)
  if (options.out === undefined) throw new OutMissing()
  const context: Context = {}
  await runStages<Context>(stages(name, chain, resolve(options.out), options, signal), context, chooseView(options))
  const { generated, recipients, mailing, evidence = [] } = context
  if (!generated || !recipients || !mailing) return ExitCode.infra
  if (options.json) {
    const { head, treeHash } = generated
    print({ type: 'mailed', series: nameOf(chain), head, treeHash, ...mailing, recipients: recipients.table, evidence })
    return ExitCode.ok
  }
  const patches = mailing.files.length - 1
  const words = [
    ...(options.evidence ? [] : ['without evidence: nothing says that these trees were tested (--no-evidence)']),
    ...(mailing.rangeDiffAgainst === undefined && mailing.version > 1
      ? [`without a range-diff: v${mailing.version - 1} is not recorded as sent, or stands on a base that is not here`]
      : []),
  ]
  process.stdout.write(
    `${recipientTable(recipients.table, patches)}\n` +
      `v${mailing.version}: cover letter and ${patches} ${patches === 1 ? 'patch' : 'patches'}\n` +
      words.map(line => `  ${line}\n`).join('') +
      `  thread  ${mailing.mbox}\n` +
      `  send    git send-email ${resolve(options.out)}/*.patch\n` +
      `  then    kseries mail ${name} --sent\n`,
  )
  return ExitCode.ok
}

const stages = (
  subject: string,
  chain: readonly Series[],
  out: string,
  options: MailCommandOptions,
  signal: AbortSignal,
): Stage<Context>[] => {
  const runCommand = `kseries run ${subject}${options.base === undefined ? '' : ` --base ${options.base}`}`
  return [
    setupStage([], signal),
    ...commitStages(chain, options.base, signal),
    {
      title: 'what is to be sent',
      work: async it => {
        const series = chain.at(-1)
        if (!it.generated || !series) return
        // What is refused is refused before anybody waits for recipients.
        return `version ${await mailableVersion(series, it.generated, { resend: options.resend, signal })}`
      },
    },
    {
      title: 'evidence',
      work: async it => {
        if (!it.generated) return
        if (!options.evidence) return 'none, as was asked for'
        it.evidence = await findEvidence(chain, it.generated, runCommand)
        return it.evidence.map(({ arch, profile, counts }) => `${arch} ${profile}: ${counts.pass} passed`).join('; ')
      },
    },
    {
      title: 'recipients',
      work: async (it, report) => {
        if (!it.generated) return
        it.recipients = await recipientsOf(chain, it.generated, options, signal, (text, fraction) =>
          report({ kind: 'update', id: 'recipients', text, fraction }),
        )
        const { to, cc } = it.recipients.cover
        return `${to.length} in To, ${cc.length} in Cc`
      },
    },
    {
      title: `mails in ${out}`,
      work: async it => {
        if (!it.tree || !it.generated || !it.recipients) return
        const { version } = it.tree
        it.mailing = await writeMails(chain, it.generated, out, {
          recipients: it.recipients,
          basedOn: baseText(it.tree),
          ...(it.evidence && { evidence: evidenceText(it.evidence, version) }),
          rfc: options.rfc,
          resend: options.resend,
          inReplyTo: options.inReplyTo,
          signal,
        })
        return `${it.mailing.files.length - 1} patches and a cover letter`
      },
    },
  ]
}

/** What a reader of the list can know the base by. A path of this machine is of no use to them. */
const baseText = ({ version, origin, source }: KernelTree): string => {
  const own = 'The base-commit is that of an import, and in no public repository.'
  switch (source.kind) {
    case 'git':
      return `Based on Linux ${version}.`
    case 'folder':
      return `Based on Linux ${version}.\n${own}`
    case 'apt':
      return `Based on Linux ${version} (${origin.replace(/ \(.*\)$/, '')}).\n${own}`
    default:
      return assertNever(source)
  }
}

/** Those of the command line, if it names any; else those of series.ts and of get_maintainer.pl. */
const recipientsOf = async (
  chain: readonly Series[],
  generated: Generated,
  { to, cc, maintainers }: MailCommandOptions,
  signal: AbortSignal,
  update: (text: string, fraction: number) => void,
): Promise<Distribution> => {
  const series = chain.at(-1)
  const own = generated.commits.filter(commit => commit.series === series?.name)
  if (to.length + cc.length > 0) return distribute({ to, cc, origin: 'command line' }, [], own.length)
  const asked: readonly Recipients[] = maintainers
    ? await askMaintainers(generated, own, {
        signal,
        onPatch: (subject, index) => update(subject, index / own.length),
      })
    : []
  return distribute({ to: series?.meta.to ?? [], cc: series?.meta.cc ?? [], origin: 'series.ts' }, asked, own.length)
}

const record = async (chain: readonly Series[], options: MailCommandOptions, signal: AbortSignal) => {
  const series = chain.at(-1)
  if (!series) return ExitCode.usage
  const recorded = await recordSent(series, signal)
  if (options.json) print({ type: 'sent', series: series.name, ...recorded })
  else if (recorded.wasRecorded) {
    process.stdout.write(`v${recorded.version} was recorded as sent before: ${recorded.tag}; nothing was changed\n`)
  } else {
    process.stdout.write(
      `v${recorded.version} is ${recorded.tag}, with a copy in ${series.folder}/sent; series.ts is at version ${recorded.next}\n`,
    )
  }
  return ExitCode.ok
}

const print = (event: object) => process.stdout.write(`${JSON.stringify(event)}\n`)

/** There is no place for the mails. */
class OutMissing extends KseriesError {
  constructor() {
    super('Cannot write mails: there is no folder for them', {
      hint: 'Name one with --out DIR; it may be new.',
      exitCode: ExitCode.usage,
    })
  }
}
