import { blocking, findingsTable } from '@kseries/check'
import { ExitCode } from '@kseries/host'
import { countsOf, countsTable } from '../prove/counts.ts'
import { findingsOf, sumsOf } from '../prove/findings.ts'
import type { TestHistory } from '../prove/history.ts'
import { prove } from '../prove/prove.ts'
import { type CommitsContext, commitStages } from '../run/commits.ts'
import { type RunOptions, withResultsIn } from '../run/options.ts'
import { chainsFor, nameOf } from '../series.ts'
import { chooseView, runStages, type Stage } from '../ui/stage.ts'
import { setupStage } from './setup.ts'

interface Context extends CommitsContext {
  histories?: readonly TestHistory[]
}

/**
 * `kseries run --each-commit`: the tests of each series at each of its commits, and before the first.
 * @returns 1 if a test fails at the last commit; with `prove` also if a commit breaks one that passed before.
 * @throws what prove() throws
 */
export const eachCommit = async (
  names: readonly string[],
  options: RunOptions & { readonly prove?: boolean },
  signal: AbortSignal,
): Promise<ExitCode> => {
  let code: ExitCode = ExitCode.ok
  const chains = await chainsFor(names, options.machine)
  for (const chain of chains) {
    const own = withResultsIn(options, chains.length > 1 ? nameOf(chain) : '')
    const context: Context = {}
    const stages = [
      setupStage([options.arch], signal, { firmware: options.machine !== undefined }),
      ...commitStages(chain, options.base, signal),
    ]
    const tests: Stage<Context> = {
      title: `the tests at each commit, on ${options.arch}`,
      work: async ({ tree, generated }, report) => {
        if (!tree || !generated) return
        const histories = await prove({ chain, generated, base: tree }, own, { report, signal })
        context.histories = histories
        return sumsOf(histories)
      },
    }
    await runStages<Context>([...stages, tests], context, chooseView(options))
    const { generated, histories = [] } = context
    const series = nameOf(chain)
    const commits = (generated?.commits ?? [])
      .filter(commit => commit.series === series)
      .map(({ subject, patch }, index) => ({ index: index + 1, subject, patch }))
    const counts = countsOf(
      histories,
      commits.map(({ subject }) => subject),
    )
    const findings = options.prove ? findingsOf(histories, commits, options.arch) : []
    if (options.json) {
      const event = (type: string, content: object) =>
        process.stdout.write(`${JSON.stringify({ type, series, arch: options.arch, ...content })}\n`)
      for (const history of histories) event('proof', history)
      for (const count of counts) event('commit', count)
      for (const finding of findings) event('finding', finding)
    } else {
      process.stdout.write(`${series} on ${options.arch}\n${countsTable(counts, histories.length)}\n`)
      if (options.prove) process.stdout.write(`${findingsTable(findings, commits)}${series}: ${sumsOf(histories)}\n`)
    }
    const isGood = histories.every(({ passes }) => passes.at(-1)) && blocking(findings).length === 0
    if (!isGood) code = ExitCode.verdict
  }
  return code
}
