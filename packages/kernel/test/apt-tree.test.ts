import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cachePath, exists, type Progress } from '@kseries/host'
import test from 'ava'
import { findMainArchives, stanzaForSuite } from '../src/apt-sources.ts'
import { AptRefused, importTree, NoAptSources, NoNetwork, NotLinux, PackageGone } from '../src/index.ts'
import { freshCache, makeAptArchive, makeFakeLinux, removeCache, stallingXz, writeTree } from './fake.ts'

let dir: string
test.before(async () => {
  dir = await freshCache()
  await makeFakeLinux(join(dir, 'linux'))
})
test.after.always(() => removeCache(dir))

const source = (version: string) => ({ kind: 'apt', version }) as const
const suites = ['no-such-suite', 'trixie-backports']

test.serial('the machine’s own mirror is used, whichever way it is written down', async t => {
  const etc = join(dir, 'etc-forms')
  const first = async (suite: string) => stanzaForSuite((await findMainArchives(etc))[0] ?? new Map(), suite)
  await writeTree(etc, {
    'sources.list':
      '# deb http://off.invalid/debian bookworm main\ndeb http://sec.invalid/debian-security bookworm-security main\n',
    'sources.list.d/a.list':
      'deb [signed-by=/k.gpg arch=amd64,arm64] http://one.invalid/debian bookworm main contrib # mine\n',
    'sources.list.d/b.sources': 'Enabled: no\nTypes: deb\nURIs: http://two.invalid/\nSuites: sid\nComponents: main\n',
  })
  t.is(
    await first('trixie-backports'),
    'types: deb\nuris: http://one.invalid/debian\nsuites: trixie-backports\ncomponents: main\nsigned-by: /k.gpg\narchitectures: amd64 arm64\n',
  )
  await rm(join(etc, 'sources.list.d/a.list'))
  await t.throwsAsync(findMainArchives(etc), { instanceOf: NoAptSources })
  await writeTree(etc, {
    'sources.list.d/c.sources':
      'Types: deb-src\nURIs: http://src.invalid/\nSuites: sid\nComponents: main\n\n# x\nTypes: deb deb-src\n# y\nURIs: http://three.invalid/debian\nSuites: bookworm bookworm-updates\nComponents: main\nSigned-By:\n -----BEGIN\n .\n END\n',
  })
  t.is(
    await first('sid'),
    'types: deb\nuris: http://three.invalid/debian\nsuites: sid\ncomponents: main\nsigned-by: -----BEGIN\n .\n END\n',
  )
})

test.serial('Debian’s own archive comes before those of single programs, and discs are none', async t => {
  const etc = join(dir, 'etc-foreign')
  await writeTree(etc, {
    'sources.list': 'deb cdrom:[Debian GNU/Linux 13 _Trixie_ - Official amd64 DVD]/ trixie main contrib\n',
    'sources.list.d/browser.sources': 'Types: deb\nURIs: https://browser.invalid/\nSuites: stable\nComponents: main\n',
    'sources.list.d/compiler.list': 'deb http://compiler.invalid/trixie/ llvm-toolchain-trixie main\n',
    'sources.list.d/debian.sources': 'Types: deb\nURIs: http://deb.invalid/debian/\nSuites: trixie\nComponents: main\n',
  })
  t.deepEqual(
    (await findMainArchives(etc)).map(stanza => stanza.get('uris')),
    ['http://deb.invalid/debian/', 'https://browser.invalid/', 'http://compiler.invalid/trixie/'],
  )
})

test.serial('an archive without any of the suites is passed over for the next', async t => {
  const [foreign, own] = [join(dir, 'foreign'), join(dir, 'own')]
  const { etc } = await makeAptArchive(own, join(dir, 'linux'), { name: 'linux-source-7.11' })
  await makeAptArchive(foreign, join(dir, 'linux'), { name: 'browser', suite: 'stable' })
  await writeTree(etc, {
    'sources.list.d/browser.sources': `Types: deb\nURIs: file:${foreign}\nSuites: stable\nComponents: main\nTrusted: yes\n`,
  })
  t.is((await importTree(source('7.11'), { apt: { etc, suites } })).version, '7.3.99')
})

test.serial('a package is found in the first suite that has it, imported once, and needs no mirror then', async t => {
  const archive = join(dir, 'archive')
  const { etc } = await makeAptArchive(archive, join(dir, 'linux'))
  const apt = { etc, suites }
  const progress: Progress[] = []
  const tree = await importTree(source('7.3'), { apt, report: item => progress.push(item) })
  t.like(tree, { version: '7.3.99', label: '7.3', origin: 'Debian linux-source-7.3 7.3.99-1 (trixie-backports)' })
  t.true(progress.some(item => item.kind === 'step' && /download/.test(item.title)))
  // What was downloaded is gone, the mirror too.
  t.false(await exists(cachePath('apt/packages')))
  await rm(archive, { recursive: true })
  t.deepEqual(await importTree(source('7.3'), { apt }), tree)
})

