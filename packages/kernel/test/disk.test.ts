import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cachePath, DiskFull } from '@kseries/host'
import test, { type ExecutionContext } from 'ava'
import { needRoom } from '../src/disk.ts'
import { ensureRepository, git, gitOut } from '../src/git.ts'
import { importTar } from '../src/import-tar.ts'
import { build, checkout, importTree, TooLittleRoom } from '../src/index.ts'
import { moveWorkTree } from '../src/work-tree.ts'
import { freshCache, makeFakeLinux, packSources, removeCache, sh } from './fake.ts'

let dir: string
test.before(async () => {
  dir = await freshCache()
})
test.after.always(() => removeCache(dir))

/** Whether we may mount: root of a machine may, root of most containers may not. Tests must be declared synchronously. */
const mayMount = (() => {
  const disk = mkdtempSync(join(tmpdir(), 'kseries-mount-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1M', 'tmpfs', disk], { stdio: 'ignore' })
    execFileSync('umount', [disk])
    return true
  } catch {
    return false
  } finally {
    rmSync(disk, { recursive: true })
  }
})()

/** A test with a cache folder on a file system of its own; skipped where nobody may mount one. */
const onSmallDisk = (title: string, size: string, work: (t: ExecutionContext, disk: string) => Promise<void>) => {
  if (!mayMount) return test.serial.skip(`${title} (needs the right to mount a small file system)`, t => t.pass())
  return test.serial(title, async t => {
    const disk = await mkdtemp(join(dir, 'disk-'))
    await sh('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', disk])
    try {
      process.env['KSERIES_CACHE'] = disk
      await work(t, disk)
    } finally {
      process.env['KSERIES_CACHE'] = join(dir, 'cache')
      await sh('umount', ['--lazy', disk])
    }
  })
}

test('enough room is enough', async t => {
  await t.notThrowsAsync(needRoom(join(dir, 'made'), 1000, 'test'))
})

onSmallDisk('each big step looks at the room first, and says how much it needs and has', '32M', async t => {
  const path = await makeFakeLinux(join(dir, 'linux'))
  const error = await t.throwsAsync(importTree({ kind: 'folder', path }), { instanceOf: TooLittleRoom })
  t.regex(error?.message ?? '', /import of .*linux: it needs 1\.00 GB in .*disk-.*, free are 0\.03 GB/)
  t.regex(error?.hint ?? '', /KSERIES_CACHE/)
})

onSmallDisk(
  'a disk that fills up in an import: told as such; the next import with room succeeds',
  '3M',
  async (t, disk) => {
    const big = await makeFakeLinux(join(dir, 'big'))
    await sh('dd', ['if=/dev/urandom', `of=${big}/blob`, 'bs=1M', 'count=5', 'status=none'])
    const archive = join(dir, 'big.tar.xz')
    await packSources(big, archive)
    const gitDir = await ensureRepository()
    const go = () => importTar(archive, gitDir, 'refs/tags/big', 'x', { report: () => {} })
    await t.throwsAsync(go(), { instanceOf: DiskFull })
    t.is(await gitOut(['for-each-ref', 'refs/tags/big']), '')
    await sh('mount', ['-o', 'remount,size=32M', disk])
    await go()
    t.regex(await gitOut(['ls-tree', '--name-only', 'big']), /^blob$/m)
    t.deepEqual(
      (await readdir(join(gitDir, 'objects/pack'))).filter(name => name.startsWith('tmp_')),
      [],
    )
  },
)

onSmallDisk('a disk that fills up while a work tree is written: the next call completes it', '30M', async t => {
  const path = await makeFakeLinux(join(dir, 'wide'))
  // The repository takes a few kB of it, the work tree all. (Of zeros git would make a hole.)
  await writeFile(join(path, 'wide'), 'x'.repeat(20 << 20))
  const gitDir = await ensureRepository()
  const archive = join(dir, 'wide.tar.xz')
  await packSources(path, archive)
  await importTar(archive, gitDir, 'refs/tags/wide', 'x', { report: () => {} })
  await sh('dd', ['if=/dev/zero', `of=${cachePath('filler')}`, 'bs=1M', 'count=20', 'status=none'])
  await t.throwsAsync(checkout('wide', 'w'), { instanceOf: TooLittleRoom })
  const work = await gitOut(['rev-parse', 'wide'])
  await git(['worktree', 'add', '--quiet', '--force', '--detach', '--no-checkout', cachePath('work/w/linux'), work])
  await t.throwsAsync(moveWorkTree('wide', 'w', { force: true }), { instanceOf: DiskFull })
  await rm(cachePath('filler'))
  const tree = await checkout('wide', 'w')
  t.is(await sh('git', ['status', '--porcelain'], tree.path), '')
})

onSmallDisk('a build needs 4 GB and says so', '3500M', async t => {
  const { commit } = await importTree({ kind: 'folder', path: await makeFakeLinux(join(dir, 'for-build')) })
  const workTree = await checkout(commit, 'b')
  for (const _ of ['the first time', 'and again']) {
    await t.throwsAsync(build({ workTree, arch: 'x86_64' }), {
      instanceOf: TooLittleRoom,
      message: /build for x86_64: it needs 4\.00 GB/,
    })
  }
})
