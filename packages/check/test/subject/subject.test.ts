import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cachePath, exists, run, silent } from '@kseries/host'
import { generate, ImportRefused, loadChain } from '@kseries/patchgen'
import test from 'ava'
import { buildChecks, sandboxed, subjectOfMbox, subjectOfRange, subjectOfSeries, textChecks } from '../../src/index.ts'
import { fakeKernel, goodMessage } from '../kernel.ts'
import { isolate, Repo, write } from '../repo.ts'
import { withSandbox } from '../with-sandbox.ts'

let root = ''
let repo: Repo
let base = ''
test.before(async () => {
  root = await isolate()
  repo = await Repo.make(join(root, 'repo'), fakeKernel)
  base = await repo.git('rev-parse', 'HEAD')
})
test.after.always(() => rm(root, { recursive: true, force: true }))

const demo = fakeKernel['drivers/demo/demo.c'] ?? ''
const edit = { 'drivers/demo/demo.c': demo.replace('a + 1', 'a + 2') }

/** The commits of a branch as an mbox. */
const mboxOf = async (branch: string, ...options: readonly string[]): Promise<string> => {
  const path = join(root, `${branch}.mbox`)
  await writeFile(path, await repo.git('format-patch', '--stdout', ...options, `${base}..${branch}`))
  return path
}

test.serial('a range: its commits in order, each with its parent', async t => {
  const subject = await repo.series('Two_Commits', base, [
    { message: goodMessage, files: edit },
    { message: goodMessage.replace('one more', 'yet another'), files: { 'drivers/demo/notes': 'x\n' } },
  ])
  t.like(subject, { name: 'two-commits', kind: 'range', base })
  t.deepEqual(
    subject.commits.map(({ index, subject: title, parent, author }) => [index, title, parent, author]),
    [
      [1, 'demo: add one more', base, 'Test Person <test@example.org>'],
      [2, 'demo: add yet another', subject.commits[0]?.hash, 'Test Person <test@example.org>'],
    ],
  )
  await t.throwsAsync(subjectOfRange(repo.gitDir, `${base}..no-such-branch`), { instanceOf: ImportRefused })
})

test.serial('an mbox: the same trees, messages and authors; the same mails give the same commits', async t => {
  const author = 'Someone Élse <else@example.org>'
  const range = await repo.series('mailed', base, [{ message: goodMessage, files: edit, author }])
  const path = await mboxOf('mailed')
  const subject = await subjectOfMbox(path, repo.gitDir, base)
  t.like(subject, { name: 'mailed', kind: 'mbox', changeId: undefined })
  const facts = ({ tree, subject: title, body, author: who }: (typeof range.commits)[number]) => [
    tree,
    title,
    body,
    who,
  ]
  t.deepEqual(subject.commits.map(facts), range.commits.map(facts))
  t.deepEqual(await subjectOfMbox(path, repo.gitDir, base), subject)
  // Signed off by another than its author: told of mails as of commits.
  const { findings } = await textChecks(subject, { report: silent })
  t.deepEqual(findings.map(({ tool }) => tool).toSorted(), ['change-id', 'sign-off'])
})

test.serial('an mbox that brings a link is refused', async t => {
  await repo.git('checkout', '-q', '-f', '-B', 'linked', base)
  await run('ln', ['-s', '/etc/passwd', join(repo.folder, 'drivers/demo/passwd')])
  await repo.commit({ message: goodMessage, files: {} })
  await t.throwsAsync(subjectOfMbox(await mboxOf('linked'), repo.gitDir, base), {
    instanceOf: ImportRefused,
    message: /drivers\/demo\/passwd is a link/,
  })
})

test.serial('a series folder: its own commits only, by patch, with what it argues about', async t => {
  const files = {
    'series.ts': `import { defineSeries } from '@kseries/patchgen'
export default defineSeries({ title: 'Upper', date: '2026-11-23', needs: ['lower'], check: [{ tool: 'prose', text: 'x', why: 'y' }] })\n`,
    'cover.md': 'demo: a thing\n\nWhy.\n',
    'patches/01-one/message.md': 'demo: add a file\n\nIt is of use.\n',
    'patches/01-one/tree/drivers/demo/one': 'x\n',
  }
  const lower = files['series.ts'].replace(/needs.*/, '})')
  await write(join(root, 'upper'), files)
  await write(join(root, 'lower'), {
    'series.ts': lower,
    'cover.md': files['cover.md'] ?? '',
    'patches/01-zero/message.md': 'demo: add it\n\nWhy.\n',
    'patches/01-zero/tree/drivers/demo/zero': 'x\n',
  })
  const chain = await loadChain(join(root, 'upper'))
  const generated = await generate(chain, { gitDir: repo.gitDir, base, label: '7.3' })
  const subject = await subjectOfSeries(chain, generated, {})
  t.like(subject, {
    name: 'upper',
    kind: 'series',
    trunk: base,
    isByNobody: false,
    exceptions: [{ tool: 'prose', text: 'x', why: 'y' }],
  })
  t.is(subject.base, generated.commits[0]?.hash ?? '')
  t.like(subject.commits, [{ index: 1, patch: '01-one', subject: 'demo: add a file' }])
  t.regex(subject.changeId ?? '', /^20261123-upper-/)
})

withSandbox('mails with a hostile Makefile: built in the sandbox, judged, and nothing came of it', async t => {
  const outside = join(root, 'outside')
  await write(outside, { secret: 'a secret\n' })
  const makefile = `${fakeKernel['Makefile']}
$(shell echo owned > ${outside}/owned; cp ${outside}/secret $(O)/stolen; echo owned > $(CURDIR)/owned; ln -sf ${outside}/owned-too $(O)/kseries-making)
$(if $(filter vmlinux,$(MAKECMDGOALS)),$(shell ln -sf ${outside}/owned-too $(O)/kseries-asked.config))
`
  await repo.series('hostile', base, [
    { message: goodMessage, files: { Makefile: makefile } },
    {
      message: goodMessage,
      files: {
        'drivers/demo/Kconfig': `${fakeKernel['drivers/demo/Kconfig']}\n# more\n`,
        'drivers/demo/demo.c': demo.replace('\treturn', '\tint unused;\n\n\treturn'),
      },
    },
  ])
  const subject = await subjectOfMbox(await mboxOf('hostile'), repo.gitDir, base)
  const runOn = (readable: readonly string[]) => sandboxed({ readable, writable: [] })
  const { findings: told } = await textChecks(subject, { runOn, report: silent })
  t.deepEqual(
    told.filter(({ blocks }) => blocks),
    [],
  )
  const findings = await buildChecks(subject, { arch: 'x86_64', isSandboxed: true, report: silent })
  t.like(findings, [{ tool: 'gcc', symbol: 'demo', commit: { index: 2 } }])
  t.deepEqual(await readdir(outside), ['secret'])
  const home = cachePath('work', 'check-sandbox-hostile')
  t.false(await exists(join(home, 'linux/owned')))
  const output = (await readdir(home)).find(name => /^check-x86_64-\w+$/.test(name)) ?? ''
  // It ran, and did what it could.
  t.true((await readdir(join(home, output))).includes('known'))
  t.false(await exists(join(home, output, 'stolen')))
})
