import type { TestResult } from '../results/result.ts'
import type { Session } from './server.ts'

/**
 * What the kernel reported while no test ran, or so late that its test's result was out: while it booted, between tests, after
 * the last. To be called when all else is done.
 * @returns one result, or none if there was nothing.
 */
export const strayResults = async (session: Session): Promise<readonly TestResult[]> => {
  await session.settle()
  const findings = [...session.strayFindings]
  if (findings.length === 0) return []
  return [
    {
      group: 'session',
      title: "the kernel's messages outside of tests",
      verdict: findings.some(({ kind }) => kind === 'panic') ? 'panic' : 'splat',
      duration: 0,
      message: findings.map(({ title }) => title).join('\n'),
      findings,
      log: [],
    },
  ]
}
