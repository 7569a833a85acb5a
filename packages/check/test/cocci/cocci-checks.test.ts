import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Progress } from '@kseries/host'
import test from 'ava'
import { cocciChecks, type Subject } from '../../src/index.ts'
import { fakeKernel, goodMessage } from '../kernel.ts'
import { type Commit, type Files, isolate, Repo, write } from '../repo.ts'

/**
 * FAKE: a spatch that reports each line with the word a rule has behind `// FAKE finds`, in the words of coccilib.report. A rule with
 * `hang` breaks down.
 */
const spatch = `#!/bin/sh
[ "$1" = --version ] && { echo 'spatch version 1.1.1 compiled with OCaml version 4.13.1'; exit; }
while [ $# -gt 0 ]; do
	case "$1" in
	--cocci-file) rule=$2; shift ;;
	--dir) dir=$2; shift ;;
	--no-includes) quiet=1 ;;
	esac
	shift
done
echo "$rule $quiet" >> "$(dirname "$0")/calls"
grep -q hang "$rule" && exit 1
word=$(sed -n 's,^// FAKE finds ,,p' "$rule")
grep -rn "$word" "$dir" | while IFS=: read -r file line rest; do
	echo "$file:$line:1-3: WARNING: $word, and line $((line - 1)) is before it"
done
exit 0
`
const rule = (word: string, head = '', mode = 'report') =>
  `/// Look for it\n${head}// FAKE finds ${word}\nvirtual patch\nvirtual ${mode}\n`

const rules: Files = {
  'scripts/coccinelle/free/sure.cocci': rule(
    'SURE',
    '// Confidence: High\n// Options: --no-includes --include-headers\n',
  ),
  'scripts/coccinelle/misc/guess.cocci': rule('GUESS', '// Confidence: Moderate\n'),
  'scripts/coccinelle/misc/patch-only.cocci': rule('SURE', '', 'org'),
  'scripts/coccinelle/misc/newer.cocci': rule('SURE', '// Requires: 1.2\n'),
}

let root = ''
let repo: Repo
let base = ''
test.before(async () => {
  root = await isolate()
  await write(join(root, 'bin'), { spatch })
  process.env['PATH'] = `${join(root, 'bin')}:${process.env['PATH']}`
  repo = await Repo.make(join(root, 'repo'), { ...fakeKernel, ...rules })
  base = await repo.git('rev-parse', 'HEAD')
})
test.after.always(() => rm(root, { recursive: true, force: true }))

const demo = fakeKernel['drivers/demo/demo.c'] ?? ''
const commitOf = (text: string, files: Files = {}): Commit => ({
  message: goodMessage,
  files: { 'drivers/demo/demo.c': text, ...files },
})
const notes: string[] = []
const report = (progress: Progress) => {
  if (progress.kind === 'note') notes.push(progress.text)
}
const check = (subject: Subject) => cocciChecks(subject, { isSandboxed: false, report })
const calls = async () =>
  (await readFile(join(root, 'bin/calls'), 'utf8').catch(() => '')).split('\n').filter(Boolean).length

test.serial('what a rule finds is new in the commit that brings it, and blocks if the rule is sure', async t => {
  const first = `${demo}int a;\n/* SURE */\n`
  const subject = await repo.series('found', base, [
    commitOf(first),
    commitOf(`/* a line more */\n${first}/* GUESS */\n`, { 'drivers/demo/note.txt': 'SURE\n' }),
  ])
  const { findings, tools } = await check(subject)
  t.deepEqual([...tools], ['coccicheck'])
  t.like(findings, [
    {
      tool: 'coccicheck',
      file: 'drivers/demo/demo.c',
      line: 17,
      text: "WARNING: SURE, and 'int a;' is before it [free/sure.cocci]",
      blocks: true,
      commit: { index: 1 },
    },
    {
      line: 19,
      text: "WARNING: GUESS, and '/* SURE */' is before it [misc/guess.cocci]",
      blocks: false,
      commit: { index: 2 },
    },
  ])
  t.is(findings.length, 2)
})

test.serial('a rule is run with the options it names, once for all; again, for what is new only', async t => {
  const before = await calls()
  const subject = await repo.series('again', base, [commitOf(`${demo}/* 1 */\n`), commitOf(`${demo}/* 2 */\n`)])
  await check(subject)
  const once = await calls()
  t.is(once - before, 2, 'two rules that report, for this version of Coccinelle')
  t.regex(await readFile(join(root, 'bin/calls'), 'utf8'), /sure\.cocci 1$/m)
  await check(subject)
  t.is(await calls(), once)
})

test.serial("the base's rules count, not those that the series brings", async t => {
  const subject = await repo.series('own-rule', base, [
    commitOf(`${demo}/* OWN */\n`, { 'scripts/coccinelle/own.cocci': rule('OWN') }),
  ])
  t.deepEqual((await check(subject)).findings, [])
})

test.serial('a rule that breaks down is named, and asked again; the others count', async t => {
  await repo.git('checkout', '-q', '-f', '-B', 'hanging', base)
  const hanging = await repo.commit({
    message: 'Linux',
    files: { 'scripts/coccinelle/misc/hang.cocci': rule('hang') },
  })
  const subject = await repo.series('hangs', hanging, [commitOf(`${demo}/* SURE hang */\n`)])
  for (const round of [1, 2]) {
    notes.length = 0
    t.is((await check(subject)).findings.length, 1, `${round}`)
    t.deepEqual(notes, ['semantic patches that did not come to an end: scripts/coccinelle/misc/hang.cocci'])
  }
})
