import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { kseries, lastEvent, root, scratch, text } from './kseries.ts'
import { passes, type VerdictEvent } from './passes.ts'

test('kseries run: the generated series boots and passes; a second run remembers the verdict', async t => {
  const { results } = await passes(t, '--fresh')
  const ktap = await text(results.ktap)
  t.regex(ktap, /^KTAP version 1\n1\.\.\d+\n/)
  t.notRegex(ktap, /^\s*not ok/m)
  t.regex(await text(results.junit), /<testsuites[^>]* failures="0"/)
  const lines = (await text(results.ndjson)).trim().split('\n')
  t.true(lines.map(line => JSON.parse(line)).length > 300)
  t.regex(await text(results.console), /Linux version 7\./)

  const folder = join(await scratch(), 'results')
  const again = await passes(t, '--results', folder)
  t.is(typeof again.remembered, 'string')
  t.is(again.results.ktap, join(folder, 'results.ktap'))
  t.is(await text(again.results.ktap), ktap)
  t.true((await readdir(folder)).includes('console.log'))
})

test('over the console UART, shared with kernel messages', async t => {
  await passes(t, '--fresh', '--transport', 'console')
})

for (const [line, args] of [
  ['the console UART', ['--transport', 'console']],
  ['a port of its own', []],
] as const) {
  test(`over ${line} with one byte in a hundred flipped: slower, so only some of the tests`, async t => {
    const some = ['*800-38A*', '*ALG_GENERATE_KEY*', '*plaintext goes to the dma-buf*', '*in flight*']
    const titles = some.flatMap(glob => ['--test', glob])
    const { exitCode, stdout, stderr } = await kseries([
      'run',
      '--json',
      '--fresh',
      ...args,
      '--noise',
      '0.01',
      ...titles,
    ])
    t.is(exitCode, 0, `${stdout.slice(-4000)}\n${stderr}`)
    const { counts } = lastEvent(stdout, 'verdict') as unknown as VerdictEvent
    t.true(counts.pass > 20 && counts.fail === 0, JSON.stringify(counts))
  })
}

test('on the q35 board', async t => {
  await passes(t, '--fresh', '--board', 'q35')
})

test('on arm64, which leaves the files that tests import as x86_64 made them', async t => {
  const types = join(root, 'kernel-patches/securekey-afalg/selftests/uapi.gen.ts')
  const before = await text(types)
  await passes(t, '--fresh', '--arch', 'arm64')
  t.is(await text(types), before)
})

test('with KASAN, lockdep, kmemleak and DMA-API debugging: no report, no leak', async t => {
  const { results } = await passes(t, '--fresh', '--profile', 'debug')
  t.regex(await text(results.ktap), /^ +ok \d+ memory leaks$/m)
})

test('with lines counted: most of what the series wrote ran, and coverage.info says the same', async t => {
  const folder = join(await scratch(), 'results')
  const { exitCode, stdout, stderr } = await kseries(['run', '--json', '--profile', 'coverage', '--results', folder])
  t.is(exitCode, 0, `${stdout.slice(-4000)}\n${stderr}`)
  const { files } = lastEvent(stdout, 'coverage') as unknown as {
    readonly files: readonly { readonly path: string; readonly lines: readonly { readonly count: number }[] }[]
  }
  const lines = files.flatMap(file => file.lines)
  const ran = lines.filter(({ count }) => count > 0).length
  t.true(lines.length > 1500 && ran > 0.9 * lines.length && ran < lines.length, `${ran} of ${lines.length}`)
  t.true(files.some(({ path }) => path === 'crypto/algif_securekey_op.c'))
  const info = await text(join(folder, 'coverage.info'))
  t.is(info.match(/^DA:\d+,[1-9]/gm)?.length, ran)
})

test('two at the same time', async t => {
  await Promise.all([passes(t, '--fresh'), passes(t, '--fresh')])
})
