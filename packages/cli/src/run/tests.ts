import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { cachePath, exists, folderKey, type Report } from '@kseries/host'
import { buildAgent, runKunit, runSelftests, serveSession, sysAbi, type TestResult } from '@kseries/kselftest-ts'
import {
  type Accelerator,
  bootVerdict,
  exitVerdict,
  type Machine,
  proveAccelerator,
  type Verdict,
} from '@kseries/machine'
import type { Series } from '@kseries/patchgen'
import { type AbiDescription, abiPath } from '@kseries/uapi-headers'
import { nameOf, projectRoot } from '../series.ts'
import type { Stage } from '../ui/stage.ts'
import { bootGuest } from './guest.ts'
import type { ImageContext } from './image.ts'
import { layoutsOf, updateTypes } from './layouts.ts'
import type { RunOptions } from './options.ts'
import { type Outcome, outcomeOf, writeResults } from './outcome.ts'
import { recall, remember, type VerdictInputs } from './remember.ts'

export type { Outcome } from './outcome.ts'

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
      const inputs = await verdictInputs(chain, context, options)
      const known = options.fresh
        ? undefined
        : await recall<{ outcome: Outcome; results: readonly TestResult[] }>(inputs)
      if (known && (await exists(known.outcome.files['ktap'] ?? ''))) {
        context.results = known.results
        context.outcome = known.outcome
        return 'nothing changed: the verdict is known'
      }
      const started = new Date()
      const folder = options.results ?? cachePath('results', `${stamp(started)}-${nameOf(chain)}-${options.arch}`)
      const { results, broken } = await runTests(chain, context, { options, folder, report, signal })
      const outcome = { ...outcomeOf(results, broken), files: await writeResults(folder, results, broken) }
      context.results = results
      context.outcome = outcome
      // A verdict on our own machine's troubles is none on the series.
      if (outcome.verdict.kind !== 'infra') {
        await remember(inputs, { outcome: { ...outcome, remembered: started.toISOString() }, results })
      }
      return `${outcome.counts.pass} passed, ${outcome.counts.fail} failed, ${outcome.counts.skip} skipped`
    },
  },
]

const stamp = (date: Date) =>
  `${date.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}-${process.pid}`

/** Everything that a verdict depends on: the image, the tests, what runs them, and how. */
const verdictInputs = async (
  chain: readonly Series[],
  { artefacts, layouts, agent }: TestContext,
  { board, profile, accel, transport, noise, test }: RunOptions,
): Promise<VerdictInputs> => ({
  image: artefacts?.key,
  layouts: layouts?.key,
  agent,
  tests: await Promise.all(chain.map(({ folder }) => folderKey(join(folder, 'selftests')).catch(() => ''))),
  kunit: chain.flatMap(({ meta }) => meta.kunit),
  harness: await Promise.all(
    ['host', 'uapi-headers', 'machine', 'kselftest-ts', 'cli'].map(name =>
      folderKey(join(projectRoot, 'packages', name, 'src')),
    ),
  ),
  board,
  profile,
  accel,
  transport,
  noise,
  test,
})

/** A guest that did not come up: its verdict is the run's. */
type Broken = Exclude<Verdict, { kind: 'pass' | 'skip' | 'fail' }>

const BOOT_DEADLINE = { fast: 60_000, debug: 180_000 } as const

const runTests = async (
  chain: readonly Series[],
  { artefacts, layouts, agent }: TestContext,
  given: {
    readonly options: RunOptions
    readonly folder: string
    readonly report: Report
    readonly signal: AbortSignal
  },
): Promise<{ readonly results: readonly TestResult[]; readonly broken: Broken | undefined }> => {
  if (!artefacts || !layouts || !agent) throw new TypeError('Cannot test what was not built')
  const { options, folder, report, signal } = given
  const accelerator = await acceleratorFor(options, { signal, report })
  const machines: Machine[] = []
  const bootNext = async () => {
    const logDir = machines.length === 0 ? folder : join(folder, `guest-${machines.length + 1}`)
    const { machine, guest } = await bootGuest({ artefacts, agent, accelerator, options, logDir, signal, report })
    machines.push(machine)
    return guest
  }
  await using cleanup = new AsyncDisposableStack()
  cleanup.defer(async () => void (await Promise.all(machines.map(machine => machine.stop()))))
  const deadline = BOOT_DEADLINE[options.profile]
  const session = await serveSession({
    guest: bootNext(),
    reboot: bootNext,
    abi: sysAbi(layouts),
    params: { provider: 'soft' },
    bootTimeout: deadline,
    signal,
  })
  cleanup.use(session)

  // ava loads the tests while the guest boots; if the guest does not come up they are in vain.
  const inVain = new AbortController()
  const up = session.link().then(
    () => undefined,
    (error: unknown) => {
      inVain.abort(error)
      return { error }
    },
  )
  const both = AbortSignal.any([signal, inVain.signal])
  let done = 0
  const tests = runSelftests({
    files: await testFiles(chain),
    session,
    root: dirname(chain.at(-1)?.folder ?? '.'),
    env: { KSERIES_ABI: abiPath(layouts) },
    match: options.test,
    onResult: ({ title, verdict }) => report({ kind: 'update', id: 'tests', text: `${++done} ${verdict} ${title}` }),
    signal: both,
  }).catch((error: unknown) => {
    if (!inVain.signal.aborted || signal.aborted) throw error
    return [] as readonly TestResult[]
  })
  const failed = await up
  if (failed) {
    await tests
    signal.throwIfAborted()
    const [machine] = machines
    if (!machine) throw failed.error
    const verdict = machine.ended
      ? exitVerdict(await machine.exited, machine.console.findings, machine.console.lastLines(15))
      : bootVerdict(machine, undefined, deadline)
    return { results: [], broken: verdict as Broken }
  }
  const selftests = await tests
  const suites = chain.flatMap(({ meta }) => meta.kunit)
  const kunit =
    suites.length === 0 || options.test.length > 0 ? [] : await runKunit(session, suites)
  return { results: [...selftests, ...kunit], broken: undefined }
}

/** What was asked for; of TCG what is known to work here, if that was the answer anyway. */
const acceleratorFor = async (
  { arch, accel }: RunOptions,
  options: { readonly signal: AbortSignal; readonly report: Report },
): Promise<Accelerator> => {
  const proven = await proveAccelerator(arch, options)
  return accel === 'auto' || accel === proven.kind ? proven : { kind: accel, why: 'asked for on the command line' }
}

const testFiles = async (chain: readonly Series[]): Promise<string[]> => {
  const lists = await Promise.all(
    chain.map(async ({ folder }) => {
      const selftests = join(folder, 'selftests')
      const names = await readdir(selftests).catch(() => [])
      return names
        .filter(name => name.endsWith('.test.ts'))
        .toSorted()
        .map(name => join(selftests, name))
    }),
  )
  return lists.flat()
}
