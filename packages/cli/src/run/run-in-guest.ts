import { dirname, join } from 'node:path'
import type { Report } from '@kseries/host'
import type { Artefacts } from '@kseries/kernel'
import {
  NoSuchSuite,
  runKselftests,
  runKunit,
  runSelftests,
  type Session,
  scanForLeaks,
  serveSession,
  strayResults,
  sysAbi,
  type TestResult,
} from '@kseries/kselftest-ts'
import { type Accelerator, bootVerdict, type Machine, type Verdict } from '@kseries/machine'
import type { Series } from '@kseries/patchgen'
import { type AbiDescription, abiPath } from '@kseries/uapi-headers'
import { keepCounts } from './coverage.ts'
import { bootGuest, endOf } from './guest.ts'
import type { RunOptions } from './options.ts'
import { paramsOf, runsEverything, testFiles } from './test-files.ts'

/** What is run, and on what. */
export interface Subject {
  readonly chain: readonly Series[]
  readonly layouts: AbiDescription
  readonly agent: string
  /** May still be in the making: the tests are loaded meanwhile. */
  readonly kernel: Promise<BootableKernel>
}

/** A kernel, and what runs it. */
export interface BootableKernel {
  readonly artefacts: Artefacts
  readonly accelerator: Accelerator
  /** Path of its machine's firmware, if that has one of its own. */
  readonly firmware?: string | undefined
  /** The folder of the packages that are put into the guest, if any are. */
  readonly packages?: string | undefined
}

export interface RunInGuestOptions {
  readonly options: RunOptions
  /** For consoles' logs: of the first guest in it, of those after one that died in `guest-2` … */
  readonly folder: string
  readonly report: Report
  readonly signal: AbortSignal
}

/** Sanitizers make a guest slower, a UART the line, and noise has all sent again and again; deadlines are that much longer. */
const SLOWER = { profile: { fast: 1, debug: 4, coverage: 2 }, transport: { virtio: 1, console: 4 }, noise: 4 } as const

/** The secure world runs under TCG alone, which is slower, and so is firmware that boots before the kernel. */
const SECURE_SLOWER = 2

const BOOT_DEADLINE = 60_000

/** Milliseconds for a KUnit suite. */
const SUITE_DEADLINE = 60_000

/**
 * Boots the kernel, runs the chain's selftests, its KUnit suites, a scan for leaks where the kernel has kmemleak. A series that has
 * neither tests nor suites is booted.
 *
 * @returns results, and `broken` instead when the first guest did not come up.
 * @throws what the kernel's making throws; what boot() throws before the machine runs; AvaFailed, NoSuchTest; Interrupted
 */
export const runInGuest = async (
  { chain, layouts, agent, kernel }: Subject,
  { options, folder, report, signal }: RunInGuestOptions,
): Promise<{ readonly results: readonly TestResult[]; readonly broken: Verdict | undefined }> => {
  const { profile, transport, noise } = options
  const world = options.machine === undefined ? 1 : SECURE_SLOWER
  const deadline = BOOT_DEADLINE * SLOWER.profile[profile] * world
  const timeFactor = world * SLOWER.profile[profile] * SLOWER.transport[transport] * (noise > 0 ? SLOWER.noise : 1)
  const machines: Machine[] = []
  // If the first guest does not come up, tests are in vain, and so are guests after it.
  const inVain = new AbortController()
  const stopAll = async () => void (await Promise.all(machines.map(machine => machine.stop())))
  const bootNext = async () => {
    inVain.signal.throwIfAborted()
    // One that hangs would go on taking the processors.
    await stopAll()
    const logDir = machines.length === 0 ? folder : join(folder, `guest-${machines.length + 1}`)
    const { machine, guest } = await bootGuest({ ...(await kernel), agent, options, logDir, signal, report })
    machines.push(machine)
    return guest
  }
  await using cleanup = new AsyncDisposableStack()
  cleanup.defer(stopAll)
  const session = await serveSession({
    guest: bootNext(),
    reboot: bootNext,
    abi: sysAbi(layouts),
    params: paramsOf(chain, options.machine),
    bootTimeout: deadline,
    timeFactor,
    signal,
  })
  cleanup.use(session)

  // ava loads the tests while the guest boots.
  const tests = selftests(session, chain, {
    layouts,
    options,
    report,
    signal: AbortSignal.any([signal, inVain.signal]),
  })
  tests.catch(() => {})
  try {
    await session.link()
  } catch (error) {
    inVain.abort(error)
    const [machine] = machines
    const broken = machine && ((await endOf(machine)) ?? bootVerdict(machine, undefined, deadline))
    await tests.catch(() => {})
    signal.throwIfAborted()
    if (!broken) throw error
    return { results: [], broken }
  }
  return {
    results: [...(await tests), ...(await afterwards(session, chain, await kernel, options, report, signal, folder))],
    broken: undefined,
  }
}

