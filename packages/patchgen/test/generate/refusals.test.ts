import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DiskFull, run } from '@kseries/host'
import test from 'ava'
import {
  AnchorAmbiguous,
  AnchorNotFound,
  BranchInUse,
  BranchMoved,
  EditImpossible,
  generate,
  loadChain,
  NotLinux,
  RepoLocked,
} from '../../src/index.ts'
import { driver } from '../driver.ts'
import { gitSays, isolate, kernelFiles, makeRepo, makeSeries, writeFiles } from '../kernel.ts'

let root = ''
test.before(async () => {
  root = await isolate()
})
test.after.always(() => rm(root, { recursive: true, force: true }))

const options = { label: '7.3' }

test('an anchor that the base lacks, or has twice, names file, patch and anchor', async t => {
  const folder = await makeSeries(join(root, 'anchor-series', 'demo'))
  const gone = await makeRepo(join(root, 'anchor-gone'), {
    ...kernelFiles,
    'drivers/demo/demo.c': driver.replace('list_head node;', 'list_head nodes;'),
  })
  const error = await t.throwsAsync(generate(await loadChain(folder), { ...options, ...gone }), {
    instanceOf: AnchorNotFound,
  })
  t.regex(
    error?.message ?? '',
    /drivers\/demo\/demo\.c \(demo, 01-new-driver\): found no member 'node' of struct demo_item; nearest:\n/,
  )
  t.true(error?.candidates.some(({ line, text }) => line === 19 && text.includes('nodes;')))
  t.is(error?.exitCode, 2)
  t.is(await gitSays(gone.gitDir, 'for-each-ref', 'refs/kseries', 'refs/heads/kseries'), '')
  const twice = await makeRepo(join(root, 'anchor-twice'), {
    ...kernelFiles,
    'drivers/Makefile': 'obj-y += demo/\nobj-m += demo/\n',
  })
  await t.throwsAsync(generate(await loadChain(folder), { ...options, ...twice }), {
    instanceOf: AnchorAmbiguous,
    message: /drivers\/Makefile .*'demo\/' is there 2 times:\n +1: obj-y.*\n +2: obj-m/,
  })
})

const editing = (text: string) => `import * as p from '@kseries/patchgen'\nexport default [${text}]\n`

test('edits that cannot be', async t => {
  const repo = await makeRepo(join(root, 'cannot'))
  const attempt = async (name: string, changes: Record<string, string | undefined>) =>
    generate(await loadChain(await makeSeries(join(root, name, 'demo'), changes)), { ...options, ...repo })
  await t.throwsAsync(attempt('exists', { 'patches/01-new-driver/tree/drivers/demo/demo.c': 'x\n' }), {
    instanceOf: EditImpossible,
    message: /drivers\/demo\/demo\.c .*exists already/,
  })
  await t.throwsAsync(
    attempt('missing', { 'patches/02-change-it/edits.ts': editing("p.edit('drivers/demo/demo.h', p.append('x'))") }),
    {
      instanceOf: EditImpossible,
      message: /no such file; did you mean drivers\/demo\/demo\.c\?/,
    },
  )
  await t.throwsAsync(attempt('folder', { 'patches/01-new-driver/tree/drivers/demo': 'x' }), {
    instanceOf: EditImpossible,
    message: /drivers\/demo .*it is a folder/,
  })
  await t.throwsAsync(attempt('in-file', { 'patches/01-new-driver/tree/Kbuild/x.c': 'x' }), {
    instanceOf: EditImpossible,
    message: /Kbuild is a file, not a folder/,
  })
  await t.throwsAsync(
    attempt('nothing', {
      'patches/02-change-it/edits.ts': editing("p.when({ base: '6.6' }, [p.deleteFile('Kbuild')])"),
    }),
    {
      instanceOf: EditImpossible,
      message: /02-change-it.*changes nothing/,
    },
  )
})

test('what is not Linux is not generated onto', async t => {
  const chain = await loadChain(await makeSeries(join(root, 'linux-series', 'demo')))
  const { gitDir, base } = await makeRepo(join(root, 'not-linux'), { 'README.md': 'hello\n' })
  await t.throwsAsync(generate(chain, { ...options, gitDir, base }), {
    instanceOf: NotLinux,
    message: /it has no Kbuild/,
  })
  await t.throwsAsync(generate(chain, { ...options, gitDir, base: 'v9.9' }), {
    instanceOf: NotLinux,
    message: /v9\.9.*no such commit/,
  })
  const other = await makeRepo(join(root, 'not-linux-2'), { ...kernelFiles, Makefile: 'all:\n' })
  await t.throwsAsync(generate(chain, { ...options, ...other }), { instanceOf: NotLinux, message: /VERSION/ })
})

