import type { ExecutionContext } from 'ava'
import { kseries, lastEvent } from './kseries.ts'

/** The event that ends a run. */
export interface VerdictEvent {
  readonly kind: string
  readonly counts: Readonly<Record<'pass' | 'fail' | 'skip', number>>
  readonly results: Readonly<Record<'ktap' | 'junit' | 'ndjson' | 'console', string>>
  readonly remembered?: string
}

/** Runs all tests of a series and sees them pass. */
export const passes = async (t: ExecutionContext, ...args: readonly string[]): Promise<VerdictEvent> => {
  const { exitCode, stdout, stderr } = await kseries(['run', '--json', ...args])
  t.is(exitCode, 0, `${stdout.slice(-4000)}\n${stderr}`)
  const verdict = lastEvent(stdout, 'verdict') as unknown as VerdictEvent
  t.is(verdict.kind, 'pass')
  t.is(verdict.counts.fail, 0)
  t.true(verdict.counts.pass > 300, JSON.stringify(verdict.counts))
  return verdict
}
