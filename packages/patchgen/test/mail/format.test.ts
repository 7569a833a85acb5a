import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { ExitCode, exists, KseriesError, run } from '@kseries/host'
import test from 'ava'
import { changeIdOf, formatPatches, generate, loadChain } from '../../src/index.ts'
import { gitSays, isolate, makeRepo, makeSeries, readAll } from '../kernel.ts'

let root = ''
test.before(async () => {
  root = await isolate()
})
test.after.always(() => rm(root, { recursive: true, force: true }))

/** A chain of two series, generated; the second is an RFC, v2, with mail addresses. */
const prepare = async (name: string) => {
  const repo = await makeRepo(join(root, name))
  await makeSeries(join(root, `${name}-series`, 'demo'))
  const folder = await makeSeries(join(root, `${name}-series`, 'on-top'), {
    'series.ts': `export default { title: 'On top', date: '2026-11-24', needs: ['demo'], rfc: true, version: 2,
      to: ['linux-kernel@vger.kernel.org'], cc: ['Jörg Ä <joerg@example.org>'] }\n`,
    'cover.md': 'demo: more – of it\n\nWhy it is better.\n',
    'patches/01-new-driver/message.md': undefined,
    'patches/01-new-driver/edits.ts': undefined,
    'patches/01-new-driver/tree/drivers/new/new.c': undefined,
    'patches/01-new-driver/tree/scripts/new.sh*': undefined,
    'patches/02-change-it/message.md': 'demo: grüße\n\nFrom the “body”.\n\nFrom here on it is fine.\n',
    'patches/02-change-it/edits.ts':
      "import { edit, replace } from '@kseries/patchgen'\nexport default [edit('drivers/new/new.c', replace('long two;', 'char two; /* → */'))]\n",
  })
  const chain = await loadChain(folder)
  return { repo, chain, generated: await generate(chain, { label: '7.3', gitDir: repo.gitDir, base: repo.base }) }
}

test('git am of the patches on a clean base gives the same tree', async t => {
  const { repo, chain, generated } = await prepare('am')
  const out = join(root, 'am-out')
  const { patches, covers } = await formatPatches(chain, generated, out)
  t.deepEqual(
    patches.map(path => basename(path)),
    ['0001-demo-add-a-file.patch', '0002-demo-change-that-file.patch', '0003-demo-gr-e.patch'],
  )
  t.deepEqual(
    covers.map(path => basename(path)),
    ['0000-demo-cover-letter.txt', '0002-on-top-cover-letter.txt'],
  )
  const clean = join(root, 'am-clean')
  await run('git', ['clone', '-q', '--no-local', '--single-branch', '--branch', 'main', repo.folder, clean])
  const glob = (await readdir(out)).filter(name => name.endsWith('.patch')).toSorted()
  await run('git', ['-C', clean, 'am', '-q', ...glob.map(name => join(out, name))])
  t.is(await gitSays(join(clean, '.git'), 'rev-parse', 'HEAD^{tree}'), generated.treeHash)
  t.deepEqual(
    (await gitSays(join(clean, '.git'), 'log', '--format=%an %at %B', 'HEAD~3..')).split('\n'),
    (await gitSays(repo.gitDir, 'log', '--format=%an %at %B', `${generated.head}~3..${generated.head}`)).split('\n'),
  )
})

test.serial('two runs give the same bytes, whatever is configured', async t => {
  const { chain, generated } = await prepare('bytes')
  const one = await formatPatches(chain, generated, join(root, 'bytes-1'))
  const config = process.env['GIT_CONFIG_GLOBAL'] ?? ''
  const before = await readFile(config, 'utf8')
  await writeFile(
    config,
    `${before}[format]\n\tsignature = mine\n\tattach = x\n\tsubjectPrefix = Y\n\tcoverLetter = true\n\tthread = true\n\tfrom = z <z@z>\n[diff]\n\tnoprefix = true\n\tcontext = 1\n\talgorithm = patience\n\tmnemonicPrefix = true\n\trenames = copies\n[core]\n\tabbrev = 7\n[log]\n\tdate = relative\n`,
  )
  const two = await formatPatches(chain, generated, join(root, 'bytes-2')).finally(() => writeFile(config, before))
  const names = [...one.covers, ...one.patches].map(path => basename(path))
  t.deepEqual(
    names,
    [...two.covers, ...two.patches].map(path => basename(path)),
  )
  t.deepEqual(await readAll(join(root, 'bytes-1'), names), await readAll(join(root, 'bytes-2'), names))
  t.false(Object.values(await readAll(join(root, 'bytes-1'), names)).some(mail => /\n-- \n/.test(mail)))
})

