import { cp } from 'node:fs/promises'
import type { Firmware } from '@kseries/firmware'
import { cachePath, exists, type Report, silent } from '@kseries/host'
import type { Artefacts, ExportedHeaders, PackagesRoot } from '@kseries/kernel'
import { buildAgent, type TestResult } from '@kseries/kselftest-ts'
import { type Accelerator, acceleratorFor, type Verdict } from '@kseries/machine'
import type { Series } from '@kseries/patchgen'
import type { AbiDescription } from '@kseries/uapi-headers'
import { nameOf } from '../series.ts'
import { testFirmware } from './firmware.ts'
import { guestPackages } from './guest-packages.ts'
import { layoutsOf, updateTypes } from './layouts.ts'
import { machineOf } from './machines.ts'
import { BadOption, type RunOptions } from './options.ts'
import { type Outcome, outcomeOf, resultFiles, writeResults } from './outcome.ts'
import { recall, remember } from './remember.ts'
import { type BootableKernel, runInGuest } from './run-in-guest.ts'
import { testInputs, verdictInputs } from './verdict-inputs.ts'
import { type Remembered, subjectOf } from './verdict-subject.ts'

/** What tests need of a kernel besides its image. */
export interface Ground {
  readonly layouts: AbiDescription
  /** The agent's program. */
  readonly agent: string
  /** Files with types that were brought up to date. */
  readonly written: readonly string[]
}

/** What came of the tests. */
export interface Tested {
  readonly results: readonly TestResult[]
  readonly outcome: Outcome
}

/**
 * The tests of one run. They can begin before their kernel is there: layouts, the agent, and loading the test files need its
 * headers only. Compilers are not kept waiting by that, but the linker leaves a processor idle.
 */
export class TestRun implements AsyncDisposable {
  readonly #chain: readonly Series[]
  readonly #options: RunOptions
  readonly #stop = new AbortController()
  readonly #signal: AbortSignal
  readonly #kernel = Promise.withResolvers<BootableKernel>()
  #ground: Promise<Ground> | undefined
  #results: Promise<Ran> | undefined
  #testInputs: ReturnType<typeof testInputs> | undefined
  #report: Report = silent
  #firmware: Promise<Firmware & { readonly wasBuilt: boolean }> | undefined
  #packages: Promise<PackagesRoot | undefined> | undefined

  /** @param ground - of another kernel, for tests that ask this one for what it may not know yet. @default its own */
  constructor(chain: readonly Series[], options: RunOptions, signal: AbortSignal, ground?: Ground) {
    this.#chain = chain
    if (ground) this.#ground = Promise.resolve(ground)
    this.#options = options
    this.#signal = AbortSignal.any([signal, this.#stop.signal])
    this.#kernel.promise.catch(() => {})
  }

  /** Layouts and agent. @throws what describing the ABI and compiling the agent throw */
  async ground(headers: ExportedHeaders): Promise<Ground> {
    this.#ground ??= this.#prepare(headers)
    return await this.#ground
  }

  /**
   * The firmware of the machine, if it has one of its own.
   * @throws what buildFirmware() throws
   */
  async firmware(report: Report): Promise<(Firmware & { readonly wasBuilt: boolean }) | undefined> {
    const { machine, ta } = this.#options
    if (machine === undefined) return undefined
    this.#firmware ??= testFirmware(ta === undefined ? {} : { tas: ta }, { report, signal: this.#signal })
    return await this.#firmware
  }

  /**
   * The packages that are put into the guest, if any are.
   * @throws what guestPackages() throws
   */
  async packages(report: Report): Promise<PackagesRoot | undefined> {
    this.#packages ??= guestPackages(this.#options, { report, signal: this.#signal })
    return await this.#packages
  }