test.serial(
  'a version that is gone: the default falls back to the newest later one, another is refused by name',
  async t => {
    const archive = join(dir, 'moved-on')
    const linux = await makeFakeLinux(join(dir, 'linux-7.5'), {})
    const older = 'Package: linux-source-7.1\nVersion: 7.1.1-1\nArchitecture: all\nFilename: x\nSize: 1\n'
    const { etc } = await makeAptArchive(archive, linux, {
      name: 'linux-source-7.5',
      version: '7.5.2-1',
      keep: [older],
    })
    const apt = { etc, suites }
    await t.throwsAsync(importTree(source('7.2'), { apt }), {
      instanceOf: PackageGone,
      message: /linux-source-7\.2 in trixie-backports/,
    })
    const error = await t.throwsAsync(importTree(source('7.2'), { apt }), { instanceOf: PackageGone })
    t.regex(error?.hint ?? '', /7\.1, 7\.5|7\.5, 7\.1/)
    const notes: string[] = []
    const tree = await importTree(source('7.3'), {
      apt,
      refresh: true,
      report: item => item.kind === 'note' && notes.push(item.text),
    })
    t.regex(tree.origin, /linux-source-7\.5 7\.5\.2-1/)
    t.regex(notes.join(), /no linux-source-7\.3 any more: taking linux-source-7\.5/)
  },
)

test.serial('no answer from the mirror is told as such', async t => {
  const etc = join(dir, 'etc-offline')
  // Nobody listens on port 9 of this machine.
  await writeTree(etc, {
    'sources.list.d/x.sources':
      'Types: deb\nURIs: http://127.0.0.1:9/debian\nSuites: bookworm\nComponents: main\nTrusted: yes\n',
  })
  const error = await t.throwsAsync(importTree(source('7.4'), { apt: { etc, suites } }), { instanceOf: NoNetwork })
  t.regex(error?.message ?? '', /127\.0\.0\.1:9/)
  await mkdir(join(dir, 'etc-empty'))
  await t.throwsAsync(importTree(source('7.4'), { apt: { etc: join(dir, 'etc-empty'), suites } }), {
    instanceOf: NoAptSources,
  })
})

test.serial('a package that is not what the archive signed for is refused, and the repaired archive works', async t => {
  const archive = join(dir, 'tampered')
  const linux = join(dir, 'linux')
  const { etc, deb } = await makeAptArchive(archive, linux, { name: 'linux-source-7.6', version: '7.6.1-1' })
  await appendFile(deb, 'more')
  const apt = { etc, suites }
  await t.throwsAsync(importTree(source('7.6'), { apt }), { instanceOf: AptRefused, message: /7\.6/ })
  await rm(archive, { recursive: true })
  await makeAptArchive(archive, linux, { name: 'linux-source-7.6', version: '7.6.1-1' })
  t.is((await importTree(source('7.6'), { apt })).version, '7.3.99')
})

test.serial('an index past its date is used, and that is said', async t => {
  const { etc } = await makeAptArchive(join(dir, 'expired'), join(dir, 'linux'), {
    name: 'linux-source-7.10',
    validUntil: 'Sun, 02 Jan 2022 00:00:00 UTC',
  })
  const notes: string[] = []
  const report = (item: Progress) => item.kind === 'note' && notes.push(item.text)
  t.is((await importTree(source('7.10'), { apt: { etc, suites }, report })).version, '7.3.99')
  t.regex(notes.join(), /trixie-backports is past its date/)
})

test.serial('a package without a kernel in it is refused', async t => {
  await writeTree(join(dir, 'no-linux'), { README: 'no kernel\n', 'src/a.c': '' })
  const { etc } = await makeAptArchive(join(dir, 'wrong'), join(dir, 'no-linux'), { name: 'linux-source-7.7' })
  await t.throwsAsync(importTree(source('7.7'), { apt: { etc, suites } }), { instanceOf: NotLinux })
})

test.serial('an interrupted download or unpack is taken up again', async t => {
  const { etc } = await makeAptArchive(join(dir, 'interrupted'), join(dir, 'linux'), { name: 'linux-source-7.8' })
  const apt = { etc, suites }
  // What kill -9 leaves: a part of the package, and a part of its contents under its temporary name.
  const packages = cachePath('apt/packages')
  await mkdir(join(packages, 'incoming'), { recursive: true })
  await writeFile(join(packages, 'incoming/linux-source-7.8_7.3.99-1_all.deb'), 'part of it')
  await writeTree(join(packages, 'linux-source-7.8_7.3.99-1.partial'), { 'usr/src/linux-source-7.8.tar.xz': 'part' })
  t.is((await importTree(source('7.8'), { apt })).version, '7.3.99')
})

test.serial('kill -9 at any moment of an import: the next one succeeds with the same commit', async t => {
  const { etc } = await makeAptArchive(join(dir, 'killed'), join(dir, 'linux'), { name: 'linux-source-7.9' })
  const apt = { etc, suites }
  const program = `
    import { importTree } from ${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)}
    await importTree({ kind: 'apt', version: '7.9' }, { apt: ${JSON.stringify(apt)}, report: item => console.log(JSON.stringify(item)) })`
  // However late the kill comes, the import is not over.
  const slow = await stallingXz(join(dir, 'slow'))
  for (const after of ['look for', 'download', 'import', undefined]) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: after ? slow : process.env,
    })
    let said = ''
    for await (const chunk of child.stdout) {
      said += String(chunk)
      if (after && said.includes(`"title":"${after}`)) child.kill('SIGKILL')
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    t.is(child.signalCode ?? child.exitCode, after ? 'SIGKILL' : 0, after)
  }
  t.is((await importTree(source('7.9'), { apt })).version, '7.3.99')
})
