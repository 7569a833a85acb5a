import { copyFile, glob, mkdir, readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { cachePath, run } from '@kseries/host'
import { findToolchain, make } from '@kseries/kernel'
import { kseries, person } from '../e2e/kseries.ts'
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
 * Nine commits judged with a compiler, against what cannot be avoided: one full build and eight incremental ones of the same trees
 * and configuration. They are of code alone: one that touches an option is also built with it as a module, and off, for which
 * plain builds have nothing to compare. Each side has a compiler cache that is empty. A round takes some twenty minutes.
 */
export const builds = async (rounds: number): Promise<Figure[]> => {
  const checks: number[] = []
  const floors: number[] = []
  const again: number[] = []
  const usual = cachePath()
  try {
    for (let round = 0; round < rounds; round++) {
      process.env['KSERIES_CACHE'] = await coldCache(usual)
      const gitDir = cachePath('kernel.git')
      await writeCommits(gitDir)
      checks.push(await checkNine(gitDir))
      again.push(await checkNine(gitDir))
      floors.push(await plainBuilds(gitDir))
      await rm(cachePath(), { recursive: true })
    }
  } finally {
    process.env['KSERIES_CACHE'] = usual
  }
  return [
    { name: 'one full build and eight incremental ones', median: median(floors), unit: 's', runs: floors },
    { name: 'kseries check of these nine commits, nothing known', median: median(checks), unit: 's', runs: checks },
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

const base = 'refs/tags/base/7.3'
const branch = 'bench-nine'

/** Each brings a variable, which is in the text that is compiled, and in none of the objects. */
const writeCommits = async (gitDir: string): Promise<void> => {
  const names = ['cbc', 'ctr', 'ecb', 'gcm', 'xts', 'algapi', 'skcipher', 'aead', 'af_alg']
  const commits = names.map(async (name, index) => {
    const path = `crypto/${name}.c`
    const { stdout } = await run('git', ['--git-dir', gitDir, 'cat-file', 'blob', `${base}:${path}`])
    const content = `${stdout}\n\nstatic int __maybe_unused kseries_bench_${name};\n`
    const message = `crypto: ${name} - add a variable\n\nIt is there to be compiled.\n\nSigned-off-by: ${author}\n`
    const who = `${author} ${1_700_000_000 + index} +0000`
    return [
      `commit refs/heads/${branch}\nauthor ${who}\ncommitter ${who}\n${data(message)}`,
      ...(index === 0 ? [`from ${base}^0\n`] : []),
      `M 100644 inline ${path}\n${data(content)}\n`,
    ].join('')
  })
  const input = (await Promise.all(commits)).join('')
  await run('git', ['--git-dir', gitDir, 'fast-import', '--quiet', '--force'], { input })
}

const author = `${person.GIT_AUTHOR_NAME} <${person.GIT_AUTHOR_EMAIL}>`
const data = (text: string) => `data ${Buffer.byteLength(text)}\n${text}\n`

/** Whatever it finds. */
const checkNine = async (gitDir: string): Promise<number> => {
  const result = await kseries(['check', `${base}..${branch}`, '--repo', gitDir, '--quiet'], { env: person })
  if (result.exitCode > 1) throw new Error(`kseries check exited with ${result.exitCode}:\n${result.stderr}`)
  return result.seconds
}

const plainBuilds = async (gitDir: string): Promise<number> => {
  await rm(cachePath('ccache'), { recursive: true, force: true })
  const { stdout } = await run('git', ['--git-dir', gitDir, 'rev-list', '--reverse', `${base}..${branch}`])
  const home = cachePath(`work/check-${branch}`)
  const source = join(home, 'linux')
  // clang has a build folder of its own, for touched objects alone.
  const [image = ''] = await Array.fromAsync(glob('check-x86_64-*/vmlinux', { cwd: home }))
  const output = join(home, 'plain')
  await mkdir(output)
  await copyFile(join(home, dirname(image), '.config'), join(output, '.config'))
  const toolchain = await findToolchain('x86_64')
  let total = 0
  for (const hash of stdout.split('\n')) {
    await run('git', ['-C', source, 'checkout', '--quiet', '--detach', hash])
    total += await seconds(async () => {
      await make({ toolchain, source, output, targets: ['olddefconfig'] })
      await make({ toolchain, source, output, targets: ['vmlinux', 'modules'], variables: ['W=1', '--keep-going'] })
    })
  }
  return total
}
