import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cachePath, run } from '@kseries/host'
import { ARCHES, type Artefacts, buildDir, make, planBuild } from '@kseries/kernel'
import { bareInit, boot, devConsole, initramfs } from '@kseries/machine'
import { generate, loadChain } from '@kseries/patchgen'
import { copyOfSeries, edit, kseries, lastEvent, watching } from '../e2e/kseries.ts'
import { buildSpec, workTreeName } from '../src/run/image.ts'
import { type Figure, median, ratio, seconds } from './measure.ts'

const core = 'drivers/securekey/provider.c'
const patch = `securekey/patches/03-core/tree/${core}`

const WALK_THROUGH = '*plaintext goes to the dma-buf*'

const must = async (args: readonly string[]) => {
  const result = await kseries(args)
  if (result.exitCode !== 0)
    throw new Error(`kseries ${args.join(' ')} exited with ${result.exitCode}:\n${result.stderr}`)
  return result
}

/** `kseries run` with nothing changed. */
export const unchanged = async (rounds: number): Promise<Figure[]> => {
  await must(['run'])
  const runs: number[] = []
  for (let round = 0; round < rounds; round++) runs.push((await must(['run'])).seconds)
  return [{ name: 'kseries run, nothing changed', median: median(runs), unit: 's', runs, target: '< 2' }]
}

/**
 * One changed line to verdict, against what cannot be avoided: an incremental make in the same build folder, and a bare boot
 * of its image. Each round changes another line for each: with all tests, with the one that walks through the RFC by run and by
 * watch, with none.
 */
export const oneLine = async (rounds: number, folder: string): Promise<Figure[]> => {
  const copy = await copyOfSeries()
  const series = join(copy, 'securekey-afalg')
  const change = (mark: string) =>
    edit(join(copy, patch), old => `${old.replace(/\nint kseries_bench_\w+;\n$/, '')}\nint kseries_bench_${mark};\n`)
  await change('warm')
  await must(['run', series])
  const verdicts: number[] = []
  const saves: number[] = []
  const all: number[] = []
  const floors: number[] = []
  for (let round = 0; round < rounds; round++) {
    await change(`all${process.pid}_${round}`)
    all.push((await must(['run', series])).seconds)
    await change(`a${process.pid}_${round}`)
    verdicts.push((await must(['run', series, '--test', WALK_THROUGH])).seconds)
    {
      await using watch = watching(series, WALK_THROUGH)
      await watch.next('verdict')
      const save = async () => {
        await change(`w${process.pid}_${round}`)
        await watch.next('verdict')
      }
      saves.push(await seconds(save))
    }

    const { artefacts, gitDir } = await now(series)
    const { arch, image, treeHash } = artefacts
    const chain = await loadChain(series)
    const generated = await generate(chain, { gitDir, base: 'refs/tags/base/7.3', label: '7.3' })
    const name = workTreeName(chain, generated)
    const source = cachePath('work', name, 'linux')
    const plan = await planBuild(treeHash, await buildSpec(chain, { arch, profile: 'fast' }))
    const output = buildDir({ name }, plan)
    const file = join(source, core)
    const old = await readFile(file, 'utf8')
    await writeFile(file, old.replace(/\nint kseries_bench_\w+;\n$/, `\nint kseries_bench_b${process.pid}_${round};\n`))
    try {
      floors.push(
        await seconds(async () => {
          await make({ toolchain: plan.toolchain, source, output, targets: [ARCHES[arch].imageTarget] })
          await using machine = await boot(
            { arch, image, initramfs: bare(arch), cmdline: 'kunit.autorun=0', memory: 384, cpus: 2 },
            { logDir: folder },
          )
          await machine.exited
        }),
      )
    } finally {
      await writeFile(file, old)
      // Nobody else writes to the work tree, and git, which now takes the file for edited, would look at all of them in the next round.
      await run('git', ['update-index', '--refresh'], { cwd: source })
    }
  }
  await rm(copy, { recursive: true })
  return [
    { name: 'incremental make and bare boot', median: median(floors), unit: 's', runs: floors },
    { name: 'one changed line to verdict, one test', median: median(verdicts), unit: 's', runs: verdicts },
    ratio('… against make and bare boot', verdicts, floors, '≤ 1.25'),
    { name: 'the same, saved while kseries watch runs', median: median(saves), unit: 's', runs: saves },
    ratio('… against make and bare boot', saves, floors, '≤ 1.25'),
    { name: 'one changed line to verdict, all tests', median: median(all), unit: 's', runs: all },
    ratio('… against make and bare boot', all, floors, 'mostly the tests'),
  ]
}

const bare = (arch: Artefacts['arch']) =>
  initramfs([devConsole, { kind: 'file', path: 'init', mode: 0o755, data: bareInit(arch) }])

const now = async (series: string) => ({
  artefacts: lastEvent((await must(['build', series, '--json'])).stdout, 'artefacts') as unknown as Artefacts,
  gitDir: (lastEvent((await must(['generate', series, '--json'])).stdout, 'generated') as { gitDir: string }).gitDir,
})
