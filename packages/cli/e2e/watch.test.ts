import { join } from 'node:path'
import test from 'ava'
import { copyOfSeries, edit, watching } from './kseries.ts'

const core = 'securekey/patches/03-core/tree/drivers/securekey/provider.c'
const walk = 'securekey-afalg/selftests/walk-through.test.ts'

test('each save gets a verdict: of all tests for a source, of its own for a test; errors do not end it', async t => {
  const folder = await copyOfSeries()
  await using watch = watching(join(folder, 'securekey-afalg'), '*plaintext goes to the dma-buf*')
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
