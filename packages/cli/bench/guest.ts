import type { Artefacts } from '@kseries/kernel'
import { buildAgent, serveSession, sysAbi, sysIncludes } from '@kseries/kselftest-ts'
import { bareInit, boot, devConsole, initramfs } from '@kseries/machine'
import { describeAbi } from '@kseries/uapi-headers'
import { bootGuest } from '../src/run/guest.ts'
import { type Figure, inTurns, median, ratio, seconds } from './measure.ts'

const signal = AbortSignal.timeout(30 * 60_000)

/** Boot to the first answered call against a bare init that powers off; then rates of remote calls. */
export const guestFigures = async (artefacts: Artefacts, rounds: number, folder: string): Promise<Figure[]> => {
  const { headers, sources: tree, arch } = artefacts
  const abi = sysAbi(await describeAbi({ headers, tree, abi: arch, includes: sysIncludes }))
  const agent = await buildAgent({ tree, headers, abi: arch })
  const options = { transport: 'virtio', noise: 0, profile: 'fast' } as const
  const bootAgent = () => bootGuest({ artefacts, agent, options, logDir: folder, signal, report: () => {} })
  const bare = initramfs([devConsole, { kind: 'file', path: 'init', mode: 0o755, data: bareInit(arch) }])

  const boots = await inTurns(rounds, {
    bare: () =>
      seconds(async () => {
        await using machine = await boot(
          { arch, image: artefacts.image, initramfs: bare, cmdline: 'kunit.autorun=0', memory: 384, cpus: 2 },
          { logDir: folder, signal },
        )
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
    { name: 'bare init, power-on to QEMU gone', median: median(boots.bare), unit: 's', runs: boots.bare },
    { name: 'power-on to first call answered', median: median(boots.answered), unit: 's', runs: boots.answered },
    ratio('… against the bare init', boots.answered, boots.bare, '≤ 1.3'),
    { name: 'remote calls in programs', median: median(rates), unit: '/s', runs: rates, target: '≥ 5000' },
    { name: 'one remote call alone', median: median(alone), unit: 'ms', runs: alone, target: '< 1' },
  ]
}
