import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { run, silent } from '@kseries/host'
import { readFiles } from '@kseries/patchgen'
import test from 'ava'
import { type Finding, textChecks } from '../../src/index.ts'
import { fakeKernel, goodMessage } from '../kernel.ts'
import { type Commit, type Files, isolate, Repo } from '../repo.ts'

let root = ''
let repo: Repo
let base = ''
let realScripts = false

/** Of a real kernel, if there is one at hand: its own scripts, in place of the fake ones. */
const scriptsOfKernel = async (): Promise<Files> => {
  const { KSERIES_KERNEL_GIT: gitDir, KSERIES_KERNEL_REFS: refs = '' } = process.env
  const commit = /=(\S+)/.exec(refs)?.[1]
  if (!gitDir || !commit) return {}
  const { stdout } = await run('git', [
    '--git-dir',
    gitDir,
    'ls-tree',
    '-r',
    '--name-only',
    commit,
    'scripts/checkpatch.pl',
    'scripts/get_maintainer.pl',
    'scripts/const_structs.checkpatch',
    'scripts/spelling.txt',
    'tools/docs/kernel-doc',
    'tools/lib/python',
  ])
  const files = await readFiles(gitDir, commit, stdout.split('\n'))
  return Object.fromEntries([...files].map(([path, { content }]) => [path, Buffer.from(content).toString('utf8')]))
}

test.before(async () => {
  root = await isolate()
  const scripts = await scriptsOfKernel()
  realScripts = Object.keys(scripts).length > 0
  repo = await Repo.make(join(root, 'repo'), { ...fakeKernel, ...scripts })
  await repo.commit({ message: 'demo: begin\n', files: { 'drivers/demo/notes': 'x\n' } })
  const files = { 'drivers/demo/demo.c': `${fakeKernel['drivers/demo/demo.c']}/* more */\n` }
  base = await repo.commit({ message: 'demo: go on\n', files })
})
test.after.always(() => rm(root, { recursive: true, force: true }))

const source = `${fakeKernel['drivers/demo/demo.c']}/* more */\n`
const changed = (from: string, to: string): Files => ({ 'drivers/demo/demo.c': source.replace(from, to) })
const good: Commit = { message: goodMessage, files: changed('a + 1', 'a + 2') }
const says = (from: string | RegExp, to: string): Commit => ({ ...good, message: goodMessage.replace(from, to) })
const does = (files: Files): Commit => ({ ...good, files })

const selftests = 'tools/testing/selftests'
const demoMakefile = fakeKernel[`${selftests}/demo/Makefile`] ?? ''
/** A folder of selftests with all that one must have. */
const newFolder: Files = {
  [`${selftests}/demo-more/Makefile`]: demoMakefile,
  [`${selftests}/demo-more/.gitignore`]: 'one\n',
  [`${selftests}/demo-more/config`]: 'CONFIG_DEMO=y\n',
  [`${selftests}/demo-more/one.c`]: 'open("/dev/null", 0);\nopen("/dev/demo", 0);\n',
  [`${selftests}/Makefile`]: 'TARGETS = demo\nTARGETS += demo-more\n',
}
const without = (files: Files, path: string): Files =>
  Object.fromEntries(Object.entries(files).filter(([name]) => name !== path))

let count = 0
const findingsOf = async (commits: readonly Commit[]): Promise<readonly Finding[]> => {
  const subject = await repo.series(`series-${++count}`, base, commits)
  return (await textChecks(subject, { report: silent })).findings
}

/** Of the folders, which have no licences: real checkpatch would say so. */
const selftestsOf = async (commits: readonly Commit[]) =>
  (await findingsOf(commits)).filter(({ tool }) => tool === 'selftests')

test.serial('a commit with nothing wrong has no findings', async t => {
  t.deepEqual(await findingsOf([good]), [])
  t.deepEqual(await selftestsOf([does(newFolder)]), [])
  const ignored = demoMakefile.replace('one', 'one many_more lib.o $(wildcard *.c)')
  t.deepEqual(await selftestsOf([does({ [`${selftests}/demo/Makefile`]: ignored })]), [])
})