const subject = async (path = '') =>
  /^Subject: (.*(?:\n .*)*)/m.exec(await readFile(path, 'utf8'))?.[1]?.replaceAll('\n', '')

test('subjects count per series, with prefix and version', async t => {
  const { chain, generated } = await prepare('subject')
  const { patches, covers } = await formatPatches(chain, generated, join(root, 'subject-out'))
  t.is(await subject(patches[0]), '[PATCH 1/2] demo: add a file')
  t.is(await subject(covers[0]), '[PATCH 0/2] demo: a thing to show')
  t.is(await subject(patches[2]), '[PATCH RFC v2 1/1] =?UTF-8?q?demo:=20gr=C3=BC=C3=9Fe?=')
  t.is(await subject(covers[1]), '[PATCH RFC v2 0/1] =?UTF-8?q?demo=3A_more_=E2=80=93_of_it?=')
  const other = await formatPatches(chain, generated, join(root, 'subject-out'), { version: 3, rfc: false, only: true })
  t.is(other.patches.length, 1)
  t.regex((await subject(other.patches[0])) ?? '', /^\[PATCH v3 1\/1\]/)
})

test('the cover letter has text, shortlog, diffstat and what tools read', async t => {
  const { repo, chain, generated } = await prepare('cover')
  const { covers } = await formatPatches(chain, generated, join(root, 'cover-out'))
  const [first = '', second = ''] = await Promise.all(covers.map(path => readFile(path, 'utf8')))
  t.is(
    first,
    `From ${generated.commits[1]?.hash} Mon Sep 17 00:00:00 2001
From: Test Person <test@example.org>
Date: Tue, 14 Nov 2023 22:13:22 +0000
Subject: [PATCH 0/2] demo: a thing to show

Why it is here.

Test Person (2):
  demo: add a file
  demo: change that file

 drivers/Makefile    | 1 +
 drivers/demo/demo.c | 1 +
 drivers/demo/old.c  | 1 -
 drivers/new/new.c   | 3 +++
 scripts/new.sh      | 1 +
 5 files changed, 6 insertions(+), 1 deletion(-)
 delete mode 100644 drivers/demo/old.c
 create mode 100644 drivers/new/new.c
 create mode 100755 scripts/new.sh

base-commit: ${repo.base}
change-id: ${changeIdOf(chain[0] ?? t.fail())}
`,
  )
  t.regex(second, /\nTo: linux-kernel@vger\.kernel\.org\nCc: =\?UTF-8\?q\?J=C3=B6rg_=C3=84\?= <joerg@example\.org>\n/)
  t.regex(second, /\nContent-Type: text\/plain; charset=UTF-8\n/)
  t.regex(
    second,
    /\nprerequisite-change-id: 20261123-demo-[0-9a-f]{12}:v1\nprerequisite-patch-id: [0-9a-f]{40}\nprerequisite-patch-id: [0-9a-f]{40}\n$/,
  )
  const diff = await run('git', [`--git-dir=${repo.gitDir}`, 'show', generated.commits[0]?.hash ?? ''], {
    binary: true,
  })
  const id = (await run('git', ['patch-id', '--stable'], { input: diff.bytes })).stdout.split(' ')[0]
  t.true(second.includes(`prerequisite-patch-id: ${id}\n`))
})

test('the change-id is stable over versions and can be given', async t => {
  const { chain } = await prepare('change')
  const series = chain[0] ?? t.fail()
  t.regex(changeIdOf(series), /^20261123-demo-[0-9a-f]{12}$/)
  t.is(changeIdOf({ ...series, meta: { ...series.meta, version: 7, title: 'Other' } }), changeIdOf(series))
  t.is(changeIdOf({ ...series, meta: { ...series.meta, changeId: '20250101-x-0' } }), '20250101-x-0')
})

test('a version that is none is refused before anything is touched', async t => {
  const { chain, generated } = await prepare('version')
  for (const version of [Number.NaN, 0, -1, 1.5, Number.POSITIVE_INFINITY])
    t.is(
      (
        await t.throwsAsync(formatPatches(chain, generated, join(root, 'version-out'), { version }), {
          instanceOf: KseriesError,
          message: `Cannot format patches as version '${version}': a version must be a whole number of at least 1`,
        })
      )?.exitCode,
      ExitCode.usage,
    )
  t.false(await exists(join(root, 'version-out')))
})
