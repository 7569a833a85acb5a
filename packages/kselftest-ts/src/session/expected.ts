import { inspect } from 'node:util'
import type { GuestFinding } from './guest.ts'

/** A report that a test causes on purpose. */
export interface ExpectedReport {
  /** 'ta-panic', 'warn', … */
  readonly kind: string
  /** What its title must match. @default any */
  readonly title?: RegExp | undefined
}

/** The same on its way to the session. */
export interface WireReport {
  readonly kind: string
  readonly title?: { readonly source: string; readonly flags: string } | undefined
}

export const reportToWire = ({ kind, title }: ExpectedReport): WireReport => ({
  kind,
  ...(title && { title: { source: title.source, flags: title.flags } }),
})

/**
 * Takes expected reports out of those that came, one for each.
 * @returns those left, which nobody expected, and what was expected and did not come, in words.
 */
export const withoutExpected = (
  findings: readonly GuestFinding[],
  expected: readonly WireReport[],
): { readonly left: readonly GuestFinding[]; readonly missing: readonly string[] } => {
  const left = [...findings]
  const missing: string[] = []
  for (const { kind, title } of expected) {
    const pattern = title && new RegExp(title.source, title.flags)
    const at = left.findIndex(
      finding => finding.kind === kind && (pattern === undefined || finding.title.search(pattern) >= 0),
    )
    if (at >= 0) left.splice(at, 1)
    else
      missing.push(`no ${kind}${pattern ? ` that matches ${inspect(pattern)}` : ''} was reported, and one was expected`)
  }
  return { left, missing }
}
