import { type Finding, placeOf } from './finding.ts'

/**
 * The findings as `b4.prep-perpatch-check-cmd` and `b4.am-perpatch-check-cmd` (b4 0.14) want them, which is how checkpatch's
 * --terse says them: a line each; one with 'ERROR:' fails, any other warns; none at all, with exit code 0, is success.
 */
export const b4Lines = (findings: readonly Finding[]): string =>
  shown(findings)
    .map(finding => `${wordsOf(finding, finding.blocks ? 'ERROR' : 'WARNING')}\n`)
    .join('')

/**
 * As `b4.review-perpatch-check-cmd` (b4 0.15) wants them: an array with the result of each tool that ran, the worst of its findings.
 */
export const b4Json = (findings: readonly Finding[], tools: ReadonlySet<string>): string => {
  const results = [...new Set([...tools, ...findings.map(({ tool }) => tool)])].map(tool => {
    const its = shown(findings).filter(finding => finding.tool === tool)
    const [first] = its.toSorted((a, b) => Number(b.blocks) - Number(a.blocks))
    if (!first) return { tool, status: 'pass', summary: 'nothing found' }
    const more = its.length === 1 ? '' : ` (and ${its.length - 1} more)`
    return {
      tool,
      status: first.blocks ? 'fail' : 'warn',
      summary: `${first.text.split('\n')[0]}${more}`,
      details: its.map(finding => wordsOf(finding, finding.blocks ? 'fail' : 'warn')).join('\n'),
    }
  })
  return `${JSON.stringify(results, undefined, 2)}\n`
}

const shown = (findings: readonly Finding[]) => findings.filter(({ argued }) => argued === undefined)

const wordsOf = (finding: Finding, level: string): string =>
  [placeOf(finding), `${level}:${finding.tool}`, finding.text.replaceAll(/\s*\n\s*/g, '; ')].filter(Boolean).join(': ')