test('a locked repository says which lock', async t => {
  const repo = await makeRepo(join(root, 'locked'))
  const chain = await loadChain(await makeSeries(join(root, 'locked-series', 'demo')))
  const lock = join(repo.gitDir, 'refs/heads/kseries/demo/7.3.lock')
  await mkdir(join(lock, '..'), { recursive: true })
  await writeFile(lock, '')
  await t.throwsAsync(generate(chain, { ...options, ...repo }), { instanceOf: RepoLocked, message: /7\.3\.lock/ })
  await rm(lock)
  t.is((await generate(chain, { ...options, ...repo })).commits.length, 2)
})

test('locks that a git of ours left when it was killed are in nobody’s way', async t => {
  const repo = await makeRepo(join(root, 'left'))
  const chain = await loadChain(await makeSeries(join(root, 'left-series', 'demo')))
  for (const refs of [['kseries/draft'], ['kseries/draft', 'kseries/generated', 'heads/kseries']]) {
    for (const ref of refs) {
      const lock = join(repo.gitDir, `refs/${ref}/demo/7.3.lock`)
      await mkdir(join(lock, '..'), { recursive: true })
      await writeFile(lock, '')
    }
    t.is((await generate(chain, { ...options, ...repo, identity: `${refs.length} <x@example.org>` })).commits.length, 2)
  }
})

test('work that somebody did on a generated branch is not hidden', async t => {
  const repo = await makeRepo(join(root, 'moved'))
  const folder = await makeSeries(join(root, 'moved-series', 'demo'))
  const { head } = await generate(await loadChain(folder), { ...options, ...repo })
  await run('git', ['-C', repo.folder, 'checkout', '-q', 'kseries/demo/7.3'])
  await makeSeries(folder, { 'patches/02-change-it/message.md': 'demo: change it\n\nOtherwise.\n' })
  const chain = await loadChain(folder)
  // Checked out, though nothing was committed: the work tree would be left behind.
  await t.throwsAsync(generate(chain, { ...options, ...repo }), {
    instanceOf: BranchInUse,
    message: /checked out in .*moved/,
  })
  await run('git', ['-C', repo.folder, 'commit', '-q', '--allow-empty', '-m', 'mine'])
  const mine = await gitSays(repo.gitDir, 'rev-parse', 'kseries/demo/7.3')
  await run('git', ['-C', repo.folder, 'checkout', '-q', 'main'])
  const error = await t.throwsAsync(generate(chain, { ...options, ...repo }), { instanceOf: BranchMoved })
  t.regex(error?.message ?? '', new RegExp(`${mine.slice(0, 12)}, not at ${head.slice(0, 12)}`))
  t.is(await gitSays(repo.gitDir, 'rev-parse', 'kseries/demo/7.3'), mine)
  await gitSays(repo.gitDir, 'branch', '-m', 'kseries/demo/7.3', 'mine')
  t.not((await generate(chain, { ...options, ...repo })).head, head)
  t.is(await gitSays(repo.gitDir, 'rev-parse', 'mine'), mine)
})

test.serial('a full disk is named, and nothing is moved', async t => {
  const repo = await makeRepo(join(root, 'full'))
  const chain = await loadChain(await makeSeries(join(root, 'full-series', 'demo')))
  const real = (await run('sh', ['-c', 'command -v git'])).stdout
  const script = `case "$*" in *fast-import*) echo "fatal: write error: No space left on device" >&2; exit 128;; esac`
  await writeFiles(join(root, 'full-bin'), { 'git*': `#!/bin/sh\n${script}\nexec ${real} "$@"\n` })
  const path = process.env['PATH'] ?? ''
  process.env['PATH'] = `${join(root, 'full-bin')}:${path}`
  await t.throwsAsync(generate(chain, { ...options, ...repo }), { instanceOf: DiskFull }).finally(() => {
    process.env['PATH'] = path
  })
  t.is(await gitSays(repo.gitDir, 'for-each-ref', 'refs/heads/kseries'), '')
  t.is((await generate(chain, { ...options, ...repo })).commits.length, 2)
})
