import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import test from 'ava'

const program = (view: string, failing = false) => `
  import { runStages } from ${JSON.stringify(new URL('../src/ui/stage.ts', import.meta.url).href)}
  const stages = [
    { title: 'one', work: async (context, report) => { report({ kind: 'note', text: 'a word' }); context.one = 1; return 'done so' } },
    { title: 'two', work: async context => { if (${failing}) throw new Error('because'); return String(context.one + 1) } },
    { title: 'three', work: async () => void (${failing} && console.log('three was begun')) },
  ]
  await runStages(stages, {}, ${JSON.stringify(view)}).catch(error => console.log('threw', error.message))`

const run = (view: string, failing?: boolean) =>
  promisify(execFile)(process.execPath, ['--input-type=module', '-e', program(view, failing)], {
    env: { ...process.env, NO_COLOR: '1' },
  })

test('plain lines: what begins, notes, how it ended, in order', async t => {
  const { stderr, stdout } = await run('lines')
  t.is(stdout, '')
  const lines = stderr
    .trim()
    .split('\n')
    .map(line => line.replace(/\(\d+\.\d s\)/, '(time)'))
  t.deepEqual(lines, [
    '.. one',
    '   one: a word',
    'ok one: done so (time)',
    '.. two',
    'ok two: 2 (time)',
    '.. three',
    'ok three (time)',
  ])
})

test('JSON: an event a line', async t => {
  const { stdout } = await run('json')
  const events = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as { type: string; stage: string; state?: string })
  t.deepEqual(
    events.map(({ type, stage, state }) => [type, stage, state]),
    [
      ['stage', 'one', 'started'],
      ['note', 'one', undefined],
      ['stage', 'one', 'done'],
      ['stage', 'two', 'started'],
      ['stage', 'two', 'done'],
      ['stage', 'three', 'started'],
      ['stage', 'three', 'done'],
    ],
  )
})

for (const view of ['lines', 'json', 'none', 'terminal']) {
  test(`a failure ends the stages and comes out: ${view}`, async t => {
    const { stdout, stderr } = await run(view, true)
    t.regex(stdout, /threw because/)
    t.notRegex(stdout, /three/)
    t.regex(stderr + stdout, view === 'none' ? /^threw/ : /two/)
    if (view !== 'json') t.is(stdout.trim(), 'threw because', 'progress goes to standard error')
  })
}

const lanes = (view: string) => `
  import { setTimeout } from 'node:timers/promises'
  import { runStages } from ${JSON.stringify(new URL('../src/ui/stage.ts', import.meta.url).href)}
  const failed = new AbortController()
  const quick = { title: 'quick', work: async () => { throw new Error('because') } }
  const slow = { title: 'slow', work: async () => {
    await setTimeout(60_000, undefined, { signal: failed.signal }).catch(() => setTimeout(200))
    console.log('slow has ended')
    throw new Error('it was told to')
  } }
  const never = { title: 'never', work: async () => console.log('never was begun') }
  await runStages([{ lanes: [[slow, never], [quick, never]], stop: () => failed.abort() }, never], {}, ${JSON.stringify(view)})
    .catch(error => console.log('threw', error.message))`

for (const view of ['lines', 'json', 'none', 'terminal']) {
  test(`lanes: one fails, the other is told, waited for, and what comes out is the first failure: ${view}`, async t => {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', lanes(view)], {
      env: { ...process.env, NO_COLOR: '1' },
    })
    const said = stdout.split('\n').filter(line => line !== '' && !line.startsWith('{'))
    t.deepEqual(said, ['slow has ended', 'threw because'])
    if (view === 'lines') t.regex(stderr, /\.\. slow\n\.\. quick\n!! quick: failed .*\n!! slow: failed/)
    if (view === 'terminal') t.regex(stderr, /slow[^]*quick/)
  })
}

test('lanes: each in its order, side by side; what comes behind them waits for all', async t => {
  const code = `
    import { setTimeout } from 'node:timers/promises'
    import { runStages } from ${JSON.stringify(new URL('../src/ui/stage.ts', import.meta.url).href)}
    const stage = (title, ms) => ({ title, work: () => setTimeout(ms) })
    await runStages([{ lanes: [[stage('a1', 100), stage('a2', 300)], [stage('b1', 200)]], stop: () => {} }, stage('c', 0)], {}, 'lines')`
  const { stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code])
  t.deepEqual(
    stderr.split('\n').map(line => line.replace(/ \(.*/, '')),
    ['.. a1', '.. b1', 'ok a1', '.. a2', 'ok b1', 'ok a2', '.. c', 'ok c', ''],
  )
})
