import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { NoSuchTest, type RunSelftestsOptions, runSelftests } from '../../src/ava/run-selftests.ts'
import type { TestResult } from '../../src/results/result.ts'
import { fakeSession } from '../helpers/fake-session.ts'

type Options = Omit<RunSelftestsOptions, 'files' | 'session'>

/** Runs fixtures by name, in a session of their own. */
const run = async (names: readonly string[], options: Options = {}) => {
  await using fake = await fakeSession()
  const files = names.map(name => fileURLToPath(new URL(`../fixtures/${name}.selftest.ts`, import.meta.url)))
  const results = await runSelftests({ files, session: fake.session, ...options })
  return { results, guests: fake.guests.length, stray: fake.session.strayFindings }
}

const verdicts = (results: readonly TestResult[]) => results.map(({ title, verdict }) => `${verdict}: ${title}`)
const named = (results: readonly TestResult[], title: string) => results.find(result => result.title === title)

test('a good file: passed, skipped with the reason, left out, to be done, expected to fail', async t => {
  const told: TestResult[] = []
  const { results, guests, stray } = await run(['good'], { onResult: result => told.push(result) })
  t.deepEqual(verdicts(results), [
    'pass: a call is answered',
    'pass: each test begins with a clean slate',
    'pass: and the next one, too',
    'pass: errors are errors',
    'skip: not on this machine',
    'skip: left out',
    'pass: known to fail',
    'skip: later',
  ])
  t.is(named(results, 'not on this machine')?.message, 'the colour is green')
  t.is(results[0]?.group, 'good.selftest.ts')
  t.is(guests, 1)
  t.deepEqual(stray, [])
  t.deepEqual(verdicts(told).toSorted(), verdicts(results).toSorted())
})

