import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { cachePath, exists, type Progress } from '@kseries/host'
import test from 'ava'
import { gitOut } from '../src/git.ts'
import { checkout, importTree, LocalChanges, localChanges } from '../src/index.ts'
import { freshCache, makeFakeLinux, removeCache, sh, writeTree } from './fake.ts'

let dir: string
/** Commits one, two (fake.c changed, new.c added, other.c removed), three (a folder of many files added). */
let commits: { one: string; two: string; three: string }

test.before(async () => {
  dir = await freshCache()
  const path = await makeFakeLinux(join(dir, 'linux'))
  const source = { kind: 'folder', path } as const
  const one = (await importTree(source)).commit
  await writeFile(join(path, 'crypto/fake.c'), 'int fake(void) { return 22; }\n')
  await writeFile(join(path, 'crypto/new.c'), 'int fresh(void) { return 4; }\n')
  await rm(join(path, 'crypto/other.c'))
  const two = (await importTree(source)).commit
  await sh('sh', ['-c', 'mkdir many; for n in $(seq 3000); do echo $n > many/$n; done'], path)
  const three = (await importTree(source)).commit
  commits = { one, two, three }
})
test.after.always(() => removeCache(dir))

const clean = async (path: string) => (await sh('git', ['status', '--porcelain', '--untracked-files=no'], path)) === ''
const read = (path: string, file: string) => readFile(join(path, file), 'utf8')

// Before the others: an entry that appears half made while git adds one is what the lock is for.
test.serial('a work tree whose making was cut off is made again, and is in nobody’s way', async t => {
  const notes: string[] = []
  const report = (item: Progress) => item.kind === 'note' && notes.push(item.text)
  const others = {
    import: () => importTree({ kind: 'folder', path: join(dir, 'linux') }),
    checkout: () => checkout(commits.one, 'beside-half-made'),
  }
  for (const other of Object.values(others)) {
    const { path } = await checkout(commits.one, 'half-made', { report })
    t.true(await clean(path))
    const entry = await sh('git', ['rev-parse', '--absolute-git-dir'], path)
    // As `git worktree add` leaves it when it is killed: entry begun and locked, no files yet.
    await writeFile(join(entry, 'locked'), 'initializing')
    await writeFile(join(entry, 'commondir'), '')
    for (const file of await readdir(path)) if (file !== '.git') await rm(join(path, file), { recursive: true })
    await t.throwsAsync(gitOut(['rev-list', '--all']), { message: /commondir/ })
    await other()
    await t.notThrowsAsync(gitOut(['rev-list', '--all']))
  }
  t.true(await clean((await checkout(commits.one, 'half-made', { report })).path))
  t.deepEqual(notes, [])
})

test('a move writes what differs and leaves the rest untouched', async t => {
  const { path } = await checkout(commits.one, 'moves')
  const before = await stat(join(path, 'init/main.c'), { bigint: true })
  const moved = await checkout(commits.two, 'moves')
  t.is(moved.path, path)
  t.is(moved.commit, commits.two)
  t.is(moved.treeHash, await gitOut(['rev-parse', `${commits.two}^{tree}`]))
  t.regex(await read(path, 'crypto/fake.c'), /22/)
  t.true(await exists(join(path, 'crypto/new.c')))
  t.false(await exists(join(path, 'crypto/other.c')))
  const after = await stat(join(path, 'init/main.c'), { bigint: true })
  t.is(after.mtimeNs, before.mtimeNs)
  t.is(after.ino, before.ino)
  t.true(await clean(path))
  t.is(await sh('git', ['rev-parse', 'HEAD'], path), commits.two)
  await checkout(commits.one, 'moves')
  t.true(await exists(join(path, 'crypto/other.c')))
  t.true(await clean(path))
  t.is((await readFile(join(path, 'scripts/run.sh'), 'utf8')).slice(0, 2), '#!')
  t.is((await stat(join(path, 'scripts/run.sh'))).mode & 0o100, 0o100)
})

