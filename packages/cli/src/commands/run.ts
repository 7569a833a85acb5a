import { ExitCode as Code, type ExitCode } from '@kseries/host'
import type { Verdict } from '@kseries/machine'
import { BadOption, type RunOptions, withResultsIn } from '../run/options.ts'
import { runTests } from '../run/tests.ts'
import { chainsFor, nameOf } from '../series.ts'

/** `kseries run`: from a clean machine to a verdict on each series; the exit code is that of the worst. */
export const run = async (names: readonly string[], options: RunOptions, signal: AbortSignal): Promise<ExitCode> => {
  if (options.board) await checkBoard(options.arch, options.board)
  const verdicts: Verdict[] = []
  const chains = await chainsFor(names, options.machine)
  for (const chain of chains) {
    const own = withResultsIn(options, chains.length > 1 ? nameOf(chain) : '')
    const { results, outcome, coverage } = await runTests(chain, own, signal)
    // By now it is loaded: runTests() does that while make runs. A kernel that has to be built is not kept waiting.
    const { verdictEvents, verdictText } = await import('../ui/verdict.ts')
    const { coverageText } = await import('../ui/coverage.ts')
    if (options.json) {
      const counted = coverage ? [{ type: 'coverage', series: nameOf(chain), files: coverage }] : []
      for (const event of [...verdictEvents(nameOf(chain), results, outcome), ...counted])
        process.stdout.write(`${JSON.stringify(event)}\n`)
    } else {
      const { failures, headline, files } = verdictText(nameOf(chain), outcome)
      for (const failure of failures) process.stdout.write(`\n${failure}\n`)
      process.stdout.write(`\n${headline}\n${files.join('\n')}\n`)
      if (coverage) process.stdout.write(`\nLines of the series that ran:\n${coverageText(coverage).join('\n')}\n`)
    }
    verdicts.push(outcome.verdict)
  }
  const { exitCode, worst } = await import('@kseries/machine')
  return verdicts.length === 0 ? Code.usage : exitCode(worst(verdicts))
}

const checkBoard = async (arch: RunOptions['arch'], board: NonNullable<RunOptions['board']>) => {
  const { boardsOf } = await import('@kseries/machine')
  const boards = boardsOf(arch)
  if (!boards.includes(board)) throw new BadOption('--board', board, `one of ${arch}: ${boards.join(', ')}`)
}
