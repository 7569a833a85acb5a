import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import {
  contentKey,
  DiskFull,
  explainDiskErrors,
  folderKey,
  makeDirAtomic,
  run,
  writeFileAtomic,
} from '../src/index.ts'

const folder = () => mkdtemp(join(tmpdir(), 'kseries-files-'))

test('a folder is made whole or not at all, and only once', async t => {
  const path = join(await folder(), 'made')
  await t.throwsAsync(
    makeDirAtomic(path, async temporary => {
      await writeFile(join(temporary, 'part'), '')
      throw new Error('interrupted')
    }),
  )
  t.true(await makeDirAtomic(path, temporary => writeFile(join(temporary, 'whole'), '')))
  t.deepEqual(await readdir(path), ['whole'])
  t.false(await makeDirAtomic(path, () => Promise.reject(new Error('not called'))))
})

test('a failed write keeps the old content and says the disk is full', async t => {
  const path = join(await folder(), 'file')
  await writeFileAtomic(path, 'old')
  t.is(await readFile(path, 'utf8'), 'old')
  const error = await t.throwsAsync(
    explainDiskErrors(path, () => run('dd', ['if=/dev/zero', 'of=/dev/full', 'bs=1', 'count=1'])),
    { instanceOf: DiskFull },
  )
  t.regex(error?.message ?? '', /no space left/)
})

test('keys depend on content and on nothing else', async t => {
  t.is(contentKey({ a: 1, b: [2n] }), contentKey({ b: [2n], a: 1 }))
  t.not(contentKey({ a: 1 }), contentKey({ a: 2 }))
  const [one, two] = [await folder(), await folder()]
  for (const path of [one, two]) await writeFile(join(path, 'file'), 'same')
  t.is(await folderKey(one), await folderKey(two))
  await writeFile(join(two, 'file'), 'other')
  t.not(await folderKey(one), await folderKey(two))
})