test('edits of a person are never lost silently', async t => {
  t.deepEqual(await localChanges('edits'), [])
  const { path } = await checkout(commits.one, 'edits')
  t.deepEqual(await localChanges('edits'), [])
  await writeFile(join(path, 'init/main.c'), 'mine\n')
  for (const commit of [commits.one, commits.two]) {
    const error = await t.throwsAsync(checkout(commit, 'edits'), { instanceOf: LocalChanges, message: /init\/main\.c/ })
    t.deepEqual(error?.files, ['init/main.c'])
    t.true(error?.hint?.includes(`git -C ${path} stash`))
  }
  t.deepEqual(await localChanges('edits'), ['init/main.c'])
  t.is(await read(path, 'init/main.c'), 'mine\n')
  await checkout(commits.two, 'edits', { force: true })
  t.regex(await read(path, 'init/main.c'), /start_kernel/)
  t.true(await clean(path))
})

test('who looks only at what is written loses no edit of it, and leaves others where they are', async t => {
  const { path } = await checkout(commits.one, 'looked')
  await writeFile(join(path, 'crypto/fake.c'), 'mine\n')
  const look = 'written'
  await t.throwsAsync(checkout(commits.two, 'looked', { look }), {
    instanceOf: LocalChanges,
    message: /crypto\/fake\.c/,
  })
  t.is(await read(path, 'crypto/fake.c'), 'mine\n')
  await sh('git', ['checkout', '--', 'crypto/fake.c'], path)
  // The same in both commits.
  await writeFile(join(path, 'init/main.c'), 'mine\n')
  await checkout(commits.two, 'looked', { look })
  t.is(await read(path, 'init/main.c'), 'mine\n')
  t.regex(await read(path, 'crypto/fake.c'), /22/)
  // Where a move would write all files, all are looked at: here one is as it is to be already, as after a fold …
  await writeFile(
    join(path, 'crypto/fake.c'),
    await sh('git', ['show', `${commits.one}:crypto/fake.c`], path).then(text => `${text}\n`),
  )
  const mine = { instanceOf: LocalChanges, message: /init\/main\.c/ }
  await t.throwsAsync(checkout(commits.one, 'looked', { look }), mine)
  // … and here a move was cut off.
  await sh('git', ['checkout', '--', 'crypto/fake.c'], path)
  await writeFile(join(path, '../moving'), `${commits.one} ${commits.two}\n`)
  await t.throwsAsync(checkout(commits.two, 'looked', { look }), mine)
  t.is(await read(path, 'init/main.c'), 'mine\n')
})

test('a new file of a person that a commit would overwrite is not lost either', async t => {
  const { path } = await checkout(commits.one, 'untracked')
  await writeFile(join(path, 'crypto/new.c'), 'mine\n')
  await t.throwsAsync(checkout(commits.two, 'untracked'), { instanceOf: LocalChanges, message: /crypto\/new\.c/ })
  t.is(await read(path, 'crypto/new.c'), 'mine\n')
  t.is(await sh('git', ['rev-parse', 'HEAD'], path), commits.one)
  await checkout(commits.one, 'untracked')
  await checkout(commits.two, 'untracked', { force: true })
  t.regex(await read(path, 'crypto/new.c'), /fresh/)
})

test('edits that the target commit has as well are no loss', async t => {
  const { path } = await checkout(commits.one, 'folded')
  await writeFile(join(path, 'crypto/fake.c'), 'int fake(void) { return 22; }\n')
  await writeFile(join(path, 'crypto/new.c'), 'int fresh(void) { return 4; }\n')
  await checkout(commits.two, 'folded')
  t.true(await clean(path))
})

test('commits of a person in the work tree are not left behind silently', async t => {
  const { path } = await checkout(commits.one, 'committed')
  await writeFile(join(path, 'crypto/fake.c'), 'int fake(void) { return 22; }\n')
  await writeFile(join(path, 'init/main.c'), 'mine\n')
  await sh(
    'git',
    ['-c', 'user.name=t', '-c', 'user.email=t@localhost', 'commit', '--quiet', '--all', '--message=mine'],
    path,
  )
  const error = await t.throwsAsync(checkout(commits.two, 'committed'), { instanceOf: LocalChanges })
  t.deepEqual(error?.files, ['init/main.c'])
  await checkout(commits.two, 'committed', { force: true })
  t.true(await clean(path))
  t.regex(await read(path, 'init/main.c'), /start_kernel/)
})

test('a file that was touched, or edited and put back, is no change', async t => {
  const { path } = await checkout(commits.one, 'touched')
  const file = join(path, 'init/main.c')
  await writeFile(file, await readFile(file))
  await checkout(commits.two, 'touched')
  t.true(await clean(path))
})

