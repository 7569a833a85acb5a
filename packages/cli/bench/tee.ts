import { join } from 'node:path'
import type { Artefacts } from '@kseries/kernel'
import { buildAgent, serveSession, sysAbi, sysIncludes } from '@kseries/kselftest-ts'
import { bareInit, boot, devConsole, initramfs } from '@kseries/machine'
import { describeAbi } from '@kseries/uapi-headers'
import { events, kseries, lastEvent, text } from '../e2e/kseries.ts'
import { quantile } from '../src/compare/measure.ts'
import { testFirmware } from '../src/run/firmware.ts'
import { bootGuest } from '../src/run/guest.ts'
import { machines } from '../src/run/machines.ts'
import { type Figure, inTurns, median, ratio, seconds } from './measure.ts'

const machine = 'qemu-arm64-optee'
const signal = AbortSignal.timeout(60 * 60_000)

const must = async (args: readonly string[]) => {
  const { exitCode, stdout, stderr } = await kseries(args)
  if (exitCode !== 0) throw new Error(`kseries ${args.join(' ')} exited with ${exitCode}:\n${stderr}`)
  return stdout
}

/** The machine with OP-TEE: its boot against a bare init on the same firmware and image; then what keys and samples take. */
export const teeFigures = async (rounds: number, folder: string): Promise<Figure[]> => {
  const artefacts = lastEvent(
    await must(['build', '--machine', machine, '--json']),
    'artefacts',
  ) as unknown as Artefacts
  return [...(await boots(artefacts, rounds, folder)), ...(await costs(folder))]
}

const boots = async ({ headers, sources: tree, ...artefacts }: Artefacts, rounds: number, folder: string) => {
  const { arch, image } = artefacts
  const { bios: firmware } = await testFirmware({}, { signal })
  const { board } = machines[machine]
  const abi = sysAbi(await describeAbi({ headers, tree, abi: arch, includes: sysIncludes }))
  const agent = await buildAgent({ tree, headers, abi: arch })
  const options = { machine, transport: 'virtio', noise: 0, profile: 'fast' } as const
  const report = () => {}
  const bare = initramfs([devConsole, { kind: 'file', path: 'init', mode: 0o755, data: bareInit(arch) }])
  const taken = await inTurns(rounds, {
    bare: () =>
      seconds(async () => {
        const spec = { arch, board, image, firmware, initramfs: bare, cmdline: 'kunit.autorun=0', cpus: 2 }
        await using booted = await boot(spec, { logDir: folder, signal })
        await booted.exited
      }),
    answered: async () => {
      const started = performance.now()
      const given = { artefacts: { headers, sources: tree, ...artefacts }, agent, firmware, options, report }
      const { machine: booted, guest } = await bootGuest({ ...given, logDir: folder, signal })
      await using _machine = booted
      await using session = await serveSession({ guest, abi })
      await (await session.link()).service.getpid()
      return (performance.now() - started) / 1000
    },
  })
  return [
    { name: 'OP-TEE: bare init, power-on to QEMU gone', median: median(taken.bare), unit: 's', runs: taken.bare },
    { name: 'OP-TEE: power-on to first call', median: median(taken.answered), unit: 's', runs: taken.answered },
    ratio('… against the bare init', taken.answered, taken.bare, '≤ 1.3'),
  ] as const
}

/** What securekey-tee/selftests/cost.test.ts says. */
const costs = async (folder: string): Promise<Figure[]> => {
  const results = join(folder, 'tee')
  const titles = ['a command for a key*', 'a sample of*'].flatMap(glob => ['--test', glob])
  await must(['run', '--machine', machine, '--fresh', '--results', results, ...titles])
  const lines = events(await text(join(results, 'results.ndjson'))).flatMap(
    ({ log }) => (log as string[] | undefined) ?? [],
  )
  return lines
    .map(line => JSON.parse(line) as { what: string; calls: number; times: number[] })
    .map(({ what, calls, times }) => ({
      name: `OP-TEE: ${what}, commands: ${calls}, p99: ${(quantile(times, 0.99) / 1000).toFixed(1)} ms`,
      median: quantile(times, 0.5) / 1000,
      unit: 'ms',
      runs: times.map(time => time / 1000),
    }))
}
