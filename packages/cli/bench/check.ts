import { copyFile, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { cachePath, run } from '@kseries/host'
import { findToolchain, make } from '@kseries/kernel'
import { kseries, lastEvent, person } from '../e2e/kseries.ts'
import { type Figure, median, ratio, seconds } from './measure.ts'

const check = async (args: readonly string[]): Promise<number> => {
  const result = await kseries(['check', 'securekey', '--quiet', ...args], { env: person })
  if (result.exitCode !== 0) throw new Error(`kseries check exited with ${result.exitCode}:\n${result.stderr}`)
  return result.seconds
}

/** The commits of securekey judged without a compiler: with nothing known of them, and with all. */
export const textChecks = async (rounds: number): Promise<Figure[]> => {
  const cold: number[] = []
  const warm: number[] = []
  await check(['--no-build'])
  for (let round = 0; round < rounds; round++) {
    for (const name of await readdir(cachePath('check')))
      if (name.startsWith('text-')) await rm(cachePath('check', name))
    cold.push(await check(['--no-build']))
    warm.push(await check(['--no-build']))
  }
  return [
    { name: 'kseries check --no-build, nothing known', median: median(cold), unit: 's', runs: cold, target: '< 10' },
    { name: '… again with nothing changed', median: median(warm), unit: 's', runs: warm, target: '< 3' },
  ]
}

/**
 * The commits of securekey judged with a compiler, against what cannot be avoided: one full build and an incremental one for each
 * further commit, of the same trees and configuration. Each side has a compiler cache that is empty. Takes hours on a small machine.
 */
export const builds = async (rounds: number): Promise<Figure[]> => {
  const checks: number[] = []
  const floors: number[] = []
  const again: number[] = []
  const usual = cachePath()
  try {
    for (let round = 0; round < rounds; round++) {
      process.env['KSERIES_CACHE'] = await coldCache(usual)
      checks.push(await check([]))
      again.push(await check([]))
      floors.push(await plainBuilds())
      await rm(cachePath(), { recursive: true })
    }
  } finally {
    process.env['KSERIES_CACHE'] = usual
  }
  return [
    { name: 'full build and incremental ones', median: median(floors), unit: 's', runs: floors },
    { name: 'kseries check, nothing known', median: median(checks), unit: 's', runs: checks },
    ratio('… against those builds', checks, floors, '≤ 1.15'),
    { name: '… again with nothing changed', median: median(again), unit: 's', runs: again, target: '< 3' },
  ]
}

/** A cache in which only the kernel's trees are, on the same disk. */
const coldCache = async (usual: string): Promise<string> => {
  const cold = join(usual, 'bench-check')
  await rm(cold, { recursive: true, force: true })
  await mkdir(cold)
  const there = (await readdir(usual)).filter(name => ['kernel.git', 'bases', 'apt'].includes(name))
  // git and we add files there and replace them; none is written in place.
  await run('cp', ['-al', ...there.map(name => join(usual, name)), cold])
  // Entries of work trees that are the other cache's.
  await rm(join(cold, 'kernel.git/worktrees'), { recursive: true, force: true })
  return cold
}

const plainBuilds = async (): Promise<number> => {
  await rm(cachePath('ccache'), { recursive: true, force: true })
  const generated = await kseries(['generate', 'securekey', '--json'], { env: person })
  const { commits } = lastEvent(generated.stdout, 'generated') as { commits: { hash: string }[] }
  const home = cachePath('work/check-securekey')
  const source = join(home, 'linux')
  const checked = (await readdir(home)).find(name => /^check-x86_64-[0-9a-f]+$/.test(name)) ?? ''
  const output = join(home, 'plain')
  await mkdir(output)
  await copyFile(join(home, checked, '.config'), join(output, '.config'))
  const toolchain = await findToolchain('x86_64')
  let total = 0
  for (const { hash } of commits) {
    await run('git', ['-C', source, 'checkout', '--quiet', '--detach', hash])
    total += await seconds(async () => {
      await make({ toolchain, source, output, targets: ['olddefconfig'] })
      await make({ toolchain, source, output, targets: ['vmlinux', 'modules'], variables: ['W=1', '--keep-going'] })
    })
  }
  return total
}
