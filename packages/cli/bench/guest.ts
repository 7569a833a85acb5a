import type { Artefacts } from '@kseries/kernel'
import { buildAgent, serveSession, sysAbi, sysIncludes } from '@kseries/kselftest-ts'
import { bareInit, boot, devConsole, initramfs } from '@kseries/machine'
import { describeAbi } from '@kseries/uapi-headers'
import { bootGuest } from '../src/run/guest.ts'
import { type MachineName, machines } from '../src/run/machines.ts'
import { type Figure, inTurns, median, ratio, seconds } from './measure.ts'

const signal = AbortSignal.timeout(30 * 60_000)

/** A machine with firmware of its own, and where that is. */
export interface OnFirmware {
  readonly machine: MachineName
  readonly firmware: string
}

/**
 * Boots in turns: a bare init that powers off, and the agent until its first call is answered.
 * @param label - what the figures' names begin with.
 * @returns the figures, and how to boot the agent once more.
 */
export const boots = async (
  artefacts: Artefacts,
  { rounds, folder, label = '', on }: { rounds: number; folder: string; label?: string; on?: OnFirmware },
) => {
  const { headers, sources: tree, arch, image } = artefacts
  const abi = sysAbi(await describeAbi({ headers, tree, abi: arch, includes: sysIncludes }))
  const agent = await buildAgent({ tree, headers, abi: arch })
  const options = { transport: 'virtio', noise: 0, profile: 'fast', ...(on && { machine: on.machine }) } as const
  const firmware = on?.firmware
  const bootAgent = () => bootGuest({ artefacts, agent, options, firmware, logDir: folder, signal, report: () => {} })
  const bare = initramfs([devConsole, { kind: 'file', path: 'init', mode: 0o755, data: bareInit(arch) }])
  const size = on ? { board: machines[on.machine].board, firmware: on.firmware } : { memory: 384 }

  const taken = await inTurns(rounds, {
    bare: () =>
      seconds(async () => {
        const spec = { arch, image, initramfs: bare, cmdline: 'kunit.autorun=0', cpus: 2, ...size }
        await using machine = await boot(spec, { logDir: folder, signal })
        await machine.exited
      }),
    answered: async () => {
      const started = performance.now()
      const { machine, guest } = await bootAgent()
      await using _machine = machine
      await using session = await serveSession({ guest, abi })
      await (await session.link()).service.getpid()
      return (performance.now() - started) / 1000
    },
  })
  const figures: Figure[] = [
    { name: `${label}bare init, power-on to QEMU gone`, median: median(taken.bare), unit: 's', runs: taken.bare },
    {
      name: `${label}power-on to first call answered`,
      median: median(taken.answered),
      unit: 's',
      runs: taken.answered,
    },
    ratio('… against the bare init', taken.answered, taken.bare, '≤ 1.3'),
  ]
  return { figures, bootAgent, abi }
}

/** Boot to the first answered call against a bare init that powers off; then rates of remote calls. */
export const guestFigures = async (artefacts: Artefacts, rounds: number, folder: string): Promise<Figure[]> => {
  const { figures, bootAgent, abi } = await boots(artefacts, { rounds, folder })
  const { machine, guest } = await bootAgent()
  await using _machine = machine
  await using session = await serveSession({ guest, abi })
  const { service: sys } = await session.link()
  const calls = 2_000
  const rates: number[] = []
  const alone: number[] = []
  for (let round = 0; round < rounds; round++) {
    const taken = await seconds(() =>
      sys.program(p => {
        for (let call = 0; call < calls; call++) p.syscall('getpid')
      }),
    )
    rates.push(calls / taken)
    for (let call = 0; call < 200; call++) alone.push(1000 * (await seconds(() => sys.getpid())))
  }
  return [
    ...figures,
    { name: 'remote calls in programs', median: median(rates), unit: '/s', runs: rates, target: '≥ 5000' },
    { name: 'one remote call alone', median: median(alone), unit: 'ms', runs: alone, target: '< 1' },
  ]
}
