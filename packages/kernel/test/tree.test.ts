import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, rm, truncate, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { cachePath, type Progress } from '@kseries/host'
import test from 'ava'
import { ensureRepository, gitOut } from '../src/git.ts'
import { importTar } from '../src/import-tar.ts'
import { ArchiveDamaged, FolderNotClean, GitSourceFailed, importTree, NotLinux } from '../src/index.ts'
import { sourceSlug } from '../src/source.ts'
import { freshCache, makeFakeLinux, packSources, removeCache, sh, stallingXz } from './fake.ts'

let dir: string
test.before(async () => {
  dir = await freshCache()
})
test.after.always(() => removeCache(dir))

const silent = () => {}

/** The tree git itself makes of the folder. */
const treeByGit = async (folder: string) => {
  const copy = `${folder}-by-git`
  await sh('cp', ['-a', folder, copy])
  await sh('git', ['init', '--quiet', copy])
  await sh('git', ['add', '--all', '--force', '.'], copy)
  return sh('git', ['write-tree'], copy)
}

test.serial('a tar becomes the very tree that git would make of its files, and the same commit each time', async t => {
  const folder = await makeFakeLinux(join(dir, 'linux'))
  const archive = join(dir, 'linux.tar.xz')
  await packSources(folder, archive)
  const gitDir = await ensureRepository()
  await importTar(archive, gitDir, 'refs/tags/one', 'from here', { report: silent })
  t.is(await gitOut(['rev-parse', 'one^{tree}']), await treeByGit(folder))
  t.is(
    await gitOut(['log', '-1', '--format=%an <%ae> %at %cn <%ce> %ct%n%B', 'one']),
    'kseries <kseries@localhost> 1700000000 kseries <kseries@localhost> 1700000000\nLinux 7.3.99\n\nfrom here\n',
  )
  await importTar(archive, gitDir, 'refs/tags/two', 'from here', { report: silent })
  t.is(await gitOut(['rev-parse', 'two']), await gitOut(['rev-parse', 'one']))
})

test.serial('a tar that is not Linux, or is damaged, leaves nothing behind', async t => {
  const gitDir = await ensureRepository()
  const other = join(dir, 'other.tar.xz')
  const half = await makeFakeLinux(join(dir, 'half'))
  await rm(join(half, 'Kconfig'))
  await packSources(half, other)
  await t.throwsAsync(importTar(other, gitDir, 'refs/tags/bad', 'x', { report: silent }), {
    instanceOf: NotLinux,
    message: /no Kconfig/,
  })
  const cut = join(dir, 'cut.tar.xz')
  await packSources(join(dir, 'linux'), cut)
  await truncate(cut, 1200)
  await t.throwsAsync(importTar(cut, gitDir, 'refs/tags/bad', 'x', { report: silent }), { instanceOf: ArchiveDamaged })
  t.is(await gitOut(['for-each-ref', 'refs/tags/bad']), '')
})

