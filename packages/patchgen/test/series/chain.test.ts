import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { loadChain, SeriesInvalid } from '../../src/index.ts'
import { isolate, makeSeries } from '../kernel.ts'

let root = ''
test.before(async () => {
  root = await isolate()
})
test.after.always(() => rm(root, { recursive: true, force: true }))

test('needs: missing, in a circle, shared', async t => {
  const beside = join(root, 'beside')
  const needing = (name: string, needs: string[]) =>
    makeSeries(join(beside, name), {
      'series.ts': `export default { title: 't', date: '2026-01-01', needs: ${JSON.stringify(needs)} }\n`,
    })
  await needing('a', ['b', 'c'])
  await needing('b', ['d'])
  await needing('c', ['d'])
  await needing('d', [])
  t.deepEqual(
    (await loadChain(join(beside, 'a'))).map(({ name }) => name),
    ['d', 'b', 'c', 'a'],
  )
  await needing('d', ['a'])
  await t.throwsAsync(loadChain(join(beside, 'a')), { instanceOf: SeriesInvalid, message: /a needs b needs d needs a/ })
  await needing('d', ['e'])
  await t.throwsAsync(loadChain(join(beside, 'a')), { instanceOf: SeriesInvalid, message: /no series 'e' beside/ })
})
