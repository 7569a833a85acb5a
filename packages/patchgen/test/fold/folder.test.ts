import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import test from 'ava'
import { completeFold, type FileChange, replaceFiles, writeJournal } from '../../src/fold/folder.ts'
import { FoldInterrupted, loadSeries } from '../../src/index.ts'
import { isolate, makeSeries } from '../kernel.ts'
import { contents } from './fold-kernel.ts'

let root = ''
test.before(async () => {
  root = await isolate()
})
test.after.always(() => rm(root, { recursive: true, force: true }))

let made = 0
/** A folder with a series, and changes of it: one file replaced, one made, one taken away. */
const start = async () => {
  const home = join(root, `n${++made}`)
  const folder = await makeSeries(join(home, 'demo'))
  const read = async (path: string) => await readFile(join(home, path))
  const gone = 'demo/patches/01-new-driver/tree/scripts/new.sh'
  const kept = 'demo/patches/01-new-driver/tree/drivers/new/new.c'
  const changes: FileChange[] = [
    { path: kept, before: await read(kept), after: Buffer.from('int two;\n'), isExecutable: true },
    { path: gone, before: await read(gone), after: undefined, isExecutable: false },
    { path: 'demo/patches/02-change-it/tree/a/b.c', before: undefined, after: Buffer.from('b\n'), isExecutable: false },
  ]
  return { home, folder, changes, kept, gone }
}

test('files are replaced, made and taken away, folders that become empty too; nothing else is left', async t => {
  const { home, changes, kept } = await start()
  await replaceFiles(home, changes)
  t.is(await readFile(join(home, kept), 'utf8'), 'int two;\n')
  t.is((await stat(join(home, kept))).mode & 0o111, 0o111)
  t.deepEqual(await readdir(join(home, 'demo/patches/01-new-driver/tree')), ['drivers'])
  t.deepEqual(await readdir(home), ['demo'])
})

test('a file that somebody changed meanwhile stops all of it', async t => {
  const { home, changes, gone } = await start()
  await writeFile(join(home, gone), 'mine\n')
  const before = await contents(home)
  const error = await t.throwsAsync(replaceFiles(home, changes), { instanceOf: FoldInterrupted })
  t.regex(error?.message ?? '', /scripts\/new\.sh changed since/)
  t.deepEqual(await contents(home), before)
})

test('cut off before the journal, nothing has happened, and the next goes through', async t => {
  const { home, folder, changes } = await start()
  await mkdir(join(home, '.kseries-fold'))
  await writeFile(join(home, '.kseries-fold/0'), 'half')
  const before = await contents(folder)
  await loadSeries(folder)
  t.deepEqual(await contents(folder), before)
  await replaceFiles(home, changes)
  t.deepEqual(await readdir(home), ['demo'])
})

test('cut off behind the journal, whoever reads the series completes it, however far it had come', async t => {
  const whole = await start()
  await replaceFiles(whole.home, whole.changes)
  const wanted = await contents(whole.home)
  for (let done = 0; done <= whole.changes.length; done++) {
    const { home, folder, changes } = await start()
    await writeJournal(home, changes)
    for (const [index, { path, after }] of changes.slice(0, done).entries()) {
      await mkdir(dirname(join(home, path)), { recursive: true })
      if (after) await rename(join(home, `.kseries-fold/${index}`), join(home, path))
      else await rm(join(home, path))
    }
    await loadSeries(folder)
    t.deepEqual(await contents(home), wanted, `${done} done`)
  }
})

test('cut off, and then a file was changed: neither is lost, and there is a word', async t => {
  const { home, folder, changes, kept } = await start()
  await writeJournal(home, changes)
  await writeFile(join(home, kept), 'mine\n')
  await t.throwsAsync(loadSeries(folder), { instanceOf: FoldInterrupted, message: /new\.c changed since/ })
  t.is(await readFile(join(home, kept), 'utf8'), 'mine\n')
  t.is(await readFile(join(home, '.kseries-fold/0'), 'utf8'), 'int two;\n')
})

test('a process that is killed at any moment leaves the old files, or the new ones after the next look', async t => {
  t.timeout(120_000)
  const module = new URL('../../src/fold/folder.ts', import.meta.url).href
  const program = `import { replaceFiles } from '${module}'
process.stdout.write('ready')
const changes = JSON.parse(process.argv[2]).map(([path, before, after]) =>
  ({ path, before: Buffer.from(before), after: Buffer.from(after), isExecutable: false }))
await replaceFiles(process.argv[1], changes)`
  const names = Array.from({ length: 60 }, (_, index) => `f${index}`)
  for (let wait = 0; wait < 8; wait++) {
    const home = join(root, `k${wait}`)
    await mkdir(home)
    for (const name of names) await writeFile(join(home, name), 'old')
    const changes = JSON.stringify(names.map(name => [name, 'old', 'new']))
    const child = spawn(process.execPath, ['--input-type=module', '-e', program, home, changes])
    const closed = once(child, 'close')
    await once(child.stdout, 'data')
    // However long that is on this machine: each outcome is a right one.
    for (let turn = 0; turn < wait * 40; turn++) await stat(home)
    child.kill('SIGKILL')
    await closed
    await completeFold(home)
    const all = await Promise.all(names.map(name => readFile(join(home, name), 'utf8')))
    t.is(new Set(all).size, 1, `${wait}: ${all.join()}`)
  }
})