test.serial('kill -9 in the middle of an import: nothing of it runs on, and the next one succeeds', async t => {
  const gitDir = await ensureRepository()
  const archive = join(dir, 'killed.tar.xz')
  await packSources(await makeFakeLinux(join(dir, 'to-be-killed')), archive)
  const program = `
    import { importTar } from ${JSON.stringify(new URL('../src/import-tar.ts', import.meta.url).href)}
    await importTar(${JSON.stringify(archive)}, ${JSON.stringify(gitDir)}, 'refs/tags/killed', 'x', { report: () => {} })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: 'ignore',
    env: await stallingXz(join(dir, 'slow')),
  })
  while ((await unfinished(gitDir)).length === 0 && child.exitCode === null) await delay(5)
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  t.is(child.signalCode, 'SIGKILL', 'it was killed before it ended')
  // Its descendants die with it.
  while ((await sh('pgrep', ['-f', archive]).catch(() => '')) !== '') await delay(20)
  t.is((await unfinished(gitDir)).length, 1)
  t.is(await gitOut(['for-each-ref', 'refs/tags/killed']), '')
  await importTar(archive, gitDir, 'refs/tags/killed', 'x', { report: silent })
  t.regex(await gitOut(['ls-tree', '--name-only', 'killed']), /^Makefile$/m)
})

/** Packs that somebody is writing, or was when he was killed. */
const unfinished = async (gitDir: string) =>
  (await readdir(join(gitDir, 'objects/pack'))).filter(name => name.startsWith('tmp_pack_'))

test.serial('what killed gits left is in nobody’s way and goes away; what a living one writes stays', async t => {
  const remote = await makeFakeLinux(join(dir, 'stumbling'))
  const gitIn = (...args: string[]) => sh('git', ['-c', 'user.name=t', '-c', 'user.email=t@localhost', ...args], remote)
  await gitIn('init', '--quiet', '--initial-branch=main')
  await gitIn('add', '--all', '--force')
  await gitIn('commit', '--quiet', '--message=one')
  const gitDir = await ensureRepository()
  for (const name of await unfinished(gitDir)) await rm(join(gitDir, 'objects/pack', name))
  const source = { kind: 'git', url: remote, ref: 'main' } as const
  const old = new Date(Date.now() - 2 * 60 * 60_000)
  const leave = async (file: string, time: Date) => {
    await mkdir(dirname(join(gitDir, file)), { recursive: true })
    await writeFile(join(gitDir, file), '')
    await utimes(join(gitDir, file), time, time)
  }
  for (const file of ['shallow', 'refs/kseries/fetched', `refs/tags/base/${sourceSlug(source)}`]) {
    await leave(`${file}.lock`, new Date())
  }
  await leave('objects/pack/tmp_pack_dead', old)
  await leave('packed-refs.lock', old)
  await leave('objects/pack/tmp_pack_live', new Date())
  const { commit } = await importTree(source)
  t.is(commit, await gitIn('rev-parse', 'HEAD'))
  t.deepEqual(await unfinished(gitDir), ['tmp_pack_live'])
  await gitOut(['pack-refs', '--all'])
  // A folder has an index of its own.
  const folder = { kind: 'folder', path: remote } as const
  await writeFile(cachePath('bases', `${sourceSlug(folder)}.index.lock`), '')
  t.is((await importTree(folder)).treeHash, await gitIn('rev-parse', 'HEAD^{tree}'))
  // A repository whose making was cut off.
  await rm(join(gitDir, 'kseries-ready'))
  await leave('config.lock', new Date())
  t.is(await ensureRepository(), gitDir)
})

test.serial('a folder is imported as it stands, each time, ignored files included', async t => {
  const folder = await makeFakeLinux(join(dir, 'folder'))
  const source = { kind: 'folder', path: folder } as const
  const first = await importTree(source)
  t.is(first.version, '7.3.99')
  t.is(first.treeHash, await treeByGit(folder))
  t.deepEqual(await importTree(source), first)
  await writeFile(join(folder, 'init/main.c'), 'int start_kernel(void) { return 9; }\n')
  await rm(join(folder, 'crypto/other.c'))
  const second = await importTree(source)
  t.is(await gitOut(['diff', '--name-status', first.commit, second.commit]), 'D\tcrypto/other.c\nM\tinit/main.c')
  await writeFile(join(folder, '.config'), 'CONFIG_A=y\n')
  await t.throwsAsync(importTree(source), { instanceOf: FolderNotClean, message: /\.config/ })
})

test.serial('a folder that is a git work tree is imported without what git ignores', async t => {
  const folder = await makeFakeLinux(join(dir, 'clone'), { '.gitignore': '*.o\n.*\n!.gitignore\n' })
  await sh('git', ['init', '--quiet', folder])
  await sh('git', ['add', '.'], folder)
  await writeFile(join(folder, 'init/main.o'), 'built')
  await writeFile(join(folder, '.config'), 'CONFIG_A=y\n')
  await writeFile(join(folder, 'crypto/new.c'), '/* not added yet */\n')
  await rm(join(folder, 'crypto/other.c'))
  const tree = await importTree({ kind: 'folder', path: folder })
  const files = (await gitOut(['ls-tree', '-r', '--name-only', tree.commit])).split('\n')
  t.true(files.includes('crypto/new.c'))
  t.false(files.some(file => ['init/main.o', '.config', 'crypto/other.c'].includes(file)))
  // Another commit's worth of changes later, the private index has not kept what is gone.
  await rm(join(folder, 'crypto/new.c'))
  const later = await importTree({ kind: 'folder', path: folder })
  t.is(await gitOut(['diff', '--name-status', tree.commit, later.commit]), 'D\tcrypto/new.c')
})

test.serial('a git source keeps its commit, has no history, and is fetched once', async t => {
  const remote = await makeFakeLinux(join(dir, 'remote'))
  const gitIn = (...args: string[]) => sh('git', ['-c', 'user.name=t', '-c', 'user.email=t@localhost', ...args], remote)
  await gitIn('init', '--quiet', '--initial-branch=main')
  await gitIn('add', '--all', '--force')
  await gitIn('commit', '--quiet', '--message=one')
  await gitIn('commit', '--quiet', '--allow-empty', '--message=two')
  const tip = await gitIn('rev-parse', 'HEAD')
  const source = { kind: 'git', url: remote, ref: 'main' } as const
  const tree = await importTree(source)
  t.is(tree.commit, tip)
  t.is(tree.version, '7.3.99')
  t.is(await gitOut(['rev-list', '--count', tree.commit]), '1')
  // Any commit can be named, not only what a branch points at.
  const first = await gitIn('rev-parse', 'HEAD~1')
  t.is((await importTree({ kind: 'git', url: `file://${remote}`, ref: first })).commit, first)
  await gitIn('commit', '--quiet', '--allow-empty', '--message=three')
  t.is((await importTree(source)).commit, tip)
  t.is((await importTree(source, { refresh: true })).commit, await gitIn('rev-parse', 'HEAD'))
  await rm(remote, { recursive: true })
  t.is((await importTree(source)).version, '7.3.99')
  await t.throwsAsync(importTree(source, { refresh: true }), { instanceOf: GitSourceFailed })
})

