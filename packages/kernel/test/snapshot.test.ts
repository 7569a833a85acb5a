import { mkdir, readdir, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { gitOut, repositoryDir } from '../src/git.ts'
import { checkout, importTree, LocalChanges, NotAWorkTree, takeSnapshot } from '../src/index.ts'
import { MergeInProgress } from '../src/snapshot.ts'
import { freshCache, makeFakeLinux, removeCache, sh, writeTree } from './fake.ts'

let dir: string
let one: string
let two: string
test.before(async () => {
  dir = await freshCache()
  const path = await makeFakeLinux(join(dir, 'linux'))
  // As Debian's has it: everything at the top is ignored.
  await writeTree(path, { '.gitignore': '*.o\n/*\n!/debian/\n', 'crypto/gone.c': 'int gone;\n' })
  one = (await importTree({ kind: 'folder', path })).commit
  await writeTree(path, { 'crypto/fake.c': 'int fake(void) { return 22; }\n', 'crypto/new.c': 'int fresh;\n' })
  await unlink(join(path, 'crypto/gone.c'))
  two = (await importTree({ kind: 'folder', path })).commit
})
test.after.always(() => removeCache(dir))

const treeOf = (commit: string) => gitOut(['rev-parse', `${commit}^{tree}`])
/** What commit two has and one has not. */
const edit = async (path: string) => {
  await writeTree(path, { 'crypto/fake.c': 'int fake(void) { return 22; }\n', 'crypto/new.c': 'int fresh;\n' })
  await unlink(join(path, 'crypto/gone.c'))
}
const person = ['-c', 'user.name=Person', '-c', 'user.email=person@example.org']
const commit = (path: string, ...args: string[]) => sh('git', [...person, 'commit', '-q', '-m', 'mine', ...args], path)

// Before the others, which write objects.
test.serial('changed, new and deleted files are in it; what is ignored is not; nothing is touched', async t => {
  const { path } = await checkout(one, 'edited')
  {
    await using clean = await takeSnapshot(path)
    t.like(clean, { tree: await treeOf(one), isClean: true })
  }
  await edit(path)
  await writeTree(path, { 'crypto/fake.o': 'object', '.vscode/settings.json': '{}' })
  const index = await sh('git', ['rev-parse', '--git-path', 'index'], path)
  const [before, objects] = [await readFile(index), await gitOut(['count-objects', '-v'])]
  const snapshot = await takeSnapshot(join(path, 'crypto'))
  t.like(snapshot, { path, commit: one, tree: await treeOf(two), isClean: false })
  t.deepEqual(await readFile(index), before)
  t.is(await gitOut(['count-objects', '-v']), objects)
  const [scratch = ''] = snapshot.objects
  await snapshot[Symbol.asyncDispose]()
  await t.throwsAsync(stat(scratch), { code: 'ENOENT' })
})

test('a clone, with commits on top, staged and unstaged changes', async t => {
  const path = join(dir, 'clone')
  await sh('git', ['clone', '-q', '--shared', '--no-checkout', repositoryDir(), path])
  await sh('git', ['checkout', '-q', one], path)
  await edit(path)
  await sh('git', ['add', '-f', 'crypto/new.c'], path)
  await commit(path, 'crypto/fake.c')
  await using snapshot = await takeSnapshot(path)
  t.is(snapshot.tree, await treeOf(two))
  t.is(snapshot.commit, await sh('git', ['rev-parse', 'HEAD'], path))
})

test('no work tree, and an unfinished merge, are told as such', async t => {
  await mkdir(join(dir, 'plain'))
  await t.throwsAsync(takeSnapshot(join(dir, 'plain')), { instanceOf: NotAWorkTree })
  await t.throwsAsync(takeSnapshot(join(dir, 'absent')), { instanceOf: NotAWorkTree })
  const { path } = await checkout(one, 'merging')
  await writeFile(join(path, 'crypto/fake.c'), 'mine\n')
  await commit(path, '-a')
  await sh('git', [...person, 'merge', '-q', '--allow-unrelated-histories', two], path).catch(() => {})
  await t.throwsAsync(takeSnapshot(path), { instanceOf: MergeInProgress })
  t.deepEqual(
    (await readdir('/tmp')).filter(name => name.startsWith('kseries-snapshot-') && name.includes(dir)),
    [],
  )
  await rm(path, { recursive: true })
})

test('a tree that already has what it moves to is moved without a file being written; branches of a person stay', async t => {
  const { path } = await checkout(one, 'same')
  await edit(path)
  await sh('git', ['switch', '-q', '-c', 'mine'], path)
  await commit(path, '-a')
  const mine = await sh('git', ['rev-parse', 'mine'], path)
  const times = () =>
    Promise.all(
      ['crypto/fake.c', 'crypto/new.c', 'init/main.c'].map(
        async file => (await stat(join(path, file), { bigint: true })).ctimeNs,
      ),
    )
  const before = await times()
  await checkout(two, 'same')
  t.deepEqual(await times(), before)
  t.is(await sh('git', ['status', '--porcelain', '--untracked-files=no'], path), '')
  t.is(await sh('git', ['rev-parse', 'HEAD'], path), two)
  t.is(await sh('git', ['rev-parse', 'mine'], path), mine)
  await writeFile(join(path, 'init/main.c'), 'mine\n')
  const error = await t.throwsAsync(checkout(one, 'same'), { instanceOf: LocalChanges })
  t.regex(error?.hint ?? '', /kseries fold/)
})