test('a bad file: every verdict, and each test charged with its own', async t => {
  const { results, stray } = await run(['bad'])
  t.deepEqual(verdicts(results), [
    'fail: an assertion fails',
    'fail: a call fails',
    'splat: a warning, though all is asserted',
    'splat: a warning, and a failure',
    'splat: a warning whose report comes late',
    'pass: after a warning all is well',
    'hang: a call that blocks for ever',
    'hang: a promise that is never kept',
    'pass: after a hang all is well',
    'panic: the guest panics',
    'pass: there is a new guest after a panic',
    'panic: a call that the panic keeps from answering does not count as an error that was expected',
    'fail: an error of JavaScript',
  ])
  t.deepEqual(stray, [])
  t.is(named(results, 'an assertion fails')?.message, 't.is() failed')
  t.regex(named(results, 'an assertion fails')?.details ?? '', /- 'apple'\n\+ 'pear'[^]*bad\.selftest\.ts:7:5/)
  t.regex(named(results, 'a call fails')?.message ?? '', /EBADF/)
  t.regex(named(results, 'a call that blocks for ever')?.message ?? '', /within 0\.3 s; still running: read\(3/)
  t.is(named(results, 'a warning, and a failure')?.message, 'WARNING: the second\nIt failed, too: by hand')
  const warned = named(results, 'a warning, though all is asserted')
  t.deepEqual(
    warned?.findings.map(({ kind }) => kind),
    ['warn'],
  )
  t.is(warned?.details, undefined)
  t.regex(named(results, 'an error of JavaScript')?.message ?? '', /^TypeError: /)
})

test('a file whose first test reboots the guest', async t => {
  const { results, guests, stray } = await run(['reboots'])
  t.deepEqual(verdicts(results), ['pass: reboots', 'pass: comes after', 'pass: finds what is there'])
  t.is(guests, 2)
  t.deepEqual(stray, [])
})

test('files that throw, exit, or are empty fail, and what they did not run does', async t => {
  const { results } = await run(['throws', 'exits', 'empty'])
  t.deepEqual(verdicts(results), [
    'fail: loading the file',
    'pass: before',
    'fail: exits',
    'fail: after',
    'fail: running the file',
    'fail: loading the file',
  ])
  t.deepEqual(
    results.map(({ message }) => message),
    [
      'thrown while loading',
      undefined,
      'It was not run: its file ended before',
      'It was not run: its file ended before',
      'It called process.exit()',
      'It declares no tests: it does not import `test`',
    ],
  )
})

test('`match` and `.only` choose', async t => {
  const matched = await run(['good', 'only'], { match: ['*clean*', 'errors*'] })
  t.deepEqual(verdicts(matched.results), ['pass: each test begins with a clean slate', 'pass: errors are errors'])
  const only = await run(['only'])
  t.deepEqual(verdicts(only.results), ['pass: the only one'])
  const error = await t.throwsAsync(run(['good'], { match: ['*no such*'] }), { instanceOf: NoSuchTest })
  t.regex(error.message, /'\*no such\*'/)
})

test('a test that is expected to fail, and cannot be run here, is skipped', async t => {
  const { results } = await run(['needs'])
  t.deepEqual(verdicts(results), ['skip: fails where it can be run'])
  t.is(results[0]?.message, 'not here')
})

test('a lot of text takes nothing along', async t => {
  const { results } = await run(['large'])
  t.deepEqual(verdicts(results), [
    'fail: fails with a lot of text',
    'fail: fails with a large difference',
    'pass: comes after',
  ])
  for (const { message = '', details = '' } of results) t.true(message.length + details.length < 70_000)
})

test('a file that keeps its process busy ends alone', async t => {
  const { results } = await run(['busy', 'good'])
  t.deepEqual(verdicts(results).slice(0, 4), [
    'pass: before',
    'hang: keeps its process busy',
    'fail: not reached',
    'pass: a call is answered',
  ])
  t.is(results.length, 11)
  t.true(results.slice(3).every(({ verdict }) => verdict === 'pass' || verdict === 'skip'))
})

test('a file that is known to have no test of that title is not loaded again, until something changes', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'kseries-titles-'))
  const loads = join(folder, 'loads')
  const source = (title: string) => `import { appendFileSync } from 'node:fs'
import { test } from '@kseries/kselftest-ts'
import { word } from './word.ts'
appendFileSync(process.env.LOADS, '${title} ')
test('${title} ' + word, async t => t.pass())
`
  const files = ['one', 'two'].map(name => join(folder, `${name}.test.ts`))
  await writeFile(files[0] ?? '', source('first'))
  await writeFile(files[1] ?? '', source('second'))
  await writeFile(join(folder, 'word.ts'), `export const word = '${folder}'\n`)
  await using fake = await fakeSession()
  const runs = async (match: string) => {
    await writeFile(loads, '')
    const env = { LOADS: loads }
    const results = await runSelftests({ files, session: fake.session, match: [match], env }).catch(error => [error])
    return [
      (await readFile(loads, 'utf8')).trim().split(' ').toSorted().join(),
      ...results.map(result => result.title ?? result.name),
    ]
  }
  t.deepEqual(await runs('first*'), ['first,second', `first ${folder}`])
  t.deepEqual(await runs('second*'), ['second', `second ${folder}`])
  t.deepEqual(await runs('third*'), ['', 'NoSuchTest'])
  await writeFile(files[0] ?? '', source('third'))
  t.deepEqual(await runs('second*'), ['second,third', `second ${folder}`])
  t.deepEqual(await runs('third*'), ['third', `third ${folder}`])
  // A file that cannot be loaded is always tried, and does not hide that there is no such test.
  const broken = join(folder, 'broken.test.ts')
  await writeFile(broken, "import './not-there.ts'\n")
  files.push(broken)
  t.deepEqual(await runs('fourth*'), ['', 'NoSuchTest'])
  files.pop()
  await writeFile(join(folder, 'word.ts'), "export const word = 'changed'\n")
  t.deepEqual(await runs('*changed'), ['second,third', 'third changed', 'second changed'])
  await rm(folder, { recursive: true })
})
