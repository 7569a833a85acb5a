import { execFile } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import test from 'ava'
import { Interrupted, withLock } from '../src/index.ts'

test.before(async () => {
  process.env['KSERIES_CACHE'] = await mkdtemp(join(tmpdir(), 'kseries-lock-'))
})

test('one at a time, and the one who waits is told who holds it', async t => {
  const events: string[] = []
  const work = (name: string) =>
    withLock(
      'exclusive',
      async () => {
        events.push(`${name} in`)
        await delay(300)
        events.push(`${name} out`)
      },
      { onWait: holder => t.regex(holder, new RegExp(`process ${process.pid}|another process`)) },
    )
  await Promise.all([work('a'), work('b')])
  t.deepEqual(
    events.map(event => event.slice(2)),
    ['in', 'out', 'in', 'out'],
  )
})

test('an abort ends the wait', async t => {
  await withLock('abort', () =>
    t.throwsAsync(
      withLock('abort', async () => {}, { signal: AbortSignal.timeout(200) }),
      { instanceOf: Interrupted },
    ),
  )
})

test('kill -9 of the holder frees it, but not before what worked under it is dead', async t => {
  const program = `
    import { withLock } from ${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)}
    await withLock('killed', () => { console.log('held'); return new Promise(resolve => setTimeout(resolve, 60_000)) })`
  const holder = execFile(process.execPath, ['--input-type=module', '-e', program])
  await new Promise(resolve => holder.stdout?.once('data', resolve))
  const start = performance.now()
  holder.kill('SIGKILL')
  t.is(await withLock('killed', async () => 'mine', { signal: AbortSignal.timeout(60_000) }), 'mine')
  t.true(performance.now() - start >= 500)
})
