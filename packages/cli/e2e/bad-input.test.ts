import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { copyOfSeries, edit, kseries, lastEvent, scratch } from './kseries.ts'

const core = 'securekey/patches/03-core/tree/drivers/securekey/provider.c'
const kunit = 'securekey/patches/15-kunit/tree/drivers/securekey/tests/provider.c'
const soft = 'securekey/patches/12-soft-provider/tree/drivers/securekey/soft/main.c'

test('a series that is not there, a folder that is none, a schema error: what and where, exit 2', async t => {
  const unknown = await kseries(['run', 'no-such-series'])
  t.is(unknown.exitCode, 2)
  t.regex(unknown.stderr, /Cannot find the series 'no-such-series'.*\n.*securekey-afalg/)

  const folder = await copyOfSeries()
  await writeFile(join(folder, 'securekey/series.ts'), "export default { title: '', dates: 'today' }\n")
  const broken = await kseries(['run', join(folder, 'securekey')])
  t.is(broken.exitCode, 2)
  t.regex(broken.stderr, /series\.ts/)
  t.regex(broken.stderr, /title/)
  t.regex(broken.stderr, /dates/)
})

test('a base that is no Linux tree: exit 2, and what it lacks', async t => {
  const folder = await scratch()
  await writeFile(join(folder, 'Makefile'), 'all:\n')
  const { exitCode, stderr } = await kseries(['run', '--base', `${folder}/`])
  t.is(exitCode, 2, stderr)
  t.regex(stderr, /Linux|Kbuild|Kconfig/)
})

test('a compile error: file, line, message, and the patch it came from; exit 3; repaired, it passes', async t => {
  const folder = await copyOfSeries()
  const series = join(folder, 'securekey-afalg')
  await edit(join(folder, core), old => `${old}\nint kseries_broken = undeclared_name;\n`)
  const broken = await kseries(['run', series])
  t.is(broken.exitCode, 3, broken.stderr)
  t.regex(broken.stderr, /drivers\/securekey\/provider\.c:\d+:\d+: .*undeclared_name/)
  t.regex(broken.stderr, /from securekey, patch 03-core/)

  await edit(join(folder, core), old => old.replace(/\nint kseries_broken.*\n/, ''))
  const repaired = await kseries(['run', series, '--json'])
  t.is(repaired.exitCode, 0, repaired.stderr)
  await rm(folder, { recursive: true })
})

test('a kernel that panics at boot: verdict panic with its message, exit 1', async t => {
  const folder = await copyOfSeries()
  await edit(join(folder, soft), old =>
    old.replace(
      /(static int __init \w+\(void\)\n\{\n(?:\t[\w ]+[^;{]*;\n)*)/,
      '$1\tpanic("kseries end-to-end test");\n',
    ),
  )
  const { exitCode, stdout, stderr } = await kseries(['run', join(folder, 'securekey-afalg'), '--json'])
  t.is(exitCode, 1, stderr)
  t.is(lastEvent(stdout, 'verdict')['kind'], 'panic')
  t.regex(stderr + stdout, /kseries end-to-end test/)
  await rm(folder, { recursive: true })
})

test('a wrong expectation, a test that crashes on load, a splat: each fails with its own word', async t => {
  const folder = await copyOfSeries()
  const selftests = join(folder, 'securekey-afalg/selftests')
  await writeFile(
    join(selftests, 'zz-broken.test.ts'),
    `import { test } from '@kseries/kselftest-ts'
test('zz expectation', async t => t.is(await t.context.sys.getpid(), -1))
test('zz splat', async t => {
  await t.context.sys.writeFile('/dev/kmsg', '<4>------------[ cut here ]------------\\n')
  await t.context.sys.writeFile('/dev/kmsg', '<4>WARNING: CPU: 0 PID: 1 at kernel/kseries.c:1 made_up+0x1/0x2\\n')
  await t.context.sys.writeFile('/dev/kmsg', '<4>---[ end trace 0000000000000000 ]---\\n')
  t.pass()
})
test('zz good', t => t.pass())
`,
  )
  await writeFile(join(selftests, 'zz-unloadable.test.ts'), "import './not-there.ts'\n")
  const { exitCode, stdout, stderr } = await kseries([
    'run',
    join(folder, 'securekey-afalg'),
    '--test',
    'zz*',
    '--json',
  ])
  t.is(exitCode, 1, stderr)
  const tests = Object.fromEntries(
    stdout
      .split('\n')
      .filter(line => line.startsWith('{"type":"test"'))
      .map(line => JSON.parse(line) as { title: string; group: string; verdict: string })
      .map(({ group, title, verdict }) => [`${title.startsWith('zz') ? '' : `${group} `}${title}`, verdict]),
  )
  t.is(tests['zz expectation'], 'fail')
  t.is(tests['zz splat'], 'splat')
  t.is(tests['zz good'], 'pass')
  t.true(
    Object.entries(tests).some(([title, kind]) => /unloadable/.test(title) && kind === 'fail'),
    JSON.stringify(tests),
  )
  t.is(Object.keys(tests).length, 4, 'tests that were not asked for are no results')

  const none = await kseries(['run', join(folder, 'securekey-afalg'), '--test', 'no such title'])
  t.is(none.exitCode, 2)
  t.regex(none.stderr, /Cannot find a test whose title matches 'no such title'/)
  await rm(folder, { recursive: true })
})

test('a kernel that panics in a KUnit suite: the selftests keep their results, the next suites are run; exit 1', async t => {
  const folder = await copyOfSeries()
  await edit(join(folder, kunit), old =>
    old.replace(
      /(static void \w+\(struct kunit \*test\)\n\{\n(?:\t[\w ]+[^;{]*;\n)*)/,
      '$1\tpanic("kseries in KUnit");\n',
    ),
  )
  const { exitCode, stdout, stderr } = await kseries(['run', join(folder, 'securekey-afalg'), '--json'])
  t.is(exitCode, 1, stderr)
  const verdict = lastEvent(stdout, 'verdict') as { kind: string; text: string; counts: Record<string, number> }
  t.is(verdict.kind, 'panic')
  t.regex(verdict.text, /kseries in KUnit/)
  t.is(verdict.counts['fail'], 1)
  t.true((verdict.counts['pass'] ?? 0) > 300)
  await rm(folder, { recursive: true })
})

test('a kernel that does nothing: boot-timeout or hang, with the last console lines, exit 1', async t => {
  const folder = await copyOfSeries()
  await edit(join(folder, soft), old =>
    old.replace(
      /(static int __init \w+\(void\)\n\{\n(?:\t[\w ]+[^;{]*;\n)*)/,
      '$1\tpr_info("kseries sleeps now\\n");\n\tfor (;;)\n\t\tcpu_relax();\n',
    ),
  )
  const { exitCode, stdout, stderr } = await kseries(['run', join(folder, 'securekey-afalg'), '--json'])
  t.is(exitCode, 1, stderr)
  const verdict = lastEvent(stdout, 'verdict') as { kind: string; text: string }
  t.is(verdict.kind, 'boot-timeout')
  t.regex(verdict.text, /kseries sleeps now/)
  await rm(folder, { recursive: true })
})
