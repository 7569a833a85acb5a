import { join } from 'node:path'
import type { Artefacts } from '@kseries/kernel'
import { events, kseries, lastEvent, text } from '../e2e/kseries.ts'
import { quantile } from '../src/compare/measure.ts'
import { testFirmware } from '../src/run/firmware.ts'
import { boots } from './guest.ts'
import type { Figure } from './measure.ts'

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
  const { bios: firmware } = await testFirmware({}, { signal })
  const { figures } = await boots(artefacts, { rounds, folder, label: 'OP-TEE: ', on: { machine, firmware } })
  return [...figures, ...(await costs(folder))]
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
    .map(line => JSON.parse(line) as { what: string; calls: number; smc: number; share: number; times: number[] })
    .map(({ what, calls, smc, share, times }) => ({
      name: `OP-TEE: ${what}, commands: ${calls}, calls to the secure world: ${smc}, ${share} % of the time there, p99: ${(quantile(times, 0.99) / 1000).toFixed(1)} ms`,
      median: quantile(times, 0.5) / 1000,
      unit: 'ms',
      runs: times.map(time => time / 1000),
    }))
}
