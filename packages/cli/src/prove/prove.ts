import type { Report } from '@kseries/host'
import { type Artefacts, build, CompileFailed, findArtefacts, type KernelTree } from '@kseries/kernel'
import { isGood } from '@kseries/kselftest-ts'
import type { Generated, Series } from '@kseries/patchgen'
import { buildSpec, workTreeName } from '../run/image.ts'
import { type RunOptions, withResultsIn } from '../run/options.ts'
import { testFiles } from '../run/test-files.ts'
import { type Ground, TestRun } from '../run/test-run.ts'
import { nameOf } from '../series.ts'
import { historiesOf, type Sight, type TestHistory } from './history.ts'

/** A series folder, generated. */
export interface ProvableSeries {
  /** The series behind those that it needs; only its own commits and tests are looked at. */
  readonly chain: readonly Series[]
  readonly generated: Generated
  /** What the chain was generated onto. */
  readonly base: Pick<KernelTree, 'commit' | 'treeHash'>
}

/** A commit at which the tests are run. */
interface Point {
  readonly commit: string
  readonly treeHash: string
  readonly subject: string
}

/**
 * Runs the tests of a series at each of its commits, and before the first one. What was run before is remembered, so that it
 * goes on where it was interrupted, and an amended commit costs itself and those after it.
 *
 * @param options - results go to a folder for each commit, `01` and on, in that of `results`; `00` is before the series.
 * @returns the history of each test.
 * @throws what building and testing throw, but for CompileFailed of a commit before the last: there no test passes.
 */
export const prove = async (
  { chain, generated, base }: ProvableSeries,
  options: RunOptions,
  { report, signal }: Watched,
): Promise<TestHistory[]> => {
  const points = pointsOf(chain, generated, base)
  const files = await testFiles(chain.slice(-1))
  const watch = (index: number): Watched => ({
    report: progress => {
      if (progress.kind !== 'update') return
      const where = index === 0 ? 'before the series' : `${index}/${points.length - 1} ${points[index]?.subject}`
      report({ ...progress, id: 'prove', text: `${where}: ${progress.text}`, fraction: index / points.length })
    },
    signal,
  })
  // Earlier kernels are asked as user space will ask: with the constants and layouts of the whole series.
  const { head: commit, treeHash } = generated
  const whole = await kernelAt(chain, generated, { commit, treeHash }, options, { report, signal })
  await using last = new TestRun(chain, options, signal)
  const ground = await last.ground(whole)
  const sights: Sight[][] = []
  for (const [index, point] of points.entries()) {
    const artefacts = await kernelAt(chain, generated, point, options, watch(index)).catch((error: unknown) => {
      if (!(error instanceof CompileFailed)) throw error
    })
    const own = withResultsIn({ ...options, files }, String(index).padStart(2, '0'))
    sights.push(artefacts ? await sightsAt(chain, artefacts, own, ground, watch(index)) : [])
  }
  return historiesOf(sights)
}

/** The commits of the last series of the chain, behind what they stand on. */
const pointsOf = (chain: readonly Series[], { commits }: Generated, base: ProvableSeries['base']): Point[] => {
  const points = commits.map(({ hash, tree, subject }) => ({ commit: hash, treeHash: tree, subject }))
  const first = commits.findIndex(({ series }) => series === nameOf(chain))
  const before = points[first - 1] ?? { ...base, subject: 'the base' }
  return [before, ...points.slice(first)]
}

interface Watched {
  readonly report: Report
  readonly signal: AbortSignal
}

/** The kernel at a commit, with what of the configuration it knows. */
const kernelAt = async (
  chain: readonly Series[],
  generated: Generated,
  { commit, treeHash }: Pick<Point, 'commit' | 'treeHash'>,
  options: RunOptions,
  watched: Watched,
): Promise<Artefacts> => {
  const spec = { ...(await buildSpec(chain, options)), partial: true }
  const known = await findArtefacts(treeHash, spec, watched.signal)
  if (known) return known
  return await build({ ...spec, workTree: { name: workTreeName(chain, generated), commit, treeHash } }, watched)
}

const sightsAt = async (
  chain: readonly Series[],
  artefacts: Artefacts,
  options: RunOptions,
  ground: Ground,
  { report, signal }: Watched,
): Promise<Sight[]> => {
  await using run = new TestRun(chain, options, signal, ground)
  const { results } = await run.on(artefacts, report)
  return results
    .filter(({ group }) => group.endsWith('.test.ts'))
    .map(result => ({ file: result.group, title: result.title, pass: result.verdict !== 'skip' && isGood(result) }))
}