test('a move that was cut off is completed; only what it was writing is ours', async t => {
  const { path } = await checkout(commits.one, 'cut')
  // As kill -9 leaves it: marker, some files written, index and HEAD old, the index locked.
  await writeFile(cachePath('work/cut/moving'), `${commits.one} ${commits.two}\n`)
  await writeFile(join(path, 'crypto/fake.c'), 'int fake(void) { ret')
  await writeFile(join(path, 'crypto/new.c'), 'int fresh(void) { return 4; }\n')
  for (const file of ['index', 'HEAD', 'ORIG_HEAD']) {
    await writeFile(`${await sh('git', ['rev-parse', '--git-path', file], path)}.lock`, '')
  }
  // A person's edit elsewhere still counts.
  await writeFile(join(path, 'init/main.c'), 'mine\n')
  await t.throwsAsync(checkout(commits.two, 'cut'), { instanceOf: LocalChanges, message: /in init\/main\.c$/ })
  await sh('git', ['-c', 'core.fsmonitor=false', 'show', 'HEAD:init/main.c'], path).then(text =>
    writeFile(join(path, 'init/main.c'), `${text}\n`),
  )
  await checkout(commits.two, 'cut')
  t.true(await clean(path))
  t.regex(await read(path, 'crypto/fake.c'), /22/)
  t.false(await exists(join(path, 'crypto/other.c')))
  t.false(await exists(cachePath('work/cut/moving')))
})

test('a second move that is cut off remembers the first; what either had begun to add goes away', async t => {
  const { path } = await checkout(commits.one, 'cut-twice')
  // On the way to two, then on the way to three: one file of each half written, git knows of neither.
  await writeFile(cachePath('work/cut-twice/moving'), `${commits.one} ${commits.two} ${commits.three}\n`)
  await writeFile(join(path, 'crypto/new.c'), 'int fre')
  await sh('mkdir', ['many'], path)
  await writeFile(join(path, 'many/2497'), '')
  await writeFile(join(path, 'mine.txt'), 'mine\n')
  await checkout(commits.one, 'cut-twice')
  t.false(await exists(join(path, 'crypto/new.c')))
  t.deepEqual(await readdir(join(path, 'many')), [])
  t.is(await read(path, 'mine.txt'), 'mine\n')
  await checkout(commits.three, 'cut-twice')
  t.true(await clean(path))
  t.is((await readdir(join(path, 'many'))).length, 3000)
})

test('a file that became a folder, or a folder a file, is in nobody’s way when a move was cut off', async t => {
  const folder = await makeFakeLinux(join(dir, 'shapes'))
  const source = { kind: 'folder', path: folder } as const
  await writeFile(join(folder, 'shape'), 'file\n')
  const file = (await importTree(source)).commit
  await rm(join(folder, 'shape'))
  await writeTree(folder, { 'shape/inner': 'folder\n' })
  const inner = (await importTree(source)).commit
  const { path } = await checkout(file, 'shapes')
  for (const [from, to] of [
    [file, inner],
    [inner, file],
  ] as const) {
    await writeFile(cachePath('work/shapes/moving'), `${from} ${to}\n`)
    await checkout(to, 'shapes')
    t.true(await clean(path))
  }
  t.is(await read(path, 'shape'), 'file\n')
})

test('a file that becomes a folder, a folder a file, a link, and names that look like patterns are moved like others', async t => {
  const folder = await makeFakeLinux(join(dir, 'plain-shapes'))
  const source = { kind: 'folder', path: folder } as const
  await writeTree(folder, { shape: 'file\n', 'bend/x': 'x\n', '*.c': 'star\n', 'a.c': 'as it is\n' })
  const before = (await importTree(source)).commit
  await rm(join(folder, 'shape'))
  await rm(join(folder, 'bend'), { recursive: true })
  await rm(join(folder, '*.c'))
  await writeTree(folder, { 'shape/inner': 'folder\n', bend: '->shape/inner' })
  const after = (await importTree(source)).commit
  const { path } = await checkout(before, 'plain-shapes')
  const whole = async (commit: string) => {
    t.true(await clean(path))
    t.is(await sh('git', ['diff', '--name-only', commit, '--'], path), '')
    t.is(await sh('git', ['rev-parse', 'HEAD'], path), commit)
  }
  await checkout(after, 'plain-shapes')
  await whole(after)
  t.is(await read(path, 'bend'), 'folder\n')
  t.is(await read(path, 'a.c'), 'as it is\n')
  t.false(await exists(join(path, '*.c')))
  await checkout(before, 'plain-shapes')
  await whole(before)
  t.is(await read(path, 'shape'), 'file\n')
  t.is(await read(path, 'bend/x'), 'x\n')
  // A person's file in a folder that is to go is not lost with it.
  await writeFile(join(path, 'bend/mine'), 'mine\n')
  await t.throwsAsync(checkout(after, 'plain-shapes'), { instanceOf: LocalChanges, message: /bend/ })
  t.is(await read(path, 'bend/mine'), 'mine\n')
})

