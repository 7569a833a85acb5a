import { join, resolve } from 'node:path'
import { ExitCode as Code, type ExitCode } from '@kseries/host'
import type { TestResult } from '@kseries/kselftest-ts'
import { boardsOf, describe, exitCode, type Verdict, worst } from '@kseries/machine'
import { imageStages } from '../run/image.ts'
import { BadOption, type RunOptions } from '../run/options.ts'
import { type Outcome, resultFiles } from '../run/outcome.ts'
import { TestRun } from '../run/test-run.ts'
import { type TestContext, testStages } from '../run/tests.ts'
import { chainsFor, nameOf } from '../series.ts'
import { chooseView, runStages } from '../ui/stage.ts'

/** `kseries run`: from a clean machine to a verdict on each series; the exit code is that of the worst. */
export const run = async (names: readonly string[], options: RunOptions, signal: AbortSignal): Promise<ExitCode> => {
  const boards = boardsOf(options.arch)
  if (options.board && !boards.includes(options.board))
    throw new BadOption('--board', options.board, `one of ${options.arch}: ${boards.join(', ')}`)
  const verdicts: Verdict[] = []
  const chains = await chainsFor(names)
  for (const chain of chains) {
    const context: TestContext = {}
    const folder = folderFor(options.results, chains.length > 1 ? nameOf(chain) : '')
    const its = { ...options, ...(folder && { results: folder }) }
    await using tests = new TestRun(chain, its, signal)
    const image = imageStages(chain, its, signal, headers => tests.begin(headers))
    await runStages<TestContext>([...image, ...testStages(tests)], context, chooseView(options))
    if (!context.tested) continue
    const { results, outcome } = context.tested
    if (options.json) printJson(nameOf(chain), results, outcome)
    else print(nameOf(chain), outcome)
    verdicts.push(outcome.verdict)
  }
  return verdicts.length === 0 ? Code.usage : exitCode(worst(verdicts))
}

/** Each of several series has a folder of its own. */
const folderFor = (results: string | undefined, name: string) =>
  results === undefined ? undefined : resolve(join(results, name))

const printJson = (series: string, results: readonly TestResult[], outcome: Outcome) => {
  for (const result of results) process.stdout.write(`${JSON.stringify({ type: 'test', ...result })}\n`)
  const { verdict, counts, remembered, folder } = outcome
  const event = {
    type: 'verdict',
    series,
    ...verdict,
    text: describe(verdict),
    counts,
    remembered,
    results: resultFiles(folder),
  }
  process.stdout.write(`${JSON.stringify(event)}\n`)
}

const print = (series: string, { verdict, counts, remembered, folder, failures }: Outcome) => {
  for (const failure of failures) process.stdout.write(`\n${failure}\n`)
  const sums = `${counts.pass} passed, ${counts.fail} failed, ${counts.skip} skipped`
  const again = remembered ? ` (nothing changed since the run of ${remembered}; --fresh runs again)` : ''
  process.stdout.write(`\n${series}: ${describe(verdict)}: ${sums}${again}\n`)
  for (const [name, path] of Object.entries(resultFiles(folder))) process.stdout.write(`  ${name.padEnd(7)} ${path}\n`)
}
