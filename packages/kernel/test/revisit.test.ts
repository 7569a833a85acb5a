import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import test from 'ava'
import { checkout, importTree } from '../src/index.ts'
import { beginBuild, endBuild, staleObjects, wereMade } from '../src/revisit.ts'
import { fakeLinux, freshCache, makeFakeLinux, removeCache, sh, writeTree } from './fake.ts'

let dir: string
let source: string
test.before(async () => {
  dir = await freshCache()
  source = await makeFakeLinux(join(dir, 'linux'))
  await writeTree(source, { 'net/core/dev.h': '', 'net/core/dev.c': '', 'net/sock.c': '', 'boot/copy.c': '' })
})
test.after.always(() => removeCache(dir))

/** The tree with some files changed, and as it was. */
const trees = async (changes: Readonly<Record<string, string>>) => {
  const { treeHash, commit } = await importTree({ kind: 'folder', path: source })
  await writeTree(source, changes)
  const changed = await importTree({ kind: 'folder', path: source })
  for (const file of Object.keys(changes)) {
    const old = await sh('git', ['show', `${commit}:${file}`], join(dir, 'cache/kernel.git')).catch(() => undefined)
    if (old === undefined) await rm(join(source, file))
    else await writeFile(join(source, file), old)
  }
  return { before: treeHash, after: changed.treeHash, commit: changed.commit }
}

let number = 0
/** A build folder beside its sources with what Kbuild leaves in it for a few files, of the tree. */
const folder = async (tree: string, commit: string) => {
  const name = `tree${++number}`
  const { path } = await checkout(commit, name)
  const output = join(dir, 'cache/work', name, 'out')
  const record = (object: string, ...deps: readonly string[]) => {
    const slash = object.lastIndexOf('/') + 1
    const paths = deps.map(file => `  ../linux/${file} \\\n`).join('')
    return {
      [object]: '',
      [`${object.slice(0, slash)}.${object.slice(slash)}.cmd`]: `deps_${object} := \\\n${paths}\n`,
    }
  }
  await mkdir(output, { recursive: true })
  await writeTree(output, {
    ...record('net/core/dev.o', 'net/core/dev.c', 'net/core/dev.h'),
    ...record('net/sock.o', 'net/sock.c', 'net/ethtool/../core/dev.h'),
    ...record('net/core/deep/more.o', 'net/core/deep/more.c'),
    ...record('boot/copy.o', 'boot/copy.c'),
    'net/core/built-in.a': '',
    'net/built-in.a': '',
  })
  const objects = ['net/core/dev.o', 'net/sock.o', 'net/core/deep/more.o']
  await sh('ar', ['cDPrST', 'vmlinux.a', ...objects], output)
  await endBuild(output, [tree], 'settings')
  return { output, source: path }
}

const goals = async (changes: Readonly<Record<string, string>>, spoil?: (output: string) => Promise<void>) => {
  const { before, after, commit } = await trees(changes)
  const place = await folder(before, commit)
  await spoil?.(place.output)
  const stale = await staleObjects({ ...place, plan: { treeHash: after, settings: 'settings' } })
  return stale && { objects: [...stale.objects.keys()].toSorted(), variables: stale.variables }
}

test.serial('a C file: its object, its folder', async t => {
  t.deepEqual(await goals({ 'net/core/dev.c': '/* 1 */' }), {
    objects: ['net/core/dev.o'],
    variables: ['single-goals=net/core/built-in.a'],
  })
})

test.serial('a header: the objects that say that they depend on it, by whatever path', async t => {
  t.deepEqual(await goals({ 'net/core/dev.h': '/* 2 */' }), {
    objects: ['net/core/dev.o', 'net/sock.o'],
    variables: ['single-goals=net/built-in.a net/core/built-in.a'],
  })
})

test.serial('an object of a folder that is made from the one above', async t => {
  await writeTree(source, { 'net/core/deep/more.c': '' })
  const found = await goals({ 'net/core/deep/more.c': '/* 3 */' })
  t.deepEqual(found?.variables, ['single-goals=net/core/built-in.a'])
})

test.serial('all folders: a Makefile, a new file, an object that is no part of the image', async t => {
  t.is(await goals({ 'net/core/dev.c': '/* 4 */', Makefile: `${fakeLinux['Makefile']}# changed\n` }), undefined)
  t.is(await goals({ 'net/core/dev.c': '/* 5 */', 'net/core/new.h': '' }), undefined)
  t.is(await goals({ 'boot/copy.c': '/* 6 */' }), undefined)
})

test.serial(
  'all folders: somebody made something in the folder, or it is of other settings, or nobody knows',
  async t => {
    const change = { 'net/core/dev.c': '/* 7 */' }
    t.not(await goals(change), undefined)
    const byHand = async (output: string) => {
      await delay(20)
      await writeFile(join(output, 'net/sock.o'), 'by hand')
    }
    t.is(await goals(change, byHand), undefined)
    t.is(await goals(change, output => endBuild(output, ['HEAD~1000'], 'settings')), undefined)
    t.is(await goals(change, output => rm(join(output, 'vmlinux.a'))), undefined)
    t.is(await goals(change, output => beginBuild(output, undefined)), undefined)
    const { before } = await trees(change)
    t.is(await goals(change, output => endBuild(output, [before], 'others')), undefined)
  },
)

test.serial('files of all the trees that objects may be of', async t => {
  const { before: first, after: second } = await trees({ 'net/core/dev.c': '/* 8 */' })
  const found = await goals({ 'net/sock.c': '/* 9 */' }, output => endBuild(output, [first, second], 'settings'))
  t.deepEqual(found?.objects, ['net/core/dev.o', 'net/sock.o'])
})

test.serial('all folders: what the folder says of itself is damaged', async t => {
  const change = { 'net/core/dev.c': '/* 11 */' }
  t.is(await goals(change, output => writeFile(join(output, 'kseries-built.json'), '{"trees')), undefined)
  const noArchive = async (output: string) => {
    const record = await readFile(join(output, 'kseries-built.json'))
    await writeFile(join(output, 'vmlinux.a'), 'no archive')
    await delay(20)
    await writeFile(join(output, 'kseries-built.json'), record)
  }
  t.is(await goals(change, noArchive), undefined)
})

test.serial('whether make did what it was sent for', async t => {
  const { before, after, commit } = await trees({ 'net/sock.c': '/* 10 */' })
  const place = await folder(before, commit)
  const stale = await staleObjects({ ...place, plan: { treeHash: after, settings: 'settings' } })
  if (!stale) return t.fail()
  await beginBuild(place.output, stale)
  t.is(await readFile(join(place.output, 'kseries-built.json'), 'utf8').catch(() => 'gone'), 'gone')
  t.false(await wereMade(place.output, stale))
  await delay(20)
  await writeFile(join(place.output, 'net/sock.o'), 'made')
  t.true(await wereMade(place.output, stale))
})