test.serial('a git source that is not Linux, or has no such ref, is refused', async t => {
  const remote = join(dir, 'not-linux')
  await sh('git', ['init', '--quiet', '--initial-branch=main', remote])
  await sh(
    'git',
    ['-c', 'user.name=t', '-c', 'user.email=t@localhost', 'commit', '--quiet', '--allow-empty', '--message=x'],
    remote,
  )
  await t.throwsAsync(importTree({ kind: 'git', url: remote, ref: 'main' }), { instanceOf: NotLinux })
  await t.throwsAsync(importTree({ kind: 'git', url: remote, ref: 'none' }), {
    instanceOf: GitSourceFailed,
    message: /none/,
  })
})

test.serial('a record without its commit is not believed', async t => {
  const source = { kind: 'git', url: join(dir, 'linux-again'), ref: 'main' } as const
  await makeFakeLinux(source.url)
  await sh('git', ['init', '--quiet', '--initial-branch=main', source.url])
  await sh('git', ['add', '--all', '--force'], source.url)
  await sh('git', ['-c', 'user.name=t', '-c', 'user.email=t@localhost', 'commit', '--quiet', '--message=x'], source.url)
  const tree = await importTree(source)
  await rm(cachePath('kernel.git'), { recursive: true })
  const notes: Progress[] = []
  t.is((await importTree(source, { report: note => notes.push(note) })).commit, tree.commit)
  t.true(notes.some(note => note.kind === 'step'))
})
