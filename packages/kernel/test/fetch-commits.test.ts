import { join } from 'node:path'
import test from 'ava'
import { gitOut, repositoryDir } from '../src/git.ts'
import { fetchCommits, importTree } from '../src/index.ts'
import { freshCache, makeFakeLinux, removeCache, sh, writeTree } from './fake.ts'

let dir: string
test.before(async () => {
  dir = await freshCache()
})
test.after.always(() => removeCache(dir))

const person = ['-c', 'user.name=Person', '-c', 'user.email=person@example.org']
const commit = async (path: string, number: number): Promise<string> => {
  await writeTree(path, { 'crypto/fake.c': `int fake(void) { return ${number}; }\n` })
  await sh('git', [...person, 'commit', '-q', '-a', '-m', `step ${number}`], path)
  return (await sh('git', ['rev-parse', 'HEAD'], path)).trim()
}

test.serial("commits on top of ours: ours keep what is below them, and a stranger's come without it", async t => {
  const base = (await importTree({ kind: 'folder', path: await makeFakeLinux(join(dir, 'linux')) })).commit
  const clone = join(dir, 'clone')
  await sh('git', ['clone', '-q', '--no-checkout', repositoryDir(), clone])
  await sh('git', ['checkout', '-q', base], clone)
  const ours = await commit(clone, 1)
  await gitOut(['fetch', '-q', clone, `${ours}:refs/heads/ours`])
  const theirs = await commit(clone, 2)
  await fetchCommits(join(clone, '.git'), theirs, 2)
  t.is(await gitOut(['rev-list', '--count', 'refs/heads/ours']), '2')
  t.is(await gitOut(['rev-list', '--count', theirs]), '3')

  const strange = await makeFakeLinux(join(dir, 'strange'))
  await sh('git', ['init', '-q'], strange)
  await sh('git', ['add', '-A', '-f'], strange)
  await sh('git', [...person, 'commit', '-q', '-m', 'Linux'], strange)
  for (const number of [3, 4]) await commit(strange, number)
  const head = await commit(strange, 5)
  await fetchCommits(join(strange, '.git'), head, 2)
  t.is(await gitOut(['rev-list', '--count', head]), '2')
  t.is(await gitOut(['rev-list', '--count', 'refs/heads/ours']), '2')
})
