import { utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { exists, run } from '@kseries/host'
import test from 'ava'
import { guardHalfMade, removeHalfMade } from '../src/half-made.ts'
import { freshCache, removeCache, writeTree } from './fake.ts'

let dir: string
test.before(async () => {
  dir = await freshCache()
})
test.after.always(() => removeCache(dir))

/** A build folder in which main.o was being written again when everything was killed. */
const makeOutput = async (name: string) => {
  const output = join(dir, name)
  const files = {
    '.config': 'new',
    'System.map': 'new',
    'init/main.o': 'half',
    'init/.main.o.cmd': 'old',
    'init/done.o': 'whole',
    'init/.done.o.cmd': 'after it',
    'init/never.o': 'first time: no record, kbuild makes it again',
    'tools/objtool/objtool': 'linked without a record',
    'tools/objtool/whole': 'linked long before',
    'tools/objtool/check.o': 'whole',
    'tools/objtool/.check.o.cmd': 'after it',
    'tools/objtool/x.h': 'header',
  }
  await writeTree(output, files)
  // The make that is killed begins now.
  const now = Date.now() / 1000
  const at = (file: string, seconds: number) => utimes(join(output, file), now + seconds, now + seconds)
  await Promise.all([
    at('init/.main.o.cmd', -100),
    at('init/main.o', 100),
    at('init/done.o', 100),
    at('init/.done.o.cmd', 100.5),
    at('tools/objtool/check.o', -100),
    at('tools/objtool/.check.o.cmd', -99),
    at('tools/objtool/objtool', 100),
    at('tools/objtool/whole', -100),
  ])
  return output
}

const half = ['init/main.o', 'tools/objtool/objtool']

test('what kbuild has not recorded as complete since it was written is removed, nothing else', async t => {
  const output = await makeOutput('direct')
  t.deepEqual((await removeHalfMade(output, Date.now() - 10_000)).toSorted(), half)
  for (const file of half) t.false(await exists(join(output, file)))
  t.true(await exists(join(output, 'init/done.o')))
})

test('it is done after a make that did not come back, and only then', async t => {
  const output = await makeOutput('guarded')
  await guardHalfMade(output, async () => t.true(await exists(join(output, 'init/main.o'))))
  await t.throwsAsync(guardHalfMade(output, () => Promise.reject(new Error('killed'))))
  await guardHalfMade(output, async () => t.false(await exists(join(output, 'init/main.o'))))
})

test('a make that a signal killed did not come back either', async t => {
  for (const [script, left] of [
    ['kill -s KILL $$', false],
    ['exit 2', true],
  ] as const) {
    const output = await makeOutput(script.slice(0, 4))
    await t.throwsAsync(guardHalfMade(output, () => run('sh', ['-c', script])))
    await guardHalfMade(output, async () => t.is(await exists(join(output, 'init/main.o')), left, script))
  }
})
