import { once } from 'node:events'
import { join } from 'node:path'
import { spawnDaemon } from '@kseries/host'
import test from 'ava'
import { copyOfSeries, edit, root } from './kseries.ts'

const core = 'securekey/patches/03-core/tree/drivers/securekey/provider.c'
const walk = 'securekey-afalg/selftests/walk-through.test.ts'

type Event = Readonly<Record<string, unknown>> & { readonly type: string }

/** A watch, and its events as they come. */
const watching = (series: string) => {
  const events: Event[] = []
  const bell = new EventTarget()
  const daemon = spawnDaemon(
    process.execPath,
    [join(root, 'packages/cli/src/main.ts'), 'watch', series, '--json', '--test', '*plaintext goes to the dma-buf*'],
    {
      onLine: (line, stream) => {
        if (stream === 'stdout' && line.startsWith('{')) events.push(JSON.parse(line) as Event)
        bell.dispatchEvent(new Event('came'))
      },
    },
  )
  /** Waits for the next event of one of the types; those before it are passed over. */
  const next = async (...types: readonly string[]): Promise<Event> => {
    for (;;) {
      const event = events.shift()
      if (event && types.includes(event.type)) return event
      if (event) continue
      await Promise.race([once(bell, 'came'), daemon.exited.then(({ stderr }) => Promise.reject(new Error(stderr)))])
    }
  }
  return { ...daemon, next }
}

test('each save gets a verdict: of all tests for a source, of its own for a test; errors do not end it', async t => {
  const folder = await copyOfSeries()
  await using watch = watching(join(folder, 'securekey-afalg'))
  const judged = async () => {
    const { touched } = await watch.next('round')
    const { all } = await watch.next('plan')
    const { type, kind, exitCode, counts } = await watch.next('verdict', 'error')
    return { touched, all, ...(type === 'verdict' ? { kind, counts } : { exitCode }) }
  }
  const pass = { kind: 'pass', counts: { pass: 1, fail: 0, skip: 0 } }
  t.deepEqual(await judged(), { touched: [], all: true, ...pass })

  await edit(join(folder, core), old => `${old}\nint kseries_watch;\n`)
  t.deepEqual(await judged(), { touched: [core], all: true, ...pass })

  await edit(join(folder, core), old => old.replace('int kseries_watch', 'long oops kseries_watch'))
  t.deepEqual(await judged(), { touched: [core], all: true, exitCode: 3 })

  // The verdict on what is as it was before is known.
  await edit(join(folder, core), old => old.replace('long oops kseries_watch', 'int kseries_watch'))
  t.deepEqual(await judged(), { touched: [core], all: true, ...pass })

  await edit(join(folder, walk), old => `${old}\n// saved\n`)
  t.deepEqual(await judged(), { touched: [walk], all: false, ...pass })

  process.kill(-watch.pid, 'SIGTERM')
  const { exitCode } = await watch.exited
  t.not(exitCode, 0)
})
