import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { cachePath, exists } from '@kseries/host'
import test from 'ava'
import { gitOut } from '../src/git.ts'
import { checkout, importTree, LocalChanges } from '../src/index.ts'
import { freshCache, makeFakeLinux, removeCache, sh } from './fake.ts'

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
  const { path } = await checkout(commits.one, 'edits')
  await writeFile(join(path, 'init/main.c'), 'mine\n')
  for (const commit of [commits.one, commits.two]) {
    const error = await t.throwsAsync(checkout(commit, 'edits'), { instanceOf: LocalChanges, message: /init\/main\.c/ })
    t.deepEqual(error?.files, ['init/main.c'])
    t.truthy(error?.hint)
  }
  t.is(await read(path, 'init/main.c'), 'mine\n')
  await checkout(commits.two, 'edits', { force: true })
  t.regex(await read(path, 'init/main.c'), /start_kernel/)
  t.true(await clean(path))
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
  const index = await sh('git', ['rev-parse', '--git-path', 'index'], path)
  await writeFile(`${index}.lock`, '')
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
  const { path } = await checkout(commits.one, 'orphan')
  await writeFile(join(path, 'init/main.c'), 'mine\n')
  await rm(cachePath('kernel.git/worktrees/linux-orphan'), { recursive: true, force: true })
  await writeFile(join(path, '.git'), 'gitdir: /nonexistent\n')
  const notes: string[] = []
  await checkout(commits.one, 'orphan', { report: item => item.kind === 'note' && notes.push(item.text) })
  t.regex(notes.join(), /linux\.old/)
  t.is(await read(`${path}.old`, 'init/main.c'), 'mine\n')
  t.true(await clean(path))
})
