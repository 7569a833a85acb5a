import { join } from 'node:path'
import { ExitCode, KseriesError, type Report } from '@kseries/host'
import type { Sys } from '@kseries/kselftest-ts'
import type { Series } from '@kseries/patchgen'
import { bringsOf } from './brings.ts'

/** Tries something that must be refused, in a process of its own: the error's name, or '' if it was not refused. */
type Attempt = (sys: Sys) => Promise<string>

/** What clients/refusals.ts of a series exports: what its uAPI forbids, and what may go wrong, by what each is. */
type Attempts = Readonly<Record<'policy' | 'faults', Readonly<Record<string, Attempt>>>>

/** What came of an attempt. */
export interface Refused {
  readonly what: string
  readonly isPolicy: boolean
  /** 'EPERM', or '' if it was not refused. */
  readonly code: string
}

/**
 * Tries all that a series' clients/refusals.ts knows, if it has one.
 * @param sys - of root.
 * @throws BadRefusals if the file exports something else; what an attempt throws that is no error of a call
 */
export const refusalsOf = async (series: Series, sys: Sys, report: Report): Promise<Refused[]> => {
  const attempts = await bringsOf<Partial<Attempts>>(series, 'refusals.ts')
  if (!attempts) return []
  const { policy, faults } = attempts
  if (!policy || !faults) throw new BadRefusals(join(series.folder, 'clients', 'refusals.ts'))
  const refused: Refused[] = []
  for (const [isPolicy, group] of [[true, policy] as const, [false, faults] as const]) {
    for (const [what, attempt] of Object.entries(group)) {
      report({ kind: 'update', id: 'compare', text: what })
      await using own = await sys.process()
      refused.push({ what, isPolicy, code: await attempt(own) })
    }
  }
  return refused
}

class BadRefusals extends KseriesError {
  constructor(file: string) {
    super(`Cannot use ${file}: its default export must be { policy: {…}, faults: {…} }`, {
      hint: 'Each of them has functions by what they try; see kernel-patches/securekey-afalg/clients/refusals.ts.',
      exitCode: ExitCode.usage,
    })
  }
}