test('a name that looks like a pattern is that of one file', async t => {
  const folder = await makeFakeLinux(join(dir, 'patterns'))
  const source = { kind: 'folder', path: folder } as const
  await writeTree(folder, { '*.c': 'star\n', 'a.c': 'as it is\n' })
  const { path } = await checkout((await importTree(source)).commit, 'patterns')
  const before = (await stat(join(path, 'a.c'), { bigint: true })).ctimeNs
  await writeTree(folder, { '*.c': 'another\n' })
  await checkout((await importTree(source)).commit, 'patterns')
  t.is(await read(path, '*.c'), 'another\n')
  t.is((await stat(join(path, 'a.c'), { bigint: true })).ctimeNs, before)
  t.true(await clean(path))
})

test('many work trees are made at the same time', async t => {
  const names = Array.from({ length: 6 }, (_, n) => `crowd${n}`)
  const made = await Promise.all(names.map(name => checkout(commits.two, name)))
  for (const { path } of made) t.true(await clean(path))
})

/** Another kseries that makes or moves the work tree. */
const program = (commit: string) => `
    import { checkout } from ${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)}
    console.log('go')
    await checkout(${JSON.stringify(commit)}, 'killed')`

test('kill -9 at any moment of making or moving a work tree: the next call sets it right', async t => {
  const path = cachePath('work/killed/linux')
  const { one, two, three } = commits
  for (const [turn, commit] of [three, one, three, two, one, three, two, three, one, three].entries()) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program(commit)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    await delay(40 + turn * 40)
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  const tree = await checkout(commits.three, 'killed')
  t.is(tree.path, path)
  t.true(await clean(path))
  t.is((await readdir(join(path, 'many'))).length, 3000)
})

test('a work tree whose repository is gone is put aside, not deleted', async t => {
  const notes: string[] = []
  const report = (item: Progress) => item.kind === 'note' && notes.push(item.text)
  for (const aside of ['linux.old', 'linux.old2']) {
    const { path } = await checkout(commits.one, 'orphan')
    await writeFile(join(path, 'init/main.c'), `mine, in ${aside}\n`)
    await writeFile(join(path, '.git'), 'gitdir: /nonexistent\n')
    await checkout(commits.one, 'orphan', { report })
    t.true(await clean(path))
  }
  t.regex(notes.join('\n'), /linux\.old\.\n.*linux\.old2\.$/)
  for (const aside of ['linux.old', 'linux.old2']) {
    t.is(await read(cachePath('work/orphan', aside), 'init/main.c'), `mine, in ${aside}\n`)
  }
})

test.serial('a cache folder that is reached through a link is no other one', async t => {
  const cache = cachePath()
  await symlink(cache, join(dir, 'link'))
  process.env['KSERIES_CACHE'] = join(dir, 'link')
  t.teardown(() => {
    process.env['KSERIES_CACHE'] = cache
  })
  const notes: string[] = []
  const report = (item: Progress) => item.kind === 'note' && notes.push(item.text)
  for (const commit of [commits.one, commits.two]) await checkout(commit, 'linked', { report })
  process.env['KSERIES_CACHE'] = cache
  t.true(await clean((await checkout(commits.three, 'linked', { report })).path))
  t.deepEqual(notes, [])
})

test('two work trees never share an entry of the repository', async t => {
  const { path } = await checkout(commits.one, 'robbed')
  const { path: other } = await checkout(commits.two, 'robber')
  // The repository was deleted, and made again in another order.
  await writeFile(join(path, '.git'), await readFile(join(other, '.git')))
  await checkout(commits.one, 'robbed')
  t.true(await clean(path))
  t.true(await clean(other))
  t.is(await sh('git', ['rev-parse', 'HEAD'], other), commits.two)
})
