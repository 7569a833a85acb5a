import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomic } from '@kseries/host'
import { isGood, type TestResult, writeJunit, writeKtap, writeNdjson } from '@kseries/kselftest-ts'
import { describe, type Finding, type Verdict } from '@kseries/machine'

/** A run in brief: what is printed, remembered, and decides the exit code. */
export interface Outcome {
  readonly verdict: Verdict
  readonly counts: { readonly pass: number; readonly fail: number; readonly skip: number }
  /** A paragraph for each bad result. */
  readonly failures: readonly string[]
  /** Where the results are, see `resultFiles`. */
  readonly folder: string
  /** When the run was that this is the memory of; undefined if it is new. */
  readonly remembered?: string
}

/** Judges a run: the worst of its tests, or of the guest that did not come up. */
export const outcomeOf = (results: readonly TestResult[], broken: Verdict | undefined): Omit<Outcome, 'folder'> => {
  const bad = results.filter(result => !isGood(result))
  const pass = results.filter(({ verdict }) => verdict === 'pass').length
  return {
    verdict: broken ?? verdictOf(results, bad),
    counts: { pass, fail: bad.length + (broken ? 1 : 0), skip: results.length - pass - bad.length },
    failures: bad.map(paragraph),
  }
}

const verdictOf = (results: readonly TestResult[], bad: readonly TestResult[]): Verdict => {
  const of = (kind: TestResult['verdict']) => bad.filter(({ verdict }) => verdict === kind)
  const [infra] = of('infra')
  const [panic] = of('panic')
  const [hang] = of('hang')
  const failed = bad.map(({ title }) => title)
  if (results.length === 0) return { kind: 'infra', message: 'no test was run', lastLines: [] }
  if (infra)
    return { kind: 'infra', message: `${infra.title}: ${infra.message ?? 'it could not be run'}`, lastLines: [] }
  if (panic) return { kind: 'panic', finding: findingOf(panic) }
  if (hang)
    return { kind: 'hang', waitedFor: `end of the test '${hang.title}'`, seconds: hang.duration / 1000, lastLines: [] }
  if (of('splat').length > 0) return { kind: 'splat', findings: of('splat').map(findingOf) }
  if (failed.length > 0) return { kind: 'fail', failed }
  return { kind: 'pass' }
}

/** The kernel's report in a result, in the machine's words. */
const findingOf = ({ title, message, findings, verdict }: TestResult): Finding => {
  const found = findings.find(({ kind }) => kind === verdict) ?? findings[0]
  return {
    kind: (found?.kind ?? (verdict === 'panic' ? 'panic' : 'warn')) as Finding['kind'],
    title: `${found?.title ?? message ?? 'the guest died'} (test '${title}')`,
    text: found?.text ?? message ?? '',
    consoleLine: 0,
    complete: true,
  }
}

const paragraph = ({ group, title, verdict, message = '', details = '', findings }: TestResult): string => {
  const reports = findings.map(({ text }) => text.split('\n').slice(0, 40).join('\n'))
  const body = [message, details, ...reports].filter(text => text !== '').join('\n')
  return `${verdict.toUpperCase()} ${group}: ${title}\n${body.replaceAll(/^/gm, '    ')}`
}

/** What is in a run's folder, by name. Of a machine with a secure world also the console of that. */
export const resultFiles = (folder: string) => ({
  ktap: join(folder, 'results.ktap'),
  junit: join(folder, 'junit.xml'),
  ndjson: join(folder, 'results.ndjson'),
  console: join(folder, 'console.log'),
  ...secureFile(join(folder, 'secure-console.log')),
})

const secureFile = (path: string) => (existsSync(path) ? { secure: path } : {})

/** Writes KTAP, JUnit and NDJSON into a folder. */
export const writeResults = async (
  folder: string,
  results: readonly TestResult[],
  broken: Verdict | undefined,
): Promise<void> => {
  const all = broken ? [...results, bootResult(broken)] : results
  const files = resultFiles(folder)
  await Promise.all([
    writeFileAtomic(files.ktap, writeKtap(all)),
    writeFileAtomic(files.junit, writeJunit(all)),
    writeFileAtomic(files.ndjson, writeNdjson(all)),
  ])
}

const bootResult = (verdict: Verdict): TestResult => ({
  group: 'guest',
  title: 'boot',
  verdict: verdict.kind === 'panic' || verdict.kind === 'infra' ? verdict.kind : 'hang',
  duration: 0,
  message: describe(verdict),
  findings: 'finding' in verdict ? [verdict.finding] : [],
  log: [],
})
