import { promises as fs } from 'node:fs'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import test from 'ava'
import { ForeignPatches, formatPatches, generate, loadChain } from '../../src/index.ts'
import { isolate, makeRepo, makeSeries, readAll } from '../kernel.ts'

let root = ''
test.before(async () => {
  root = await isolate()
})
test.after.always(() => rm(root, { recursive: true, force: true }))

const contents = async (folder: string) => readAll(folder, (await readdir(folder)).toSorted())

/** A series, and the same with another first patch, so that the names of the two differ. */
const prepare = async (name: string) => {
  const repo = await makeRepo(join(root, name))
  const made = async (label: string, changes: Record<string, string> = {}) => {
    const chain = await loadChain(await makeSeries(join(root, `${name}-${label}`, 'demo'), changes))
    const generated = await generate(chain, { ...repo, label })
    return async (out: string) => formatPatches(chain, generated, out)
  }
  return {
    one: await made('one'),
    two: await made('two', { 'patches/01-new-driver/message.md': 'demo: bring a file\n\nIt is of use.\n' }),
  }
}

/**
 * Runs `work` in a process that dies before its nth change of the file system: that one and all later ones fail, also those
 * that would clear up.
 * @returns whether it came that far.
 */
const dieAt = async (nth: number, work: () => Promise<unknown>): Promise<boolean> => {
  const dead = new Error('dead')
  const real = { ...fs }
  let count = 0
  for (const name of ['mkdir', 'mkdtemp', 'rename', 'rm', 'writeFile', 'open'] as const)
    Object.assign(fs, {
      [name]: async (...args: readonly unknown[]) => {
        if (++count >= nth) throw dead
        return Reflect.apply(real[name], fs, args)
      },
    })
  syncBuiltinESMExports()
  try {
    await work()
    return false
  } catch (error) {
    if (error !== dead) throw error
    return true
  } finally {
    Object.assign(fs, real)
    syncBuiltinESMExports()
  }
}

test.serial('wherever a run is cut off, the next one makes the folder whole', async t => {
  const { one, two } = await prepare('cut')
  const whole = join(root, 'cut-whole')
  await two(whole)
  const expected = await contents(whole)
  const out = join(root, 'cut-out')
  let died = true
  for (let nth = 1; died; nth++) {
    await rm(out, { recursive: true, force: true })
    await one(out)
    died = await dieAt(nth, () => two(out))
    await two(out)
    t.deepEqual(await contents(out), expected, `cut off at ${nth}`)
    if (!died) t.log(`${nth - 1} places`)
  }
  // Also in a folder without an earlier run.
  for (let nth = 1, cut = true; cut; nth++) {
    await rm(out, { recursive: true, force: true })
    cut = await dieAt(nth, () => two(out))
    await two(out)
    t.deepEqual(await contents(out), expected, `cut off at ${nth}`)
  }
})

test.serial('a run that fails leaves the folder as it was', async t => {
  const { one, two } = await prepare('fails')
  const out = join(root, 'fails-out')
  await one(out)
  const before = await contents(out)
  const path = process.env['PATH']
  process.env['PATH'] = '/nonexistent'
  await t.throwsAsync(two(out)).finally(() => {
    process.env['PATH'] = path
  })
  t.deepEqual(await contents(out), before)
})

test('what an earlier run wrote is replaced, what others wrote is not', async t => {
  const { one, two } = await prepare('replace')
  const out = join(root, 'replace-out')
  await one(out)
  await writeFile(join(out, 'notes.txt'), 'mine')
  await two(out)
  t.deepEqual((await readdir(out)).toSorted(), [
    '.kseries-patches',
    '0000-demo-cover-letter.txt',
    '0001-demo-bring-a-file.patch',
    '0002-demo-change-that-file.patch',
    'notes.txt',
  ])
  // The name is no longer ours.
  await writeFile(join(out, '0001-demo-add-a-file.patch'), 'mine')
  await t.throwsAsync(two(out), { instanceOf: ForeignPatches, message: /0001-demo-add-a-file\.patch/ })
  t.is(await readFile(join(out, '0001-demo-add-a-file.patch'), 'utf8'), 'mine')
})
