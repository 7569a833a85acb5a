import { availableParallelism } from 'node:os'
import { contentKey, type Report, run } from '@kseries/host'
import pMap from 'p-map'
import { type Finding, newProblems, type Problem } from '../model/finding.ts'
import { remember, remembered } from '../model/memory.ts'
import { programsOnPath, versionOf } from '../model/programs.ts'
import { sandboxed } from '../sandbox/sandbox.ts'
import { commitName, type SeriesCommit, type Subject } from '../subject/subject.ts'
import { changesOf } from '../text/changes.ts'
import { type Rule, readRules } from './rules.ts'
import { runRule, type Version, withFiles } from './spatch.ts'

export interface CocciOptions {
  readonly isSandboxed: boolean
  readonly signal?: AbortSignal | undefined
  readonly report: Report
}

/** Raised when the way rules are run, or their words read, changes. */
const RECIPE = 1

/**
 * What the base's own semantic patches (`make coccicheck MODE=report`) say of the C files that each commit touches, and did not say
 * before. Each version of a file is looked at for itself, without the headers that it includes, so that no tree is needed, and what is
 * found is kept by the contents of file and rule.
 * @returns no tools where Coccinelle is not installed, which a note says.
 */
export const cocciChecks = async (
  subject: Subject,
  options: CocciOptions,
): Promise<{ readonly findings: readonly Finding[]; readonly tools: ReadonlySet<string> }> => {
  const { signal, report, isSandboxed } = options
  const { gitDir, trunk, commits } = subject
  const [[program], ocaml] = await Promise.all([
    programsOnPath(/^spatch$/, isSandboxed),
    programsOnPath(/^ocamlopt(\.opt)?$/, isSandboxed),
  ])
  const version = program === undefined ? undefined : await versionOf(program, signal)
  if (program === undefined || version === undefined) {
    report({ kind: 'note', text: 'semantic patches are not tried: coccinelle is not installed' })
    return { findings: [], tools: new Set() }
  }
  const spatch = { version: /version ([\d.]+)/.exec(version)?.[1] ?? '0', hasOcaml: ocaml.length > 0 }
  const [rules, touched] = await Promise.all([
    readRules(gitDir, trunk, spatch, signal),
    pMap(commits, commit => versionsOf(gitDir, commit, signal), {
      concurrency: 2 * availableParallelism(),
      ...(signal && { signal }),
    }),
  ])
  const all = touched.flatMap(({ before, after }) => [...before, ...after])
  const versions = [...new Map(all.map(one => [one.key, one])).values()]
  const found = await look(versions, rules, { program, version, ...options })
  const problemsOf = (its: readonly Version[] = []) => its.flatMap(({ key }) => found.get(key) ?? [])
  const findings = commits.flatMap((commit, index) =>
    newProblems(problemsOf(touched[index]?.before), problemsOf(touched[index]?.after)).map(
      (problem): Finding => ({ ...problem, commit: commitName(commit) }),
    ),
  )
  return { findings, tools: new Set(['coccicheck']) }
}

/** The C files that a commit touches, as they were and as they are. */
const versionsOf = async (gitDir: string, { parent, hash }: SeriesCommit, signal: AbortSignal | undefined) => {
  const changes = (await changesOf(gitDir, parent, hash, signal)).filter(({ path }) => /\.[ch]$/.test(path))
  const versionOfFile = (path: string, text: string): Version => ({ path, text, key: contentKey([path, text]) })
  return {
    before: changes.filter(({ kind }) => kind !== 'A').map(({ path, before }) => versionOfFile(path, before)),
    after: changes.filter(({ kind }) => kind !== 'D').map(({ path, after }) => versionOfFile(path, after)),
  }
}

/** What rules have said of a version of a file, by the hash of the rule. */
type Said = Record<string, readonly Problem[]>

interface LookOptions extends CocciOptions {
  readonly program: string
  readonly version: string
}

/** Runs the rules on the versions that they have not seen yet. */
const look = async (
  versions: readonly Version[],
  rules: readonly Rule[],
  { program, version, isSandboxed, signal, report }: LookOptions,
): Promise<ReadonlyMap<string, readonly Problem[]>> => {
  const keyOf = ({ key }: Version) => `cocci-${contentKey([RECIPE, version, key])}`
  const known = await pMap(versions, async one => (await remembered<Said>(keyOf(one))) ?? {}, { concurrency: 16 })
  const said = new Map<string, Said>(versions.map(({ key }, index) => [key, { ...known[index] }]))
  const unseen = versions.filter(({ key }) => rules.some(({ hash }) => said.get(key)?.[hash] === undefined))
  const late: string[] = []
  if (unseen.length > 0)
    await withFiles(unseen, rules, async folder => {
      const runner = isSandboxed ? sandboxed({ readable: [folder], writable: [] }) : run
      const left = rules.filter(({ hash }) => unseen.some(({ key }) => said.get(key)?.[hash] === undefined))
      let done = 0
      const work = async (rule: Rule) => {
        const found = await runRule({ program, folder, versions: unseen, rule, run: runner, signal })
        report({ kind: 'update', id: 'cocci', text: rule.path, fraction: ++done / left.length })
        if (!found) late.push(rule.path)
        for (const [key, problems] of found ?? []) (said.get(key) ?? {})[rule.hash] = problems
      }
      await pMap(left, work, { concurrency: availableParallelism(), ...(signal && { signal }) })
    })
  for (const one of unseen) await remember(keyOf(one), said.get(one.key))
  if (late.length > 0)
    report({ kind: 'note', text: `semantic patches that did not come to an end: ${late.toSorted().join(', ')}` })
  return new Map([...said].map(([key, its]) => [key, rules.flatMap(({ hash }) => its[hash] ?? [])]))
}