test.serial(
  'a folder of selftests that a later commit names, or the Makefile above; what that says is not remembered',
  async t => {
    const first = does(without(newFolder, `${selftests}/Makefile`))
    t.is((await selftestsOf([first])).length, 1)
    const list: Files = { [`${selftests}/Makefile`]: newFolder[`${selftests}/Makefile`] ?? '' }
    t.deepEqual(await selftestsOf([first, does(list)]), [])
    const below = { ...newFolder, [`${selftests}/demo-more/sub/Makefile`]: 'include ../../lib.mk\n' }
    t.regex((await selftestsOf([does(below)]))[0]?.text ?? '', /TARGETS \+= demo-more\/sub/)
    const makefile = `SUBDIRS := sub\n${demoMakefile}`
    t.deepEqual(await selftestsOf([does({ ...below, [`${selftests}/demo-more/Makefile`]: makefile })]), [])
  },
)

interface Broken {
  readonly how: string
  readonly commit: Commit
  readonly tool: string
  readonly text: RegExp
  readonly file?: string
  readonly line?: number
  readonly blocks?: boolean
  /** Which real tool it takes. */
  readonly real?: true
}

const table: readonly Broken[] = [
  {
    how: 'trailing whitespace',
    commit: does(changed('a + 1;', 'a + 2; ')),
    tool: 'checkpatch',
    text: /TRAILING_WHITESPACE/,
    file: 'drivers/demo/demo.c',
    line: 14,
  },
  {
    how: 'a misspelt word in a comment',
    commit: does(changed('/* more', '/* adn more')),
    tool: 'spelling',
    text: /'adn'.*'and'/,
    file: 'drivers/demo/demo.c',
    line: 16,
    blocks: false,
  },
  {
    how: 'a misspelt word in the message',
    commit: says('better so', 'better to recieve'),
    tool: 'spelling',
    text: /'recieve'/,
    blocks: false,
  },
  {
    how: 'a prefix of somebody else',
    commit: says('demo: add', 'zoo: add'),
    tool: 'prefix',
    text: /prefix 'demo', not 'zoo'/,
    blocks: false,
  },
  { how: 'no sign-off', commit: says(/Signed-off-by.*\n/, ''), tool: 'sign-off', text: /no Signed-off-by/ },
  {
    how: 'the sign-off of another',
    commit: says('Test Person <test@', 'Somebody Else <else@'),
    tool: 'sign-off',
    text: /Test Person.* did not sign off: Somebody Else/,
  },
  {
    how: 'a Fixes without enough digits',
    commit: says('Link:', 'Fixes: 1234567 ("demo: begin")\nLink:'),
    tool: 'fixes',
    text: /12 or more digits/,
  },
  {
    how: 'a Fixes without quotes',
    commit: says('Link:', 'Fixes: 123456789abc (demo: begin)\nLink:'),
    tool: 'fixes',
    text: /12 or more digits/,
  },
  {
    how: 'a Link to nowhere',
    commit: says('https://example.org/r/1', '<message@example.org>'),
    tool: 'link',
    text: /must be an address/,
  },
  {
    how: 'a report without its address',
    commit: says('Link:', 'Reported-by: Some One <some@example.org>\nLink-to:'),
    tool: 'link',
    text: /Closes:/,
    blocks: false,
  },
  {
    how: "Gerrit's Change-Id",
    commit: says('Link:', 'Change-Id: I0123456789abcdef\nLink:'),
    tool: 'change-id',
    text: /has a change-id/,
  },
  {
    how: 'a long line in the message',
    commit: says('It is better', `It is ${'very '.repeat(15)}much better`),
    tool: 'prose',
    text: /line 3 .* columns/,
  },
  {
    how: 'a long subject',
    commit: says('add one more', `add ${'one more '.repeat(9)}`),
    tool: 'prose',
    text: /subject has \d+ columns/,
  },
  { how: 'a full stop', commit: says('one more', 'one more.'), tool: 'prose', text: /full stop/ },
  {
    how: 'a subject that tells',
    commit: says('add one', 'added one'),
    tool: 'prose',
    text: /'added' is none/,
    blocks: false,
  },
  {
    how: 'a subject without an area',
    commit: says('demo: add one more', 'add one more'),
    tool: 'prose',
    text: /names no area/,
  },
  { how: 'no body', commit: says(/It is better.*\n/, ''), tool: 'prose', text: /no body/ },
  {
    how: 'a header included twice',
    commit: does(changed('#include <linux/zoo.h>', '#include <linux/zoo.h>\n#include <linux/demo.h>')),
    tool: 'includes',
    text: /demo.h> is included twice/,
    file: 'drivers/demo/demo.c',
    line: 3,
  },
  {
    how: 'a header out of order',
    commit: does(changed('#include <linux/zoo.h>', '#include <linux/zoo.h>\n#include <linux/list.h>')),
    tool: 'includes',
    text: /list.h> is out of order/,
    line: 3,
    blocks: false,
  },
  {
    how: 'a new file of nobody',
    commit: does({ 'drivers/demo/orphan.c': '\n', 'drivers/demo/notes': 'y\n' }),
    tool: 'maintainers',
    text: /no record/,
    file: 'drivers/demo/orphan.c',
  },
  {
    how: 'a file that is obsolete',
    commit: does({ 'drivers/demo/old.txt': 'new\n' }),
    tool: 'obsolete',
    text: /MAINTAINERS has it as obsolete/,
    file: 'drivers/demo/old.txt',
  },
  {
    how: 'a test program that git does not ignore',
    commit: does({ [`${selftests}/demo/Makefile`]: demoMakefile.replace('one', 'one \\\n\ttwo many_more') }),
    tool: 'selftests',
    text: /two is made here, and no .gitignore has it/,
    file: `${selftests}/demo/Makefile`,
    line: 2,
  },
  {
    how: 'a folder of selftests that is not run',
    commit: does(without(newFolder, `${selftests}/Makefile`)),
    tool: 'selftests',
    text: /add TARGETS \+= demo-more to/,
    file: `${selftests}/demo-more/Makefile`,
  },
  {
    how: 'a folder of selftests that says nothing of options',
    commit: does(without(newFolder, `${selftests}/demo-more/config`)),
    tool: 'selftests',
    text: /\/dev\/demo may need options/,
    file: `${selftests}/demo-more/one.c`,
    line: 2,
    blocks: false,
  },
  {
    how: 'a file for which there is nobody to ask',
    commit: does({ 'fs/x': 'y\n' }),
    tool: 'get-maintainer',
    text: /nobody to send/,
    real: true,
  },
  {
    how: 'a parameter that is not described',
    commit: does(changed(' * @a: a number\n', '')),
    tool: 'kernel-doc',
    text: /'a' not described/,
    file: 'drivers/demo/demo.c',
    real: true,
  },
  {
    how: 'what the real checkpatch finds',
    commit: does(changed('return a + 1', 'if(a) return a + 1')),
    tool: 'checkpatch',
    text: /SPACING/,
    file: 'drivers/demo/demo.c',
    real: true,
  },
]

for (const { how, commit, tool, text, file, line, blocks = true, real = false } of table) {
  test.serial(`caught: ${how}`, async t => {
    if (real && !realScripts) return void t.pass('needs KSERIES_KERNEL_GIT')
    // What is wrong with a message only must change something, too.
    const files = commit.files === good.files ? { 'drivers/demo/notes': `${how}\n` } : commit.files
    const findings = await findingsOf([good, { ...commit, files }])
    const its = findings.filter(finding => finding.tool === tool && text.test(finding.text))
    t.is(its.length, 1, JSON.stringify(findings, undefined, 1))
    t.like(its[0], { commit: { index: 2 }, blocks, ...(file && { file }), ...(line && { line }) })
    // It is told by the one check and by none besides; a subject changes what its prefix is, too.
    const others = findings.filter(finding => finding.tool !== tool && finding.tool !== 'checkpatch')
    if (!/area/.test(how)) t.deepEqual(others, [])
  })
}
