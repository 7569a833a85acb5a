import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cachePath } from '@kseries/host'
import test from 'ava'
import { AptRefused, findPackage, PackageGone, unpackPackage } from '../src/index.ts'
import { freshCache, makeAptArchive, removeCache, sh, writeTree } from './fake.ts'

let dir: string
let etc: string
test.before(async () => {
  dir = await freshCache()
  const archive = join(dir, 'archive')
  await writeTree(join(dir, 'content'), { 'a/b': 'binary\n' })
  ;({ etc } = await makeAptArchive(archive, join(dir, 'content'), {
    name: 'some-tool',
    version: '1.2-3',
    suite: 'sid',
  }))
  await addSources(archive)
})
test.after.always(() => removeCache(dir))

/** FAKE: puts a source package with a patch of Debian's into an archive. */
const addSources = async (archive: string) => {
  const work = join(dir, 'source')
  const tree = join(work, 'firm-1.0')
  await writeTree(tree, { Makefile: 'all: ;\n', 'a.c': 'old\n' })
  await sh('tar', ['-C', work, '-czf', join(work, 'firm_1.0.orig.tar.gz'), 'firm-1.0'])
  await writeTree(tree, {
    'debian/control':
      'Source: firm\nMaintainer: nobody <nobody@example.org>\nStandards-Version: 4.6.0\n\nPackage: firm\nArchitecture: all\nDescription: fake\n',
    'debian/changelog':
      'firm (1.0-2) sid; urgency=low\n\n  * One.\n\n -- nobody <nobody@example.org>  Sat, 01 Jan 2022 00:00:00 +0000\n',
    'debian/source/format': '3.0 (quilt)\n',
    'debian/patches/series': 'new.patch\n',
    'debian/patches/new.patch': '--- a/a.c\n+++ b/a.c\n@@ -1 +1 @@\n-old\n+patched\n',
    'debian/rules': '#!/bin/sh\n',
  })
  await sh('dpkg-source', ['--no-preparation', '--build', tree], work).catch(() =>
    sh('dpkg-source', ['--build', tree], work),
  )
  const names = ['firm_1.0-2.dsc', 'firm_1.0.orig.tar.gz', 'firm_1.0-2.debian.tar.xz']
  const sums = await Promise.all(
    names.map(async name => {
      await sh('cp', [join(work, name), join(archive, 'pool', name)])
      const [sum = ''] = (await sh('sha256sum', [join(work, name)])).split(' ')
      return ` ${sum} ${await sh('stat', ['--format=%s', join(work, name)])} ${name}`
    }),
  )
  const index = join(archive, 'dists/sid')
  const sources = `Package: firm\nBinary: firm\nVersion: 1.0-2\nFormat: 3.0 (quilt)\nDirectory: pool\nChecksums-Sha256:\n${sums.join('\n')}\n`
  await writeTree(index, { 'main/source/Sources': sources })
  const [sum = ''] = (await sh('sha256sum', [join(index, 'main/source/Sources')])).split(' ')
  const release = await readFile(join(index, 'Release'), 'utf8')
  await writeFile(
    join(index, 'Release'),
    `${release.trimEnd()}\n ${sum} ${Buffer.byteLength(sources)} main/source/Sources\n`,
  )
}

const apt = () => ({ etc, suites: ['no-such-suite', 'sid'] })

test.serial('a source package is found and unpacked, with Debian’s patches', async t => {
  const found = await findPackage(cachePath('apt'), { kind: 'source', name: 'firm' }, apt())
  t.like(found, { name: 'firm', version: '1.0-2', suite: 'sid' })
  t.true(found.size > 100)
  const folder = join(dir, 'unpacked-source')
  await unpackPackage(found, folder, {})
  t.is(await readFile(join(folder, 'a.c'), 'utf8'), 'patched\n')
})

test.serial('a binary package is found and unpacked', async t => {
  const found = await findPackage(cachePath('apt'), { kind: 'binary', name: 'some-tool' }, apt())
  t.like(found, { version: '1.2-3', suite: 'sid' })
  const folder = join(dir, 'unpacked-binary')
  await unpackPackage(found, folder, {})
  t.truthy(await readFile(join(folder, 'usr/src/some-tool.tar.xz')))
})

test.serial('one that is not there is said to be gone, and one that was changed is refused', async t => {
  await t.throwsAsync(findPackage(cachePath('apt'), { kind: 'source', name: 'some-tool' }, apt()), {
    instanceOf: PackageGone,
    message: /some-tool in sid/,
  })
  const found = await findPackage(cachePath('apt'), { kind: 'source', name: 'firm' }, apt())
  await writeFile(join(dir, 'archive/pool/firm_1.0.orig.tar.gz'), 'other')
  await t.throwsAsync(unpackPackage(found, join(dir, 'never'), {}), { instanceOf: AptRefused, message: /firm 1\.0-2/ })
})
