import type { Series } from '@kseries/patchgen'
import { firmwareText } from '../ui/firmware.ts'
import { chooseView, runStages, type Stage } from '../ui/stage.ts'
import type { FileCoverage } from './coverage.ts'
import { packagesText } from './guest-packages.ts'
import { type ImageContext, imageStages } from './image.ts'
import type { RunOptions } from './options.ts'
import type { Tested, TestRun } from './test-run.ts'

/** What the stages of a whole run leave behind. */
interface TestContext extends ImageContext {
  tested?: Tested
  /** Of a kernel that counts. */
  coverage?: readonly FileCoverage[]
}

/**
 * A whole run, shown stage by stage: from a clean machine to what came of the tests of a chain.
 * @throws what a stage throws
 */
export const runTests = async (
  chain: readonly Series[],
  options: RunOptions,
  signal: AbortSignal,
): Promise<Tested & Pick<TestContext, 'coverage'>> => {
  const context: TestContext = {}
  await using stack = new AsyncDisposableStack()
  let begun: Promise<TestRun> | undefined
  // Loaded while make has the processors' attention, not before.
  const testRun = () =>
    (begun ??= import('./test-run.ts').then(it => stack.use(new it.TestRun(chain, options, signal))))
  // What fails here fails again in its stage.
  const early = (work: (run: TestRun) => unknown) =>
    void testRun()
      .then(work)
      .catch(() => {})
  const image = imageStages(chain, options, signal, {
    onHeaders: headers => early(run => run.ground(headers)),
    onLinking: () => early(run => run.begin()),
  })
  const last = options.profile === 'coverage' ? [coverageStage(signal)] : []
  const firmware = options.machine === undefined ? [] : [firmwareStage(testRun)]
  const packages = options.guestPackage === undefined ? [] : [packagesStage(options.guestPackage, testRun)]
  const stages = [...image, ...firmware, ...packages, ...testStages(testRun), ...last]
  await runStages<TestContext>(stages, context, chooseView(options))
  if (!context.tested) throw new Error('The stages ended without a verdict')
  return { ...context.tested, ...(context.coverage && { coverage: context.coverage }) }
}

const coverageStage = (signal: AbortSignal): Stage<TestContext> => ({
  title: 'coverage',
  work: async context => {
    const { artefacts, generated, tested } = context
    if (!artefacts || !generated || !tested) return
    const { coverageOf } = await import('./coverage.ts')
    const files = await coverageOf(artefacts, generated, tested.outcome.folder, signal)
    if (files === undefined) return 'unknown: the guest was lost before its counts were read'
    context.coverage = files
    return `${files.length} files`
  },
})

const firmwareStage = (testRun: () => Promise<TestRun>): Stage<TestContext> => ({
  title: 'firmware',
  work: async (_context, report) => {
    const firmware = await (await testRun()).firmware(report)
    return firmware && firmwareText(firmware)
  },
})

const packagesStage = (asked: readonly string[], testRun: () => Promise<TestRun>): Stage<TestContext> => ({
  title: 'packages for the guest',
  work: async (_context, report) => {
    const packages = await (await testRun()).packages(report)
    return packages && packagesText(packages, asked)
  },
})

/** The stages from a built kernel to a verdict: layouts and agent, then boot and tests. */
const testStages = (testRun: () => Promise<TestRun>): Stage<TestContext>[] => [
  {
    title: 'layouts and agent',
    work: async ({ artefacts }) => {
      if (!artefacts) return
      const { written } = await (await testRun()).ground(artefacts)
      return written.length === 0
        ? undefined
        : `wrote ${written.map(path => path.slice(path.lastIndexOf('/') - 40)).join(', ')}`
    },
  },
  {
    title: 'boot and tests',
    work: async (context, report) => {
      const { artefacts } = context
      if (!artefacts) return
      context.tested = await (await testRun()).on(artefacts, report)
      const { counts, remembered } = context.tested.outcome
      if (remembered) return 'nothing changed: the verdict is known'
      return `${counts.pass} passed, ${counts.fail} failed, ${counts.skip} skipped`
    },
  },
]
