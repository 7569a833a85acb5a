import { ExitCode as Code, type ExitCode } from '@kseries/host'
import type { TestResult } from '@kseries/kselftest-ts'
import { describe, exitCode, type Verdict, worst } from '@kseries/machine'
import { imageStages } from '../run/image.ts'
import type { RunOptions } from '../run/options.ts'
import { type Outcome, type TestContext, testStages } from '../run/tests.ts'
import { chainsFor, nameOf } from '../series.ts'
import { chooseView, runStages } from '../ui/stage.ts'

/** `kseries run`: from a clean machine to a verdict on each series; the exit code is that of the worst. */
export const run = async (names: readonly string[], options: RunOptions, signal: AbortSignal): Promise<ExitCode> => {
  const verdicts: Verdict[] = []
  for (const chain of await chainsFor(names)) {
    const context: TestContext = { results: [] }
    const stages = [...imageStages(chain, options, signal), ...testStages(chain, options, signal)]
    await runStages<TestContext>(stages, context, chooseView(options))
    const { outcome } = context
    if (!outcome) continue
    if (options.json) printJson(nameOf(chain), context.results, outcome)
    else print(nameOf(chain), outcome)
    verdicts.push(outcome.verdict)
  }
  return verdicts.length === 0 ? Code.usage : exitCode(worst(verdicts))
}

const printJson = (series: string, results: readonly TestResult[], outcome: Outcome) => {
  for (const result of results) process.stdout.write(`${JSON.stringify({ type: 'test', ...result })}\n`)
  const { verdict, counts, remembered, files } = outcome
  const event = { type: 'verdict', series, ...verdict, text: describe(verdict), counts, remembered, results: files }
  process.stdout.write(`${JSON.stringify(event)}\n`)
}

const print = (series: string, { verdict, counts, remembered, files, failures }: Outcome) => {
  for (const failure of failures) process.stdout.write(`\n${failure}\n`)
  const sums = `${counts.pass} passed, ${counts.fail} failed, ${counts.skip} skipped`
  const again = remembered ? ` (nothing changed since the run of ${remembered}; --fresh runs again)` : ''
  process.stdout.write(`\n${series}: ${describe(verdict)}: ${sums}${again}\n`)
  for (const [name, path] of Object.entries(files)) process.stdout.write(`  ${name.padEnd(7)} ${path}\n`)
}
