import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { cachePath, type Progress } from '@kseries/host'
import test from 'ava'
import { buildChecks, buildToolsHere, type Finding, installedClangs, type Subject } from '../../src/index.ts'
import { fakeKernel, goodMessage } from '../kernel.ts'
import { type Commit, type Files, isolate, Repo, write } from '../repo.ts'
import { withSandbox } from '../with-sandbox.ts'

/**
 * FAKE: gcc, which says of each line with CLANG_SAYS what clang says of such; and smatch, of each with SMATCH_SAYS or SMATCH_GUESSES. They
 * are newer than any real one, and first on PATH.
 */
const fakes: Files = {
  'clang-990': `#!/bin/sh
[ "$1" = --version ] && { echo 'Debian clang version 990.0.1 (1)'; exit; }
for source; do :; done
sed -n "/CLANG_SAYS/{=;}" "$source" | while read -r line; do
	echo "$source:$line:2: warning: variable 'x' is used uninitialized [-Wsometimes-uninitialized]" >&2
done
# ccache wants colours, and takes them out again.
for arg; do shift; [ "$arg" = -fcolor-diagnostics ] || set -- "$@" "$arg"; done
exec gcc "$@"
`,
  smatch: `#!/bin/sh
[ "$1" = --version ] && { echo v0.5.0-fake; exit; }
[ "$1 $2" = "-p=kernel --succeed" ] || exit 1
for source; do :; done
sed -n "/SMATCH_SAYS/{=;}" "$source" | while read -r line; do
	echo "$source:$line demo() error: we previously assumed 'p' could be null (see line $((line - 1)))"
done
sed -n "/SMATCH_GUESSES/{=;}" "$source" | while read -r line; do
	echo "$source:$line demo() warn: missing error code 'ret'"
done
`,
}

const [installed] = await installedClangs(true)
let root = ''
let repo: Repo
let base = ''
test.before(async () => {
  root = await isolate()
  await write(join(root, 'bin'), fakes)
  process.env['PATH'] = `${join(root, 'bin')}:${process.env['PATH']}`
  repo = await Repo.make(join(root, 'repo'), fakeKernel)
  base = await repo.git('rev-parse', 'HEAD')
})
test.after.always(() => rm(root, { recursive: true, force: true }))

const demo = fakeKernel['drivers/demo/demo.c'] ?? ''
const changed = (from: string, to: string): Commit => ({
  message: goodMessage,
  files: { 'drivers/demo/demo.c': demo.replace(from, to) },
})

const notes: string[] = []
const report = (progress: Progress) => {
  if (progress.kind === 'note') notes.push(progress.text)
}
const options = { arch: 'x86_64', isSandboxed: false, report } as const
const check = (subject: Subject): Promise<readonly Finding[]> => buildChecks(subject, options)

test.serial('what clang alone says is found, and what gcc says, too, is said once', async t => {
  const commit = changed('\treturn a + 1', '\tint unused; /* CLANG_SAYS */\n\n\treturn a + 1')
  const subject = await repo.series('clang', base, [commit])
  notes.length = 0
  const findings = await check(subject)
  t.deepEqual(notes, [])
  t.like(
    findings.filter(({ tool }) => tool !== 'gcc'),
    [
      {
        tool: 'clang',
        file: 'drivers/demo/demo.c',
        line: 14,
        text: "variable 'x' is used uninitialized [-Wsometimes-uninitialized]",
        blocks: true,
        commit: { index: 1 },
      },
    ],
    JSON.stringify(findings),
  )
  t.is(findings.filter(({ text }) => text.includes('unused variable')).length, 1)
  t.true((await buildToolsHere(subject, options)).has('clang'))
})

test.serial(
  'what smatch is sure of blocks, what it guesses does not; neither is new where the parent has it',
  async t => {
    const old = changed('\treturn a + 1', '\tif (a)\n\t\treturn 0; /* SMATCH_SAYS */\n\treturn a + 1')
    const moved = changed('static int old_and_unused;\n', 'static int old_and_unused;\n\n/* SMATCH_GUESSES */\n')
    const both: Commit = {
      message: goodMessage,
      files: {
        'drivers/demo/demo.c': (moved.files['drivers/demo/demo.c'] ?? '').replace(
          '\treturn a + 1',
          '\tif (a)\n\t\treturn 0; /* SMATCH_SAYS */\n\treturn a + 1',
        ),
      },
    }
    const findings = await check(await repo.series('smatch', base, [old, both]))
    t.like(findings, [
      {
        tool: 'smatch',
        file: 'drivers/demo/demo.c',
        line: 15,
        symbol: 'demo',
        text: "we previously assumed 'p' could be null (see 'if (a)')",
        blocks: true,
        commit: { index: 1 },
      },
      { tool: 'smatch', line: 6, text: "missing error code 'ret'", blocks: false, commit: { index: 2 } },
    ])
    t.is(findings.length, 2)
  },
)