  /** Begins with a kernel whose image is yet to come; ground() was asked for. */
  begin(): void {
    this.#results = this.#ground?.then(ground => {
      // As they are now that they are loaded, whatever is saved from here on.
      this.#inputs().catch(() => {})
      return this.#run(ground)
    })
    this.#results?.catch(() => {})
  }

  /**
   * Runs the tests on the kernel, or gives what came of them before.
   * @throws what runInGuest() throws
   */
  async on(artefacts: Artefacts, report: Report): Promise<Tested> {
    const { fresh, arch, machine, board, results: wanted } = this.#options
    this.#report = report
    const ground = await this.ground(artefacts)
    const on = { arch, ...((machineOf(machine)?.board ?? board) && { board: machineOf(machine)?.board ?? board }) }
    const accelerator = this.#accelerator(await acceleratorFor(on, { signal: this.#signal, report }))
    const firmware = await this.firmware(report)
    const packages = await this.packages(report)
    const { layouts, agent } = ground
    const kernel = { artefacts, accelerator, firmware: firmware?.bios, packages: packages?.folder }
    if (this.#results) this.#kernel.resolve(kernel)
    const made = {
      image: artefacts.key,
      firmware: firmware?.key,
      packages: packages?.key,
      layouts: layouts.key,
      agent,
      accelerator,
    }
    const inputs = verdictInputs(made, await this.#inputs())
    const known = fresh || this.#results ? undefined : await recall<Tested>(inputs)
    if (known && (await exists(resultFiles(known.outcome.folder).ktap)))
      return { ...known, outcome: await copyTo(wanted, known.outcome) }
    this.#kernel.resolve(kernel)
    const about = await subjectOf(this.#chain, artefacts.treeHash, this.#options)
    const { results, broken, started, folder } = await (this.#results ?? this.#run(ground))
    await writeResults(folder, results, broken)
    const outcome = { ...outcomeOf(results, broken), folder }
    if (isLasting(outcome.verdict)) {
      const remembered = { ...outcome, remembered: started.toISOString() }
      await remember(inputs, { about, outcome: remembered, results } satisfies Remembered)
    }
    return { results, outcome: await copyTo(wanted, outcome) }
  }

  /** Ends what was begun for a kernel that did not come. */
  async [Symbol.asyncDispose](): Promise<void> {
    const left = new Error('the run is over')
    this.#stop.abort(left)
    this.#kernel.reject(left)
    await Promise.allSettled([this.#ground, this.#results])
  }

  #inputs() {
    this.#testInputs ??= testInputs(this.#chain, this.#options)
    return this.#testInputs
  }

  async #prepare(exported: ExportedHeaders): Promise<Ground> {
    const { arch: abi, headers, sources: tree } = exported
    const signal = this.#signal
    const [layouts, agent] = await Promise.all([
      layoutsOf(this.#chain, exported, signal),
      buildAgent({ tree, headers, abi, signal }),
    ])
    return { layouts, agent, written: await updateTypes(this.#chain, layouts) }
  }

  async #run({ layouts, agent }: Ground): Promise<Ran> {
    const started = new Date()
    const folder = cachePath(
      'results',
      `${stamp(started)}-${nameOf(this.#chain)}-${this.#options.machine ?? this.#options.arch}`,
    )
    const subject = { chain: this.#chain, layouts, agent, kernel: this.#kernel.promise }
    const report: Report = progress => this.#report(progress)
    const ran = await runInGuest(subject, { options: this.#options, folder, report, signal: this.#signal })
    return { ...ran, started, folder }
  }

  /** What was asked for; of TCG what is known to work here, if that was the answer anyway. */
  #accelerator(proven: Accelerator): Accelerator {
    const { accel, machine } = this.#options
    if (machine !== undefined && accel === 'kvm') throw new BadOption('--accel', accel, `tcg with --machine ${machine}`)
    return accel === 'auto' || accel === proven.kind ? proven : { kind: accel, why: 'asked for on the command line' }
  }
}

interface Ran {
  readonly results: readonly TestResult[]
  readonly broken: Verdict | undefined
  readonly started: Date
  readonly folder: string
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
