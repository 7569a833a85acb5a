import { cp } from 'node:fs/promises'
import { cachePath, exists } from '@kseries/host'
import { buildAgent, type TestResult } from '@kseries/kselftest-ts'
import { type Accelerator, proveAccelerator, type Verdict } from '@kseries/machine'
import type { Series } from '@kseries/patchgen'
import type { AbiDescription } from '@kseries/uapi-headers'
import { nameOf } from '../series.ts'
import type { Stage } from '../ui/stage.ts'
import type { ImageContext } from './image.ts'
import { layoutsOf, updateTypes } from './layouts.ts'
import type { RunOptions } from './options.ts'
import { type Outcome, outcomeOf, resultFiles, writeResults } from './outcome.ts'
import { recall, remember } from './remember.ts'
import { runInGuest } from './run-in-guest.ts'
import { verdictInputs } from './verdict-inputs.ts'

/** What the stages of a whole run leave behind. */
export interface TestContext extends ImageContext {
  layouts?: AbiDescription
  agent?: string
  results: readonly TestResult[]
  outcome?: Outcome
}

/** The stages from a built kernel to a verdict: layouts and agent, then boot and tests. */
export const testStages = (
  chain: readonly Series[],
  options: RunOptions,
  signal: AbortSignal,
): Stage<TestContext>[] => [
  {
    title: 'layouts and agent',
    work: async context => {
      const { artefacts } = context
      if (!artefacts) return
      const { arch: abi, headers, sources } = artefacts
      const [layouts, agent] = await Promise.all([
        layoutsOf(chain, artefacts, signal),
        buildAgent({ tree: sources, headers, abi, signal }),
      ])
      context.layouts = layouts
      context.agent = agent
      const changed = await updateTypes(chain, layouts)
      return changed.length === 0
        ? undefined
        : `wrote ${changed.map(path => path.slice(path.lastIndexOf('/') - 40)).join(', ')}`
    },
  },
  {
    title: 'boot and tests',
    work: async (context, report) => {
      const { artefacts, layouts, agent } = context
      if (!artefacts || !layouts || !agent) return
      const accelerator = await acceleratorFor(options, await proveAccelerator(options.arch, { signal, report }))
      const made = { image: artefacts.key, layouts: layouts.key, agent, accelerator }
      const inputs = await verdictInputs(chain, made, options)
      const known = options.fresh ? undefined : await recall<Remembered>(inputs)
      if (known && (await exists(resultFiles(known.outcome.folder).ktap))) {
        context.results = known.results
        context.outcome = await copyTo(options.results, known.outcome)
        return 'nothing changed: the verdict is known'
      }
      const started = new Date()
      const folder = cachePath('results', `${stamp(started)}-${nameOf(chain)}-${options.arch}`)
      const { results, broken } = await runInGuest(
        { chain, artefacts, layouts, agent, accelerator },
        { options, folder, report, signal },
      )
      await writeResults(folder, results, broken)
      const outcome = { ...outcomeOf(results, broken), folder }
      if (isLasting(outcome.verdict)) {
        await remember(inputs, { outcome: { ...outcome, remembered: started.toISOString() }, results })
      }
      context.results = results
      context.outcome = await copyTo(options.results, outcome)
      return `${outcome.counts.pass} passed, ${outcome.counts.fail} failed, ${outcome.counts.skip} skipped`
    },
  },
]

interface Remembered {
  readonly outcome: Outcome
  readonly results: readonly TestResult[]
}

/** Whether the same would come out again: not of our own machine's troubles, nor of deadlines it was too slow for. */
const isLasting = ({ kind }: Verdict): boolean => kind !== 'infra' && kind !== 'boot-timeout' && kind !== 'hang'

/** Results where the caller wants them; the cache keeps its own. */
const copyTo = async (folder: string | undefined, outcome: Outcome): Promise<Outcome> => {
  if (folder === undefined) return outcome
  await cp(outcome.folder, folder, { recursive: true })
  return { ...outcome, folder }
}

const stamp = (date: Date) =>
  `${date.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}-${process.pid}`

/** What was asked for; of TCG what is known to work here, if that was the answer anyway. */
const acceleratorFor = ({ accel }: RunOptions, proven: Accelerator): Accelerator =>
  accel === 'auto' || accel === proven.kind ? proven : { kind: accel, why: 'asked for on the command line' }
