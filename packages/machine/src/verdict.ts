import { assertNever, ExitCode } from '@kseries/host'
import type { Finding } from './finding.ts'
import { secureWorld } from './watch/secure-world.ts'

/**
 * How a run ended. `splat` is a report of the kernel's own checkers (WARN, KASAN, lockdep, a leak …) whatever the tests
 * said; `hang`: the guest answers no more; `boot-timeout`: it never began to; `infra`: our side is at fault.
 */
export type Verdict =
  | { readonly kind: 'pass' }
  | { readonly kind: 'skip'; readonly reason: string }
  | { readonly kind: 'fail'; readonly failed: readonly string[] }
  | { readonly kind: 'splat'; readonly findings: readonly Finding[] }
  | {
      readonly kind: 'hang'
      readonly waitedFor: string
      readonly seconds: number
      readonly lastLines: readonly string[]
    }
  | { readonly kind: 'panic'; readonly finding: Finding }
  | { readonly kind: 'boot-timeout'; readonly seconds: number; readonly lastLines: readonly string[] }
  | { readonly kind: 'infra'; readonly message: string; readonly lastLines: readonly string[] }

/** The kinds from the best to the worst. A hang is worse than a splat: it says less. Infra voids whatever else there is. */
const order = [
  'pass',
  'skip',
  'fail',
  'splat',
  'hang',
  'panic',
  'boot-timeout',
  'infra',
] as const satisfies readonly Verdict['kind'][]

/** The worst of several verdicts: the one a run is judged by. None at all is `infra`: nothing was proven. */
export const worst = (verdicts: readonly Verdict[]): Verdict =>
  verdicts.reduce<Verdict | undefined>(
    (worse, next) => (worse === undefined || order.indexOf(next.kind) > order.indexOf(worse.kind) ? next : worse),
    undefined,
  ) ?? { kind: 'infra', message: 'nothing was run', lastLines: [] }

/** What the command ends with. */
export const exitCode = (verdict: Verdict): ExitCode => {
  switch (verdict.kind) {
    case 'pass':
    case 'skip':
      return ExitCode.ok
    case 'fail':
    case 'splat':
    case 'hang':
    case 'panic':
    case 'boot-timeout':
      return ExitCode.verdict
    case 'infra':
      return ExitCode.infra
    default:
      return assertNever(verdict)
  }
}

/** A verdict in a line; where the console is what there is to go by, its last lines follow. */
export const describe = (verdict: Verdict): string => {
  switch (verdict.kind) {
    case 'pass':
      return 'pass'
    case 'skip':
      return `skipped: ${verdict.reason}`
    case 'fail':
      return `${verdict.failed.length} failed: ${list(verdict.failed)}`
    case 'splat':
      return `the kernel reported ${verdict.findings.length === 1 ? 'a problem' : `${verdict.findings.length} problems`}: ${list(verdict.findings.map(({ title }) => title))}`
    case 'hang':
      return `the guest hangs: no ${verdict.waitedFor} for ${seconds(verdict.seconds)}${tail(verdict.lastLines)}`
    case 'panic':
      if (verdict.finding.kind === 'silent-end') {
        const { title, text } = verdict.finding
        return `${title}${tail(text === '' ? [] : text.split('\n'))}`
      }
      if (verdict.finding.title.startsWith(secureWorld))
        return `the secure world panicked: ${verdict.finding.title.slice(secureWorld.length)}`
      return `the kernel panicked: ${verdict.finding.title.replace(/^Kernel panic - not syncing: /, '')}`
    case 'boot-timeout':
      return `the guest was not ready after ${seconds(verdict.seconds)}${tail(verdict.lastLines)}`
    case 'infra':
      return `${verdict.message}${tail(verdict.lastLines)}`
    default:
      return assertNever(verdict)
  }
}

const seconds = (value: number) => `${Number(value.toFixed(1))} s`
const list = (items: readonly string[]) => [...items.slice(0, 3), ...(items.length > 3 ? ['…'] : [])].join('; ')
const tail = (lines: readonly string[]) =>
  lines.length === 0
    ? '; the console said nothing'
    : `; the console's last words:\n${lines.map(line => `  ${line}`).join('\n')}`
