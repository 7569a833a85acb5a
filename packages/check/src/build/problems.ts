import type { BuildError, BuildWarning } from '@kseries/kernel'
import type { Problem } from '../model/finding.ts'

/** The same warning comes once for each object that includes the header it is in. */
export const problemsOfWarnings = (warnings: readonly BuildWarning[]): Problem[] => {
  const problems = warnings.map(
    ({ tool, file, line, symbol, text, flag }): Problem => ({
      tool,
      ...(file !== '' && { file }),
      ...(line !== undefined && { line }),
      ...(symbol !== undefined && { symbol }),
      text: flag === undefined ? text : `${text} [${flag}]`,
      blocks: true,
    }),
  )
  return distinct(problems)
}

/** Each once. */
export const distinct = (problems: readonly Problem[]): Problem[] => [
  ...new Map(problems.map(problem => [JSON.stringify(problem), problem])).values(),
]

export const problemsOfErrors = (errors: readonly BuildError[], words: string): Problem[] =>
  errors.length === 0
    ? [{ tool: 'make', text: words, blocks: true }]
    : errors.map(({ file, line, message }) => ({
        tool: 'gcc',
        ...(file !== '' && { file }),
        ...(line !== undefined && { line }),
        text: `error: ${message}`,
        blocks: true,
      }))
