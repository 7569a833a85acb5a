/**
 * `npm test`: set-up, type check, lint, the unit tests of every package, and the end-to-end tests on a real guest.
 * Goes on after a failure, so that one run shows everything; ends with the sums and exit code 1 if anything failed.
 */
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandFailed, cachePath, exists, run } from '@kseries/host'

const print = (line: string) => console.log(line)

/** What failed, for the end: in a log this long it is easily out of sight. */
const failures: string[] = []

const stage = async (title: string, file: string, ...args: readonly string[]): Promise<boolean> => {
  console.log(`\n== ${title}`)
  try {
    await run(file, args, { onLine: print, timeout: 85 * 60_000, env: forTests })
    return true
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error
    failures.push(`${title}: ${file} exited with ${error.code}`)
    console.log(failures.at(-1))
    return false
  }
}

/** For tests: who wants them; and the kernels that the end-to-end tests brought in, for unit tests that also try real ones. */
const forTests: Record<string, string> = { KSERIES_TEST_RUN: `${process.pid}` }

const stale = (await readdir('packages')).map(name =>
  rm(`packages/${name}/test-results`, { recursive: true, force: true }),
)
await Promise.all(stale)

const nx = ['run-many', '--output-style=stream', '--nxBail=false', '--parallel=2'] as const
const checks = [
  await stage('Debian packages', 'node', 'packages/cli/src/main.ts', 'setup', '--mail', '--arch', 'x86_64', 'arm64'),
  await stage('types', 'tsc', '--noEmit'),
  await stage('lint and format', 'node', 'tools/lint.ts'),
]
checks.push(await stage('end to end', 'nx', ...nx, '--targets=e2e,e2e-apart'))
const refs = await Promise.all(
  ['7.3', '7.2'].map(async label => {
    const text = await readFile(join(cachePath('bases'), `${label}.json`), 'utf8').catch(() => undefined)
    return text === undefined ? [] : [`${label}=${(JSON.parse(text) as { commit: string }).commit}`]
  }),
)
if (refs.flat().length > 0) {
  forTests['KSERIES_KERNEL_GIT'] = cachePath('kernel.git')
  forTests['KSERIES_KERNEL_REFS'] = refs.flat().join(' ')
}
const sources = cachePath('work', 'securekey-afalg-7.3', 'linux')
if (await exists(sources)) forTests['KSERIES_TEST_TREE'] = sources
// Not the newest kernels in the cache: those are of tests of kernels that do not boot.
const images = { x86_64: 'KSERIES_TEST_IMAGE', arm64: 'KSERIES_TEST_IMAGE_ARM64' }
for (const [arch, variable] of Object.entries(images)) {
  const build = ['packages/cli/src/main.ts', 'build', '--json', '--arch', arch]
  const { stdout } = await run('node', build, { timeout: 30 * 60_000 }).catch(() => ({ stdout: '' }))
  const image = /^\{"type":"artefacts",.*?"image":"([^"]+)"/m.exec(stdout)?.[1]
  if (image !== undefined) forTests[variable] = image
}
await stage('unit tests', 'nx', ...nx, '--target=test')

const sum = { passed: checks.filter(Boolean).length, failed: checks.filter(ok => !ok).length, skipped: 0 }
for (const name of await readdir('packages')) {
  const manifest = JSON.parse(await readFile(`packages/${name}/package.json`, 'utf8')) as { nx?: { targets?: object } }
  for (const target of Object.keys(manifest.nx?.targets ?? {})) {
    const path = `packages/${name}/test-results/${target === 'test' ? 'unit' : target}.json`
    const counts = await readFile(path, 'utf8').then(JSON.parse, () => undefined)
    const its: string[] = counts?.failures ?? [`did not run to its end: there is no ${path}`]
    failures.push(...its.map(text => `${name}, ${target}: ${text}`))
    sum.passed += counts?.passed ?? 0
    sum.failed += counts?.failed ?? 1
    sum.skipped += counts?.skipped ?? 0
  }
}
for (const failure of failures) console.log(`\nFAIL  ${failure}`)
console.log(`\n${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`)
process.exit(sum.failed === 0 ? 0 : 1)
