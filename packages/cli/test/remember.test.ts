import { mkdtemp, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { recall, remember } from '../src/run/remember.ts'

test('a verdict is recalled for the same inputs only, and a damaged one is none', async t => {
  const cache = await mkdtemp(join(tmpdir(), 'kseries-remember-'))
  process.env['KSERIES_CACHE'] = cache
  const inputs = { image: 'a', tests: ['x', 'y'], noise: 0, board: undefined }
  t.is(await recall(inputs), undefined)
  await remember(inputs, { verdict: 'pass' })
  t.deepEqual(await recall(inputs), { verdict: 'pass' })
  t.deepEqual(await recall({ noise: 0, tests: ['x', 'y'], image: 'a' }), { verdict: 'pass' })
  t.is(await recall({ ...inputs, noise: 0.01 }), undefined)
  t.is(await recall({ ...inputs, tests: ['x', 'z'] }), undefined)

  const [file = ''] = await readdir(join(cache, 'verdicts'))
  await writeFile(join(cache, 'verdicts', file), '{"verdict":')
  t.is(await recall(inputs), undefined)
})
