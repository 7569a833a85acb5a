import {
  allmodChecks,
  argue,
  blocking,
  buildChecks,
  buildToolsHere,
  cocciChecks,
  docsChecks,
  type Finding,
  findingsTable,
  identityOf,
  proveSandbox,
  type Subject,
  sandboxed,
  summaryLine,
  textChecks,
  uapiChecks,
} from '@kseries/check'
import { ExitCode, writeFileAtomic } from '@kseries/host'
import { writeJunit } from '@kseries/kselftest-ts'
import { resultsOf } from '../check/results.ts'
import { openSubject } from '../check/subject.ts'
import { findingsOf, sumsOf } from '../prove/findings.ts'
import { type ProvableSeries, prove } from '../prove/prove.ts'
import { BadOption, runDefaults } from '../run/options.ts'
import type { HostArch } from '../setup/requirements.ts'
import { chooseView, runStages, type Stage, type Step } from '../ui/stage.ts'
import { setupStage } from './setup.ts'

export interface CheckCommandOptions {
  readonly base?: string
  readonly repo: string
  readonly arch: readonly HostArch[]
  readonly build: boolean
  /** Build the touched folders with all options, too. */
  readonly allmodconfig?: boolean
  /** Run the tests of a series at each of its commits. */
  readonly prove?: boolean
  /** Undefined: for an mbox only. */
  readonly sandbox?: boolean
  readonly junit?: string
  readonly json?: boolean
  readonly quiet?: boolean
}

interface Context {
  subject?: Subject
  series?: ProvableSeries
  isSandboxed?: boolean
  /** By the lane they come from. */
  readonly findings: Readonly<Record<Lane, Finding[]>>
  readonly ran: Set<string>
}

/** What looks at the files of a series, and what builds it. */
type Lane = 'files' | 'builds'

/** `kseries check`: exit code 1 if a finding blocks that the series does not argue about. */
export const check = async (name: string, options: CheckCommandOptions, signal: AbortSignal): Promise<ExitCode> => {
  const context: Context = { findings: { files: [], builds: [] }, ran: new Set() }
  await runStages(stagesFor(name, options, signal), context, chooseView(options))
  const { subject, ran } = context
  if (!subject) return ExitCode.infra
  const { commits } = subject
  const findings = argue(Object.values(context.findings).flat(), subject.exceptions, ran)
  if (options.junit !== undefined)
    await writeFileAtomic(options.junit, writeJunit(resultsOf(commits, findings), subject.name))
  const blocked = blocking(findings).length
  if (options.json) {
    for (const finding of findings) print({ type: 'finding', ...finding })
    print({
      type: 'checked',
      subject: subject.name,
      commits: commits.length,
      findings: findings.length,
      blocking: blocked,
    })
  } else
    process.stdout.write(
      `${findingsTable(findings, commits)}\n${subject.name}: ${summaryLine(findings, commits.length)}\n`,
    )
  return blocked > 0 ? ExitCode.verdict : ExitCode.ok
}

const print = (event: object) => process.stdout.write(`${JSON.stringify(event)}\n`)

const stagesFor = (name: string, options: CheckCommandOptions, signal: AbortSignal): Step<Context>[] => {
  const failed = new AbortController()
  const both = AbortSignal.any([signal, failed.signal])
  return [
    setupStage(options.build || options.allmodconfig ? options.arch : [], signal, { check: true }),
    {
      title: `commits of ${name}`,
      work: async (context, report) => {
        const { base, repo } = options
        const { subject, series } = await openSubject(name, { ...(base && { base }), repo, signal, report })
        if (options.prove && !series)
          throw new BadOption('--prove', subject.kind, 'about a series folder, which has tests')
        context.subject = subject
        if (series) context.series = series
        context.isSandboxed = options.sandbox ?? context.subject.kind === 'mbox'
        if (context.isSandboxed) await proveSandbox(signal)
        return `${subject.commits.length} on ${subject.base.slice(0, 12)}${context.isSandboxed ? ', in a sandbox' : ''}`
      },
    },
    // Builds leave a processor idle while they link.
    { lanes: [filesLane(options, both), buildsLane(options, both)], stop: () => failed.abort() },
  ]
}

const filesLane = (options: CheckCommandOptions, signal: AbortSignal): Stage<Context>[] => [
  {
    title: 'style, messages, owners, documentation',
    work: async (context, report) => {
      if (!context.subject) return
      const { findings, tools } = await textChecks(context.subject, {
        signal,
        report,
        ...(context.isSandboxed && { runOn: (readable: readonly string[]) => sandboxed({ readable, writable: [] }) }),
      })
      take(context, 'files', findings, tools)
      return `${findings.length} findings`
    },
  },
  ...(options.build
    ? [
        wholeStage('pages of Documentation, devicetree bindings', docsChecks, signal),
        wholeStage('what headers say to user space', uapiChecks, signal),
        wholeStage("the tree's semantic patches", cocciChecks, signal),
      ]
    : []),
]

const buildsLane = (options: CheckCommandOptions, signal: AbortSignal): Stage<Context>[] => [
  ...(options.build ? options.arch : []).map(
    (arch): Stage<Context> => ({
      title: `each commit built for ${arch}`,
      work: async (context, report) => {
        if (!context.subject) return
        const how = { arch, isSandboxed: context.isSandboxed ?? true, signal, report }
        const findings = await buildChecks(context.subject, how)
        take(context, 'builds', findings, await buildToolsHere(context.subject, how))
        return `${findings.length} findings`
      },
    }),
  ),
  ...(options.allmodconfig ? options.arch : []).map(arch => allmodStage(arch, signal)),
  ...(options.prove ? options.arch : []).map(
    (arch): Stage<Context> => ({
      title: `the tests at each commit, on ${arch}`,
      work: async (context, report) => {
        if (!context.subject || !context.series) return
        const histories = await prove(context.series, { ...runDefaults, arch, profile: 'fast' }, { report, signal })
        if (options.json) for (const history of histories) print({ type: 'proof', arch, ...history })
        take(context, 'builds', findingsOf(histories, context.subject.commits, arch), new Set(['prove']))
        return sumsOf(histories)
      },
    }),
  ),
]

/** A stage of what looks at the whole subject at once, and says which of its tools ran. */
const wholeStage = (
  title: string,
  look: typeof docsChecks | typeof uapiChecks | typeof cocciChecks,
  signal: AbortSignal,
): Stage<Context> => ({
  title,
  work: async (context, report) => {
    const { subject, isSandboxed = true } = context
    if (!subject) return
    const { findings, tools } = await look(subject, { isSandboxed, signal, report })
    take(context, 'files', findings, tools)
    return `${findings.length} findings`
  },
})

const allmodStage = (arch: HostArch, signal: AbortSignal): Stage<Context> => ({
  title: `touched folders, allmodconfig for ${arch}`,
  work: async (context, report) => {
    const { subject, isSandboxed = true } = context
    if (!subject) return
    const keyOf = (finding: Finding) => `${finding.commit?.index} ${identityOf(finding)}`
    const known = new Set(context.findings.builds.map(keyOf))
    const all = await allmodChecks(subject, { arch, isSandboxed, signal, report })
    // What the usual configuration says is said.
    const findings = all.filter(finding => !known.has(keyOf(finding)))
    take(context, 'builds', findings, new Set())
    return `${findings.length} findings`
  },
})

const take = ({ findings, ran }: Context, lane: Lane, found: readonly Finding[], tools: ReadonlySet<string>) => {
  findings[lane].push(...found)
  for (const tool of tools) ran.add(tool)
}
