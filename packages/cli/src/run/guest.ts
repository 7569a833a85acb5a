import { randomInt } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Duplex } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { Report } from '@kseries/host'
import type { Artefacts } from '@kseries/kernel'
import { consoleText, type Guest } from '@kseries/kselftest-ts'
import {
  type Accelerator,
  boot,
  bothWorlds,
  type Channel,
  devConsole,
  exitVerdict,
  folderEntries,
  initramfs,
  type Machine,
  type MachineSpec,
  type Verdict,
} from '@kseries/machine'
import { machineOf } from './machines.ts'
import type { RunOptions } from './options.ts'

export interface GuestOptions {
  readonly artefacts: Artefacts
  /** The agent's program: the guest's init. */
  readonly agent: string
  /** @default what proveAccelerator() says */
  readonly accelerator?: Accelerator
  /** Path of the machine's firmware, if it has one of its own. */
  readonly firmware?: string | undefined
  /** A folder whose content the guest has besides. */
  readonly packages?: string | undefined
  /** @default two: races need them */
  readonly cpus?: number
  readonly options: Pick<RunOptions, 'board' | 'machine' | 'transport' | 'noise' | 'profile'>
  readonly logDir: string
  readonly signal: AbortSignal
  readonly report: Report
}

/** A guest for tests, with the machine it runs on. */
export interface BootedGuest {
  readonly machine: Machine
  readonly guest: Guest
}

/** MiB. Sanitizers take memory. A machine with firmware has the memory that is laid out for it. */
const MEMORY = { fast: 384, debug: 1536, coverage: 384 } as const

/**
 * Boots the kernel with the agent as its init. Returns when QEMU runs: the session waits for the agent itself.
 * @throws what boot() throws before the machine runs
 */
export const bootGuest = async (given: GuestOptions): Promise<BootedGuest> => {
  const { artefacts, agent, accelerator, firmware, packages, cpus = 2, options, logDir, signal, report } = given
  const board = machineOf(options.machine)?.board ?? options.board
  const shared = options.transport === 'console'
  const spec: MachineSpec = {
    arch: artefacts.arch,
    ...(board && { board }),
    image: artefacts.image,
    initramfs: initramfs([
      devConsole,
      { kind: 'file', path: 'init', mode: 0o755, data: await readFile(agent) },
      ...(packages === undefined ? [] : await folderEntries(packages)),
    ]),
    // KUnit suites are run through debugfs, when it is their turn; a boot does not wait for them.
    cmdline: `kunit.autorun=0${shared ? ' kseries.transport=console' : ''}`,
    ...(accelerator && { accelerator }),
    sharedConsole: shared,
    ...(firmware === undefined ? { memory: MEMORY[options.profile] } : { firmware }),
    cpus,
  }
  const machine = await boot(spec, { logDir, signal, report })
  if (shared) machine.console.textOf = consoleText()
  const line = machine.channel(shared ? 'console' : 'agent')
  const channel = shared && firmware !== undefined ? behindBootLoader(line, machine) : line
  const transport = options.noise === 0 ? channel : noisy(channelDuplex(channel), options.noise)
  const codec = shared ? 'console' : 'binary'
  const guest: Guest = {
    transport,
    codec,
    console: bothWorlds(machine),
    exited: machine.exited,
    memory: { pieces: () => machine.memory.pieces() },
  }
  return { machine, guest }
}

/** How a guest ended whose line did, which it does a moment before, and before its last words are read; undefined if it lives. */
export const endOf = async (machine: Machine): Promise<Verdict | undefined> => {
  const exit = await Promise.race([machine.exited, delay(2_000, undefined, { ref: false })])
  return exit && exitVerdict(exit, machine.findings, machine.console.lastLines(15))
}

/**
 * A console that firmware had before the kernel: a boot loader takes what is typed for a wish to stop. Until the kernel speaks it is
 * not sent; the framing has it sent again.
 */
const behindBootLoader = (channel: Channel, { console }: Machine): Channel => {
  let isKernel = false
  const stop = console.listen(event => {
    if (event.kind !== 'line' || event.line.kernelTime === undefined) return
    isKernel = true
    stop()
  })
  return {
    readable: channel.readable,
    write: async data => (isKernel ? await channel.write(data) : undefined),
    close: () => channel.close(),
  }
}

const channelDuplex = (channel: Channel): Duplex => {
  const line = new Duplex({
    read: () => {},
    write: (chunk: Uint8Array, _encoding, done) => void channel.write(chunk).then(() => done(), done),
    destroy: (error, done) => void channel.close().then(() => done(error), done),
  })
  const pump = async () => {
    for await (const chunk of channel.readable) line.push(chunk)
  }
  pump().then(
    () => line.push(null),
    error => line.destroy(error),
  )
  return line
}

/** A line that flips one bit of a share of the bytes, both ways. */
const noisy = (line: Duplex, share: number): Duplex => {
  const flip = (chunk: Uint8Array) => {
    const bytes = Uint8Array.from(chunk)
    for (let at = 0; at < bytes.length; at++) {
      if (Math.random() < share) bytes[at] = (bytes[at] ?? 0) ^ (1 << randomInt(8))
    }
    return bytes
  }
  const bad = new Duplex({
    read: () => {},
    write: (chunk: Uint8Array, _encoding, done) => void line.write(flip(chunk), done),
    destroy: (error, done) => {
      line.destroy()
      done(error)
    },
  })
  line.on('data', (chunk: Uint8Array) => void bad.push(flip(chunk)))
  line.once('end', () => bad.push(null))
  line.once('error', error => bad.destroy(error))
  return bad
}
