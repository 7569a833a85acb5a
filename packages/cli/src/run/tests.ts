import type { Stage } from '../ui/stage.ts'
import type { ImageContext } from './image.ts'
import type { Tested, TestRun } from './test-run.ts'

/** What the stages of a whole run leave behind. */
export interface TestContext extends ImageContext {
  tested?: Tested
}

/** The stages from a built kernel to a verdict: layouts and agent, then boot and tests. */
export const testStages = (run: TestRun): Stage<TestContext>[] => [
  {
    title: 'layouts and agent',
    work: async ({ artefacts }) => {
      if (!artefacts) return
      const { written } = await run.ground(artefacts)
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
      context.tested = await run.on(artefacts, report)
      const { counts, remembered } = context.tested.outcome
      if (remembered) return 'nothing changed: the verdict is known'
      return `${counts.pass} passed, ${counts.fail} failed, ${counts.skip} skipped`
    },
  },
]
