import { Interrupted, step } from '@kseries/host'
import { bootVerdict } from './boot-verdict.ts'
import { BootFailed } from './errors.ts'
import type { Machine } from './machine.ts'
import { defaultBoard, type MachineSpec } from './spec.ts'
import { type StartOptions, start } from './start.ts'
import type { ConsoleEvent } from './watch/console-watch.ts'

export interface BootOptions extends StartOptions {
  /** Milliseconds from power-on until `ready`. @default 60000 */
  readonly bootDeadline?: number
  /**
   * Resolves when the guest is where it is wanted; a boot is done then. Gets an own signal, which ends the wait. Without it
   * a boot is done when QEMU runs.
   */
  readonly ready?: (machine: Machine, signal: AbortSignal) => Promise<unknown>
}

/**
 * Boots a machine.
 *
 * @returns the running machine; dispose it. It dies with this process, however that ends.
 * @throws QemuMissing, BootFileMissing, BoardUnfit, QemuStartFailed before the machine ran; BootFailed with a verdict
 * (panic, boot-timeout, infra) when it did not come to `ready`; Interrupted when the signal fired. Nothing is left running.
 */
export const boot = (spec: MachineSpec, options: BootOptions): Promise<Machine> => {
  const work = async () => {
    const machine = await start(spec, options)
    try {
      if (options.ready) await waitReady(machine, options.ready, options)
      return machine
    } catch (error) {
      await machine.stop()
      throw error
    }
  }
  if (!options.report) return work()
  const title = `boot ${spec.arch} on ${spec.board ?? defaultBoard(spec.arch)}`
  return step(
    options.report,
    title,
    work,
    machine => `${((performance.now() - machine.poweredOnAt) / 1000).toFixed(1)} s`,
  )
}

/** For `ready`: a line of the console. */
export const consoleSays =
  (pattern: RegExp) =>
  async (machine: Machine, signal: AbortSignal): Promise<void> => {
    // Without a line the console has closed, which the boot sees for itself.
    const line = await machine.console.waitForLine(text => pattern.test(text), signal)
    if (line === undefined) await new Promise((_resolve, reject) => signal.addEventListener('abort', reject))
  }

const waitReady = async (
  machine: Machine,
  ready: NonNullable<BootOptions['ready']>,
  { signal, bootDeadline = 60_000 }: BootOptions,
): Promise<void> => {
  const over = new AbortController()
  const left = Math.max(0, Math.ceil(bootDeadline - (performance.now() - machine.poweredOnAt)))
  const timeout = AbortSignal.timeout(left)
  const given = AbortSignal.any([over.signal, timeout, ...(signal ? [signal] : [])])
  const aborted = new Promise<'aborted'>(resolve => {
    if (given.aborted) resolve('aborted')
    given.addEventListener('abort', () => resolve('aborted'), { once: true })
  })
  // A panic that does not end the machine (panic=0 on the command line) is no reason to wait for the deadline.
  const panicked = Promise.withResolvers<'panicked'>()
  const onEvent = (event: ConsoleEvent) => {
    if (event.kind === 'finding' && event.finding.kind === 'panic') panicked.resolve('panicked')
  }
  const stops = [machine.console.listen(onEvent), machine.secureConsole?.listen(onEvent)]
  // Only its failure, such as a full disk, is of interest: its end is QEMU's too.
  const consoleBroke = machine.console.closed.then(() => machine.exited.then(() => 'exited' as const))
  consoleBroke.catch(() => {})
  try {
    const isReady = ready(machine, given)
    isReady.catch(() => {})
    const first = await Promise.race([
      isReady.then(() => 'ready' as const),
      machine.exited.then(() => 'exited' as const),
      panicked.promise,
      consoleBroke,
      aborted,
    ]).catch((error: unknown) => {
      // The wait may see the abort before we do.
      if (given.aborted) return 'aborted' as const
      throw error
    })
    if (first === 'ready') return
    if (signal?.aborted) throw new Interrupted('boot', signal.reason)
    const ended = first === 'exited' ? await machine.exited : undefined
    throw new BootFailed(bootVerdict(machine, ended, bootDeadline), machine.console.logPath)
  } finally {
    for (const stop of stops) stop?.()
    over.abort()
  }
}
