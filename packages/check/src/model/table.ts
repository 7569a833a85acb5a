import { blocking, type CommitName, type Finding, placeOf } from './finding.ts'

/** The findings for a person: by commit, the blocking ones first, what is argued last. */
export const findingsTable = (findings: readonly Finding[], commits: readonly CommitName[]): string => {
  const groups: readonly (CommitName | undefined)[] = [...commits, undefined]
  const lines = groups.flatMap(commit => {
    const its = findings.filter(finding => finding.commit?.index === commit?.index)
    if (its.length === 0) return []
    const title = commit ? `${commit.index}/${commits.length} ${commit.subject}` : 'the series as a whole'
    return [title, ...its.toSorted(byWeight).flatMap(entry)]
  })
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`
}

/** '3 block, 2 argued, 1 to consider': the line at the end. */
export const summaryLine = (findings: readonly Finding[], commits: number): string => {
  const argued = findings.filter(finding => finding.argued !== undefined).length
  const block = blocking(findings).length
  const counts = [`${block} block`, `${argued} argued`, `${findings.length - block - argued} to consider`]
  return `${commits} ${commits === 1 ? 'commit' : 'commits'}, ${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}: ${counts.join(', ')}`
}

const weight = ({ blocks, argued }: Finding) => (argued !== undefined ? 2 : blocks ? 0 : 1)
const byWeight = (a: Finding, b: Finding) =>
  weight(a) - weight(b) || (a.file ?? '').localeCompare(b.file ?? '') || (a.line ?? 0) - (b.line ?? 0)

const entry = (finding: Finding): string[] => {
  const { tool, text, argued, config } = finding
  const mark = ['BLOCKS', 'note', 'argued'][weight(finding)] ?? ''
  const at = placeOf(finding)
  const [first = '', ...rest] = text.split('\n')
  return [
    `  ${mark.padEnd(6)}  ${tool.padEnd(12)}  ${at ? `${at}: ` : ''}${first}${config === undefined ? '' : ` (with ${config})`}`,
    ...rest.map(line => `${' '.repeat(24)}${line}`),
    ...(argued === undefined ? [] : [`${' '.repeat(24)}-> ${argued}`]),
  ]
}