const selftests = async (
  session: Session,
  chain: readonly Series[],
  given: {
    readonly layouts: AbiDescription
    readonly options: RunOptions
    readonly report: Report
    readonly signal: AbortSignal
  },
): Promise<readonly TestResult[]> => {
  const { layouts, options, report, signal } = given
  return await runSelftests({
    files: options.files ?? (await testFiles(chain)),
    session,
    root: dirname(chain.at(-1)?.folder ?? '.'),
    env: { KSERIES_ABI: abiPath(layouts) },
    match: options.test,
    onResult: counter(report),
    signal,
  })
}

/** What is run when the selftests are over. Whatever goes wrong there is a result; none of theirs is lost. */
const afterwards = async (
  session: Session,
  chain: readonly Series[],
  { artefacts }: BootableKernel,
  options: RunOptions,
  report: Report,
  signal: AbortSignal,
  folder: string,
): Promise<readonly TestResult[]> => {
  const isAll = await runsEverything(chain, options)
  const suites = isAll ? chain.flatMap(({ meta }) => meta.kunit) : []
  const programs = isAll ? artefacts.selftests : undefined
  const nothing = suites.length === 0 && programs === undefined && (await testFiles(chain)).length === 0
  const parts = [
    ...(nothing ? [{ title: 'boot', work: async () => [await booted(session)] }] : []),
    ...(suites.length > 0
      ? [
          {
            title: 'KUnit',
            work: () => runKunit(session, suites, { deadline: SUITE_DEADLINE, onResult: counter(report) }),
          },
        ]
      : []),
    ...(programs === undefined
      ? []
      : [
          {
            title: "the tree's selftests",
            work: () => runKselftests(session, programs, { onResult: counter(report) }),
          },
        ]),
    ...(artefacts.coverageNotes === undefined
      ? []
      : [{ title: 'coverage', work: async () => await keepCounts((await session.link()).service, folder) }]),
    { title: 'memory leaks', work: () => scanForLeaks(session) },
    { title: "the kernel's messages", work: () => strayResults(session) },
  ]
  const results: TestResult[] = []
  for (const { title, work } of parts) {
    try {
      results.push(...(await work()))
    } catch (error) {
      signal.throwIfAborted()
      const verdict = error instanceof NoSuchSuite ? 'fail' : 'infra'
      const message = error instanceof Error ? error.message : String(error)
      results.push({ group: 'session', title, verdict, duration: 0, message, findings: [], log: [] })
    }
  }
  return results
}

const booted = async (session: Session): Promise<TestResult> => {
  await (await session.link()).service.getpid()
  return { group: 'guest', title: 'boot', verdict: 'pass', duration: 0, findings: [], log: [] }
}

const counter = (report: Report) => {
  let done = 0
  return ({ title, verdict }: TestResult) =>
    report({ kind: 'update', id: 'tests', text: `${++done} ${verdict} ${title}` })
}
