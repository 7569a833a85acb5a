import type { CommitName, Finding } from '@kseries/check'
import { type Proof, proofOf, type TestHistory } from './history.ts'

const tool = 'prove'

/**
 * What the histories of tests have against a series: a commit that breaks a test, and a test that passes nowhere, block. That a
 * test passes without the series is a note, one a file: tests of what must stay as it was do.
 *
 * @param commits - of the series, in order.
 * @param config - the architecture, for the findings.
 */
export const findingsOf = (
  histories: readonly TestHistory[],
  commits: readonly CommitName[],
  config: string,
): Finding[] => {
  const judged = histories.map(history => ({ history, proof: proofOf(history) }))
  const broken = judged.flatMap(({ history, proof }): Finding[] => {
    const { file, title: symbol } = history
    switch (proof.kind) {
      case 'broken': {
        const commit = commits[proof.by - 1]
        const again = proof.until === undefined ? '' : `; it passes again at commit ${proof.until}`
        const text = `this commit breaks the test '${symbol}', which passed before${again}`
        return [{ tool, ...(commit && { commit }), file, symbol, text, config, blocks: true }]
      }
      case 'never':
        return [{ tool, file, symbol, text: `the test '${symbol}' passes at no commit`, config, blocks: true }]
      case 'passes-before':
      case 'proven':
        return []
    }
  })
  const idle = judged.filter(({ proof }) => proof.kind === 'passes-before').map(({ history }) => history)
  const files = Map.groupBy(idle, ({ file }) => file)
  const notes = [...files].map(([file, its]): Finding => {
    const some = its.slice(0, 3).map(({ title }) => `'${title}'`)
    const more = its.length > some.length ? ` and ${its.length - some.length} more` : ''
    const text = `${its.length} tests pass without the series and prove nothing of it: ${some.join(', ')}${more}`
    return { tool, file, text, config, blocks: false }
  })
  return [...broken, ...notes]
}

/** The histories in a line: '207 of 237 tests fail without the series and pass with it'. */
export const sumsOf = (histories: readonly TestHistory[]): string => {
  const count = (kind: Proof['kind']) => histories.filter(history => proofOf(history).kind === kind).length
  const rest = [
    [count('passes-before'), 'passing without it'],
    [count('broken'), 'broken by a commit'],
    [count('never'), 'passing nowhere'],
  ] as const
  const words = rest.flatMap(([number, what]) => (number > 0 ? [`${number} ${what}`] : []))
  const proven = `${count('proven')} of ${histories.length} tests fail without the series and pass with it`
  return [proven, ...words].join(', ')
}
