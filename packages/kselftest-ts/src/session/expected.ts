import { inspect } from 'node:util'
import type { GuestFinding } from './guest.ts'

/** A report that a test causes on purpose. */
export interface ExpectedReport {
  /** 'ta-panic', 'warn', … */
  readonly kind: string
  /** What its title must match. @default any */
  readonly title?: RegExp | undefined
  /** Whether any number of them may come, at least one: of a test program whose own business they are. @default one alone */
  readonly many?: boolean | undefined
}

/** The same on its way to the session. */
export interface WireReport {
  readonly kind: string
  readonly title?: { readonly source: string; readonly flags: string } | undefined
  readonly many?: boolean | undefined
}

export const reportToWire = ({ kind, title, many }: ExpectedReport): WireReport => ({
  kind,
  ...(many && { many }),
  ...(title && { title: { source: title.source, flags: title.flags } }),
})

/**
 * Takes expected reports out of those that came, one for each, or all that are alike where many may come.
 * @returns those left, which nobody expected, and what was expected and did not come, in words.
 */
export const withoutExpected = (
  findings: readonly GuestFinding[],
  expected: readonly WireReport[],
): { readonly left: readonly GuestFinding[]; readonly missing: readonly string[] } => {
  const missing: string[] = []
  let left = findings
  // Those of which one is expected have the first choice.
  for (const { kind, title, many } of expected.toSorted((a, b) => Number(a.many ?? false) - Number(b.many ?? false))) {
    const pattern = title && new RegExp(title.source, title.flags)
    const isAlike = (finding: GuestFinding) =>
      finding.kind === kind && (pattern === undefined || finding.title.search(pattern) >= 0)
    const first = left.findIndex(isAlike)
    if (first >= 0) left = left.filter((finding, index) => (many ? !isAlike(finding) : index !== first))
    else
      missing.push(`no ${kind}${pattern ? ` that matches ${inspect(pattern)}` : ''} was reported, and one was expected`)
  }
  return { left, missing }
}
