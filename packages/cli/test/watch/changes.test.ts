import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Interrupted } from '@kseries/host'
import test from 'ava'
import { Changes } from '../../src/watch/changes.ts'

test('saves below the folders, also in new ones and by rename; not what editors leave', async t => {
  const root = await mkdtemp(join(tmpdir(), 'kseries-watch-'))
  const [one, two] = [join(root, 'one'), join(root, 'two')]
  await mkdir(one)
  await mkdir(two)
  using changes = new Changes([one, two])
  const { signal } = new AbortController()
  await writeFile(join(one, '.a.c.swp'), '')
  await writeFile(join(one, 'a.c~'), '')
  await writeFile(join(one, 'uapi.gen.ts'), '')
  await writeFile(join(two, 'b.tmp'), 'b')
  await rename(join(two, 'b.tmp'), join(two, 'b.c'))
  t.deepEqual(await changes.next(signal), [join(two, 'b.c')])
  await mkdir(join(one, 'new'))
  const made = await changes.next(signal)
  t.true(made.every(path => path.startsWith(join(one, 'new'))))
  await writeFile(join(one, 'new', 'c.c'), 'c')
  t.deepEqual(await changes.next(signal), [join(one, 'new', 'c.c')])
  await rm(root, { recursive: true })
})

test('a save while nobody waits is not lost; an abort ends the wait', async t => {
  const root = await mkdtemp(join(tmpdir(), 'kseries-watch-'))
  using changes = new Changes([root])
  await writeFile(join(root, 'a.c'), '')
  const abort = new AbortController()
  t.deepEqual(await changes.next(abort.signal), [join(root, 'a.c')])
  const waiting = changes.next(abort.signal)
  abort.abort()
  await t.throwsAsync(waiting, { instanceOf: Interrupted })
  await writeFile(join(root, 'b.c'), '')
  t.deepEqual(await changes.next(new AbortController().signal), [join(root, 'b.c')])
  await rm(root, { recursive: true })
})
