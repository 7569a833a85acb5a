import { join, resolve } from 'node:path'
import { ExitCode as Code, type ExitCode } from '@kseries/host'
import { boardsOf, exitCode, type Verdict, worst } from '@kseries/machine'
import { BadOption, type RunOptions } from '../run/options.ts'
import { runTests } from '../run/tests.ts'
import { chainsFor, nameOf } from '../series.ts'
import { verdictEvents, verdictText } from '../ui/verdict.ts'

/** `kseries run`: from a clean machine to a verdict on each series; the exit code is that of the worst. */
export const run = async (names: readonly string[], options: RunOptions, signal: AbortSignal): Promise<ExitCode> => {
  const boards = boardsOf(options.arch)
  if (options.board && !boards.includes(options.board))
    throw new BadOption('--board', options.board, `one of ${options.arch}: ${boards.join(', ')}`)
  const verdicts: Verdict[] = []
  const chains = await chainsFor(names)
  for (const chain of chains) {
    const folder = folderFor(options.results, chains.length > 1 ? nameOf(chain) : '')
    const { results, outcome } = await runTests(chain, { ...options, ...(folder && { results: folder }) }, signal)
    if (options.json) {
      for (const event of verdictEvents(nameOf(chain), results, outcome))
        process.stdout.write(`${JSON.stringify(event)}\n`)
    } else {
      const { failures, headline, files } = verdictText(nameOf(chain), outcome)
      for (const failure of failures) process.stdout.write(`\n${failure}\n`)
      process.stdout.write(`\n${headline}\n${files.join('\n')}\n`)
    }
    verdicts.push(outcome.verdict)
  }
  return verdicts.length === 0 ? Code.usage : exitCode(worst(verdicts))
}

/** Each of several series has a folder of its own. */
const folderFor = (results: string | undefined, name: string) =>
  results === undefined ? undefined : resolve(join(results, name))
