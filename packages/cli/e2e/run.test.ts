import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { events, kseries, lastEvent, root, scratch, text } from './kseries.ts'

interface VerdictEvent {
  readonly series: string
  readonly kind: string
  readonly counts: Readonly<Record<'pass' | 'fail' | 'skip', number>>
  readonly results: Readonly<Record<'ktap' | 'junit' | 'ndjson' | 'console', string>>
  readonly remembered?: string
}

/** The series that nothing else needs: what `kseries run` is about, in this order. */
const ALL = ['securekey-afalg', 'securekey-chardev']

/** Runs series, sees all of them pass, and gives their verdicts. */
const allPass = async (t: ExecutionContext, ...args: readonly string[]): Promise<VerdictEvent[]> => {
  const { exitCode, stdout, stderr } = await kseries(['run', '--json', ...args])
  t.is(exitCode, 0, `${stdout.slice(-4000)}\n${stderr}`)
  const verdicts = events(stdout).filter(({ type }) => type === 'verdict') as unknown as VerdictEvent[]
  for (const { kind, counts } of verdicts) {
    t.is(kind, 'pass')
    t.is(counts.fail, 0)
    t.true(counts.pass > 300, JSON.stringify(counts))
  }
  return verdicts
}

/** Runs one of them, for what does not depend on the series. */
const passes = async (t: ExecutionContext, ...args: readonly string[]): Promise<VerdictEvent> => {
  const [verdict] = await allPass(t, 'securekey-afalg', ...args)
  if (verdict === undefined) throw new Error('there is no verdict')
  return verdict
}

test('kseries run: each series that no other needs is generated, boots and passes; a second run remembers the verdicts', async t => {
  const verdicts = await allPass(t, '--fresh')
  t.deepEqual(
    verdicts.map(({ series }) => series),
    ALL,
  )
  for (const { results } of verdicts) {
    const ktap = await text(results.ktap)
    t.regex(ktap, /^KTAP version 1\n1\.\.\d+\n/)
    t.notRegex(ktap, /^\s*not ok/m)
    t.regex(await text(results.junit), /<testsuites[^>]* failures="0"/)
    const lines = (await text(results.ndjson)).trim().split('\n')
    t.true(lines.map(line => JSON.parse(line)).length > 300)
    t.regex(await text(results.console), /Linux version 7\./)
  }

  const folder = join(await scratch(), 'results')
  const again = await allPass(t, '--results', folder)
  for (const [index, { series, remembered, results }] of again.entries()) {
    t.is(typeof remembered, 'string')
    t.is(results.ktap, join(folder, series, 'results.ktap'))
    t.is(await text(results.ktap), await text(verdicts[index]?.results.ktap ?? ''))
    t.true((await readdir(join(folder, series))).includes('console.log'))
  }
})

test('over the console UART, shared with kernel messages', async t => {
  await passes(t, '--fresh', '--transport', 'console')
})

test('over the console UART with one byte in a hundred flipped: slower, so only some of the tests', async t => {
  const some = ['*800-38A*', '*ALG_GENERATE_KEY*', '*plaintext goes to the dma-buf*', '*in flight*'].flatMap(glob => [
    '--test',
    glob,
  ])
  const { exitCode, stdout, stderr } = await kseries([
    'run',
    'securekey-afalg',
    '--json',
    '--fresh',
    '--transport',
    'console',
    '--noise',
    '0.01',
    ...some,
  ])
  t.is(exitCode, 0, `${stdout.slice(-4000)}\n${stderr}`)
  const { counts } = lastEvent(stdout, 'verdict') as unknown as VerdictEvent
  t.true(counts.pass > 20 && counts.fail === 0, JSON.stringify(counts))
})

test('over a port of its own with one byte in a hundred flipped', async t => {
  await passes(t, '--fresh', '--noise', '0.01')
})

test('on the q35 board', async t => {
  await passes(t, '--fresh', '--board', 'q35')
})

test('on arm64, which leaves the files that tests import as x86_64 made them', async t => {
  const types = ALL.map(series => join(root, 'kernel-patches', series, 'selftests/uapi.gen.ts'))
  const before = await Promise.all(types.map(text))
  await allPass(t, '--fresh', '--arch', 'arm64')
  t.deepEqual(await Promise.all(types.map(text)), before)
})

test('with KASAN, lockdep, kmemleak and DMA-API debugging: no report, no leak', async t => {
  for (const { results } of await allPass(t, '--fresh', '--profile', 'debug'))
    t.regex(await text(results.ktap), /^ +ok \d+ memory leaks$/m)
})

test('two at the same time', async t => {
  await Promise.all([passes(t, '--fresh'), passes(t, '--fresh')])
})