test.serial('a new file: nothing to look at before it, and make is not asked for everything', async t => {
  const findings = await check(
    await repo.series('new-file', base, [
      {
        message: goodMessage,
        files: {
          'drivers/demo/Makefile': 'obj-$(CONFIG_DEMO) += demo.o extra.o\n',
          'drivers/demo/extra.c': 'int extra(void);\nint extra(void)\n{\n\treturn 2; /* CLANG_SAYS SMATCH_SAYS */\n}\n',
        },
      },
    ]),
  )
  t.deepEqual(findings.map(({ tool, line }) => `${tool} ${line}`).toSorted(), ['clang 4', 'smatch 4'])
  const goals = (await readFile(cachePath('work', 'check-new-file', 'make-calls'), 'utf8')).split('\n').slice(0, -1)
  t.false(goals.includes(''), goals.join())
})

test.serial('what the next commit touches is looked at by the same make, and counts for that commit alone', async t => {
  const other = (end: string) =>
    `int other(void);\nint other(void)\n{\n\treturn 2; /* CLANG_SAYS SMATCH_SAYS */\n}${end}\n`
  const demoFiles = (end: string): Files => ({
    'drivers/demo/Makefile': 'obj-$(CONFIG_DEMO) += demo.o other.o\n',
    'drivers/demo/other.c': other(end),
  })
  await repo.git('checkout', '-q', '-f', '-B', 'with-other', base)
  const withOther = await repo.commit({ message: goodMessage, files: demoFiles('') })
  const subject = await repo.series('ahead', withOther, [
    changed('a + 1', 'a + 2'),
    { message: goodMessage, files: { 'drivers/demo/other.c': other(' /* CLANG_SAYS SMATCH_SAYS */') } },
  ])
  const findings = await check(subject)
  t.deepEqual(findings.map(({ tool, line, commit }) => `${tool} ${line} ${commit?.index}`).toSorted(), [
    'clang 5 2',
    'smatch 5 2',
  ])
  const goals = (await readFile(cachePath('work', 'check-ahead', 'make-calls'), 'utf8')).split('\n')
  const lookers = [...(await buildToolsHere(subject, options))].filter(tool => /clang|sparse|smatch/.test(tool))
  t.is(goals.filter(goal => goal.includes('.o')).length, 3 * lookers.length, goals.join())
})

test.serial(
  'a clang that is too old: one note with what there is, what it takes, and what to do; no finding',
  async t => {
    await repo.git('checkout', '-q', '-f', '-B', 'newer', base)
    const newer = await repo.commit({
      message: 'Linux, some years on',
      files: { 'scripts/min-tool-version.sh': '#!/bin/sh\necho 991.2.3\n' },
    })
    const subject = await repo.series('too-old', newer, [changed('a + 1', 'a + 2 /* CLANG_SAYS */')])
    notes.length = 0
    t.deepEqual(await check(subject), [])
    t.false((await buildToolsHere(subject, options)).has('clang'))
    t.is(notes.length, 1)
    t.regex(
      notes[0] ?? '',
      /not built with clang: the newest installed is 990\.0\.1, this kernel wants 991\.2\.3 or newer: apt has none that new, put one/,
    )
  },
)

test.serial('a clang that cannot make objects of the tree is a note, not a finding', async t => {
  await write(join(root, 'bin'), {
    'clang-990': fakes['clang-990']?.replace('exec gcc "$@"', 'echo "no such target" >&2; exit 1') ?? '',
  })
  t.teardown(() => write(join(root, 'bin'), fakes))
  const subject = await repo.series('broken', base, [changed('a + 1', 'a + 3')])
  notes.length = 0
  for (const round of [1, 2]) {
    t.deepEqual(await check(subject), [])
    t.is(notes.length, round, 'it is asked again')
  }
  t.regex(notes[0] ?? '', /Debian clang version 990\.0\.1 .* makes no objects here: [^]*no such target/)
})

const withClang =
  Number.parseInt(installed?.version ?? '0', 10) >= 17
    ? withSandbox
    : (title: string) => test.serial.skip(title, t => t.pass())

withClang('the real clang, in the sandbox, which has none of the fakes', async t => {
  const commit = changed(
    '\treturn a + 1',
    '\tint seldom;\n\n\tif (a)\n\t\tseldom = 1; /* SMATCH_SAYS */\n\treturn seldom',
  )
  const findings = await buildChecks(await repo.series('sandboxed', base, [commit]), { ...options, isSandboxed: true })
  t.like(findings, [{ tool: 'clang', line: 16, blocks: true }])
  t.regex(findings[0]?.text ?? '', /\[-Wsometimes-uninitialized\]$/)
  t.is(findings.length, 1)
})
