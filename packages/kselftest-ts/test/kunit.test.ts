import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '@kseries/host'
import test from 'ava'
import { kunitAtBoot, NoSuchSuite, runKunit } from '../src/kunit.ts'
import type { TestResult } from '../src/results/result.ts'
import { type FakeGuest, fakeSession } from './helpers/fake-session.ts'

const report = (suite: string, ...lines: readonly string[]) => `KTAP version 1
1..1
    KTAP version 1
    # Subtest: ${suite}
    1..${lines.length}
${lines.map(line => `    ${line}\n`).join('')}ok 1 ${suite}
`

/** What happens when a suite is run; gives its report, which the guest waits for. Without one it does not end. */
type Play = (guest: FakeGuest) => Promise<string | undefined>

/** A folder that plays debugfs. A suite is its report, or what happens when it is run. */
const fakeKunit = async (suites: Readonly<Record<string, string | Play>>) => {
  const root = await mkdtemp(join(tmpdir(), 'kseries-kunit-'))
  const fake = await fakeSession()
  for (const [suite, what] of Object.entries(suites)) {
    const folder = join(root, suite)
    await mkdir(folder)
    const [start, results] = [join(folder, 'run'), join(folder, 'results')]
    if (typeof what === 'string') {
      await writeFile(start, '')
      await writeFile(results, what)
      continue
    }
    await run('mkfifo', [start, results])
    const played = async () => {
      await readFile(start)
      const guest = fake.guests.at(-1)
      const text = guest && (await what(guest))
      if (text !== undefined) await writeFile(results, text)
    }
    void played()
  }
  return {
    root,
    ...fake,
    [Symbol.asyncDispose]: async () => {
      await fake[Symbol.asyncDispose]()
      await rm(root, { recursive: true, force: true })
    },
  }
}

const verdicts = (results: readonly TestResult[]) => results.map(({ title, verdict }) => `${verdict}: ${title}`)

test('suites are run by name, and their cases are results', async t => {
  await using fake = await fakeKunit({
    securekey_core: report('securekey_core', 'ok 1 a', 'not ok 2 b # no key'),
    securekey_soft: report('securekey_soft', 'ok 1 c # SKIP not here'),
    other: report('other', 'ok 1 d'),
  })
  const told: TestResult[] = []
  const { session, root } = fake
  const results = await runKunit(session, ['securekey_*'], { root, onResult: one => told.push(one) })
  t.deepEqual(verdicts(results), ['pass: securekey_core › a', 'fail: securekey_core › b', 'skip: securekey_soft › c'])
  t.deepEqual(told, [...results])
  t.true(results.every(({ group, duration }) => group === 'kunit' && duration > 0))
  t.is(await readFile(join(root, 'securekey_core/run'), 'utf8'), 'go')
  t.is(await readFile(join(root, 'other/run'), 'utf8'), '')
})

test('a pattern that matches nothing says what there is', async t => {
  await using fake = await fakeKunit({ one: '', two: '' })
  const error = await t.throwsAsync(runKunit(fake.session, ['t*', 'on'], { root: fake.root }), {
    instanceOf: NoSuchSuite,
  })
  t.regex(error.message, /'on': there are one, two$/)
  const none = runKunit(fake.session, ['*'], { root: join(fake.root, 'nowhere') })
  t.regex((await t.throwsAsync(none, { instanceOf: NoSuchSuite })).message, /there are none$/)
})

test('what the kernel reports meanwhile is a result besides the cases', async t => {
  await using fake = await fakeKunit({
    warns: async guest => {
      await appendFile(guest.kmsg, 'WARNING: by a case\n')
      return report('warns', 'ok 1 a')
    },
    calm: report('calm', 'ok 1 a'),
  })
  const results = await runKunit(fake.session, ['warns', 'calm'], { root: fake.root })
  t.deepEqual(verdicts(results), ['pass: warns › a', 'splat: warns', 'pass: calm › a'])
  t.deepEqual(
    results[1]?.findings.map(({ title }) => title),
    ['WARNING: by a case'],
  )
})

test('a suite that takes the guest down, and one that does not end; the next has a new guest', async t => {
  await using fake = await fakeKunit({
    hangs: async () => undefined,
    last: report('last', 'ok 1 a'),
    panics: async guest => {
      await appendFile(guest.kmsg, 'Kernel panic - not syncing: on purpose\n')
      return undefined
    },
  })
  const { session, root } = fake
  const results = await runKunit(session, ['panics', 'hangs', 'last'], { root, deadline: 2000 })
  t.deepEqual(verdicts(results), ['panic: panics', 'hang: hangs', 'pass: last › a'])
  t.is(fake.guests.length, 3)
})

test('a report that makes no sense fails', async t => {
  await using fake = await fakeKunit({ silent: '' })
  const results = await runKunit(fake.session, ['silent'], { root: fake.root })
  t.deepEqual(verdicts(results), ['fail: silent: the report'])
})

test('suites that ran at boot are found on the console', t => {
  const text = report('suite', 'ok 1 a')
    .split('\n')
    .map(line => `[    0.500000] ${line}`)
    .join('\n')
  t.deepEqual(verdicts(kunitAtBoot(`[    0.1] Linux\n${text}\n[    0.6] Run /init\n`)), ['pass: suite › a'])
  t.deepEqual(kunitAtBoot('[    0.1] Linux\n'), [])
})
