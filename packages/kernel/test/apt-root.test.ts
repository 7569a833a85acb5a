import { lstat, mkdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exists, type Progress } from '@kseries/host'
import test from 'ava'
import { AptRefused, NoAptSources, NoNetwork, NoSuchPackage, unpackWithDependencies } from '../src/index.ts'
import { freshCache, removeCache, sh, writeTree } from './fake.ts'

let dir: string
test.before(async () => {
  dir = await freshCache()
})
test.after.always(() => removeCache(dir))

interface FakeDeb {
  readonly name: string
  readonly version?: string
  readonly depends?: string
  readonly files: Readonly<Record<string, string>>
}

/** FAKE: an archive with packages for an architecture, in the suite sid. */
const makeArchive = async (name: string, debs: readonly FakeDeb[], architecture = 'arm64') => {
  const archive = join(dir, name)
  const entries: string[] = []
  for (const { name: deb, version = '1.0-1', depends, files } of debs) {
    const fields = `Package: ${deb}\nVersion: ${version}\nArchitecture: ${architecture}\n${depends ? `Depends: ${depends}\n` : ''}`
    const staging = join(dir, 'staging', name, deb)
    await writeTree(staging, {
      ...files,
      'DEBIAN/control': `${fields}Maintainer: nobody\nDescription: fake\n`,
      'DEBIAN/postinst': `#!/bin/sh\ntouch ${join(dir, 'was-run')}\n`,
    })
    const path = join('pool', `${deb}_${version.replace(/^\d+:/, '')}_${architecture}.deb`)
    await mkdir(join(archive, 'pool'), { recursive: true })
    await sh('dpkg-deb', ['--build', '--root-owner-group', '-Znone', staging, join(archive, path)])
    const [sum = ''] = (await sh('sha256sum', [join(archive, path)])).split(' ')
    const { size } = await stat(join(archive, path))
    entries.push(`${fields}Filename: ${path}\nSize: ${size}\nSHA256: ${sum}\nDescription: fake\n`)
  }
  const packages = entries.join('\n')
  const index = join(archive, 'dists/sid')
  await writeTree(index, { [`main/binary-${architecture}/Packages`]: packages })
  const [sum = ''] = (await sh('sha256sum', [join(index, `main/binary-${architecture}/Packages`)])).split(' ')
  await writeFile(
    join(index, 'Release'),
    `Suite: sid\nCodename: sid\nDate: Sat, 01 Jan 2022 00:00:00 UTC\nArchitectures: ${architecture}\nComponents: main\nSHA256:\n ${sum} ${packages.length} main/binary-${architecture}/Packages\n`,
  )
  const etc = join(archive, 'etc')
  await writeTree(etc, {
    'sources.list.d/test.sources': `Types: deb\nURIs: file:${archive}\nSuites: bookworm\nComponents: main\nTrusted: yes\n`,
  })
  return { archive, etc }
}

const program: FakeDeb = {
  name: 'prog',
  depends: 'lib (>= 1.0)',
  files: {
    'usr/bin/prog': '#!/bin/lib-loader\n',
    'usr/lib/prog/data': 'data\n',
    'usr/share/doc/prog/copyright': 'all of it\n',
    'usr/share/locale/de/LC_MESSAGES/prog.mo': 'Wörter\n',
    'usr/share/prog/table': 'read by the program\n',
  },
}
const library: FakeDeb = {
  name: 'lib',
  version: '1:1.2~rc1-3',
  files: { 'usr/lib/lib.so.1.2': 'library\n', 'usr/lib/lib.so.1': '->lib.so.1.2', 'usr/lib/x/gconv/KOI8-R.so': 'x\n' },
}

test.serial('packages of another architecture, with what they depend on, once; nothing of them is run', async t => {
  const { archive, etc } = await makeArchive('good', [program, library, { name: 'unrelated', files: { 'usr/u': 'u' } }])
  const progress: Progress[] = []
  const options = { architecture: 'arm64', etc, report: (item: Progress) => progress.push(item) }
  const root = await unpackWithDependencies(['prog'], options)
  t.deepEqual(root.packages, ['lib 1:1.2~rc1-3', 'prog 1.0-1'])
  t.is(root.suite, 'sid')
  t.true(progress.some(item => item.kind === 'step' && /download prog/.test(item.title)))
  const at = (path: string) => join(root.folder, path)
  t.is((await lstat(at('usr/bin/prog'))).mode & 0o777, 0o755)
  t.is((await lstat(at('usr/lib/prog/data'))).mode & 0o777, 0o644)
  t.is(await readlink(at('usr/lib/lib.so.1')), 'lib.so.1.2')
  // As on a system whose /usr is merged: where programs look for their loader.
  t.is(await readlink(at('lib')), 'usr/lib')
  t.is(await readFile(at('bin/prog'), 'utf8'), '#!/bin/lib-loader\n')
  t.true(await exists(at('usr/share/prog/table')))
  for (const path of ['usr/share/doc', 'usr/share/locale', 'usr/lib/x/gconv', 'DEBIAN', 'usr/u', 'sbin'])
    t.false(await exists(at(path)), path)
  t.false(await exists(join(dir, 'was-run')))
  // The mirror is gone; the order of the names and a name twice are the same wish.
  await rm(archive, { recursive: true })
  t.deepEqual(await unpackWithDependencies(['prog', 'prog'], options), root)
  await t.throwsAsync(unpackWithDependencies(['lib'], options), { instanceOf: NoAptSources })
})

test.serial('a name that no suite has, and names that apt would take for more than names', async t => {
  const { etc } = await makeArchive('names', [program, library])
  for (const name of ['no-such-thing', 'prog-', 'pro.*']) {
    const error = await t.throwsAsync(unpackWithDependencies(['lib', name], { architecture: 'arm64', etc }), {
      instanceOf: NoSuchPackage,
    })
    t.true(error.message.includes(`'${name}' for arm64 in sid`), error.message)
    t.is(error.exitCode, 2)
  }
  await t.throwsAsync(unpackWithDependencies(['prog'], { architecture: 'amd64', etc }), { instanceOf: NoSuchPackage })
})

test.serial('what cannot be satisfied or was changed is refused; nothing half-made stays', async t => {
  const { archive, etc } = await makeArchive('broken', [
    { name: 'needy', depends: 'lib (>= 2:1)', files: {} },
    library,
    { name: 'changed', files: { 'usr/c': 'c' } },
  ])
  const options = { architecture: 'arm64', etc }
  await t.throwsAsync(unpackWithDependencies(['needy'], options), {
    instanceOf: AptRefused,
    message: /needy of the Debian archive/,
  })
  const deb = join(archive, 'pool/changed_1.0-1_arm64.deb')
  const good = await readFile(deb)
  await writeFile(deb, 'other')
  await t.throwsAsync(unpackWithDependencies(['changed'], options), {
    instanceOf: AptRefused,
    message: /changed of the Debian archive/,
  })
  await writeFile(deb, good)
  t.deepEqual((await unpackWithDependencies(['changed'], options)).packages, ['changed 1.0-1'])
})

test.serial('no network: said, with what to do', async t => {
  const etc = join(dir, 'unreachable')
  await writeTree(etc, {
    'sources.list.d/x.sources':
      'Types: deb\nURIs: http://127.0.0.1:9/debian\nSuites: sid\nComponents: main\nTrusted: yes\n',
  })
  await t.throwsAsync(unpackWithDependencies(['elsewhere'], { architecture: 'arm64', etc, suites: ['sid'] }), {
    instanceOf: NoNetwork,
  })
})
