import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Report } from '@kseries/host'
import test, { type ExecutionContext } from 'ava'
import { findSphinx } from '../../src/docs/sphinx.ts'
import { docsChecks, type Finding, type Subject } from '../../src/index.ts'
import { fakeKernel, goodMessage } from '../kernel.ts'
import { type Files, isolate, Repo } from '../repo.ts'
import { withSandbox } from '../with-sandbox.ts'
import { docsTree } from './tree.ts'

const root = await isolate()
const tree = docsTree(join(root, 'builds'))
const sphinx = await findSphinx(false)
const withSphinx = (title: string, body: (t: ExecutionContext) => Promise<void>): void => {
  if (sphinx) test.serial(title, body)
  else test.serial.skip(`${title} (python3-sphinx is not installed)`, body)
}

let repo: Repo
let base = ''
test.before(async () => {
  repo = await Repo.make(join(root, 'repo'), { ...fakeKernel, ...tree })
  base = await repo.git('rev-parse', 'HEAD')
})
test.after.always(() => rm(root, { recursive: true, force: true }))

let count = 0
const seriesOf = (...steps: readonly Files[]): Promise<Subject> =>
  repo.series(
    `series-${++count}`,
    base,
    steps.map(files => ({ message: goodMessage, files })),
  )

const check = async (subject: Subject, isSandboxed = false) => {
  const notes: string[] = []
  const report: Report = progress => {
    if (progress.kind === 'note') notes.push(progress.text)
  }
  return { ...(await docsChecks(subject, { isSandboxed, report })), notes }
}

const changed = (path: string, from: string | RegExp, to: string): Files => ({
  [path]: tree[path]?.replace(from, to) ?? '',
})
const demo = fakeKernel['drivers/demo/demo.c'] ?? ''
const [api, use, zoo, cat] = ['demo/index', 'demo/use', 'zoo/index', 'zoo/animals/cat'].map(
  name => `Documentation/${name}.rst`,
) as [string, string, string, string]

const right: Record<string, Files> = {
  'a page that a toctree names, refers to labels and pages of others, and includes': {
    'Documentation/demo/new.rst':
      'New\n===\n\n:ref:`using`, :ref:`demo/use:Using`, :doc:`/zoo/index`.\n\n.. include:: part.txt\n',
    'Documentation/demo/part.txt': 'A part.\n\n.. include:: /demo/part2.txt\n',
    'Documentation/demo/part2.txt': 'Another part.\n',
    ...changed(api, '   api', '   api\n   new'),
  },
  'a page that a toctree has by a pattern': { 'Documentation/zoo/animals/dog.rst': 'Dog\n===\n' },
  'what was wrong before and moved': changed(use, '* a list', 'One line more.\n\n* a list'),
  'code whose comments are right': { 'drivers/demo/demo.c': demo.replace('- does it', '- does that') },
}
for (const [how, files] of Object.entries(right))
  withSphinx(`right: ${how}`, async t => {
    const { findings, notes } = await check(await seriesOf(files))
    t.deepEqual([findings, notes], [[], []])
  })

const table: readonly { how: string; files: Files; file: string; line?: number; text: RegExp }[] = [
  {
    how: 'a page that no toctree names',
    files: { 'Documentation/demo/lost.rst': 'Lost\n====\n' },
    file: 'Documentation/demo/lost.rst',
    text: /isn't included in any toctree/,
  },
  {
    how: 'a page that is taken out of a toctree',
    files: changed(api, '   Use <use>\n', ''),
    file: use,
    text: /any toctree/,
  },
  {
    how: 'a list that ends without a blank line',
    files: changed(cat, 'See', '* one\ntwo\n\nSee'),
    file: cat,
    line: 5,
    text: /Bullet list ends without a blank line/,
  },
  {
    how: 'the same in a comment of a file that a page takes in',
    files: { 'drivers/demo/demo.c': demo.replace(' * Return', ' * * one\n * two\n *\n * Return') },
    file: 'drivers/demo/demo.c',
    line: 11,
    text: /Bullet list ends without a blank line/,
  },
  {
    how: 'a page that is not there',
    files: changed(cat, 'See', 'See :doc:`/demo/none`,'),
    file: cat,
    text: /unknown document/,
  },
  {
    how: 'a label that is not there',
    files: changed(cat, 'See', 'See :ref:`none`,'),
    file: cat,
    text: /undefined label/,
  },
  {
    how: 'a page that goes, and is named',
    files: { [use]: null, ...changed(cat, /See.*/, ''), ...changed(zoo, /See.*/, '') },
    file: api,
    line: 4,
    text: /nonexisting document 'demo\/use'/,
  },
  {
    how: 'a label that goes, and is referred to',
    files: changed(use, /\.\. _using:\n/, ''),
    file: zoo,
    text: /undefined label/,
  },
  {
    how: 'a label that is there twice',
    files: changed(cat, 'See', '.. _Using:\n\nAgain\n-----\n\nSee'),
    file: cat,
    text: /duplicate label using, other instance in Documentation\/demo\/use.rst/,
  },
  {
    how: 'a file that goes, and a page is made of it',
    files: { 'drivers/demo/demo.c': null },
    file: 'Documentation/demo/api.rst',
    text: /^Cannot find file drivers\/demo\/demo\.c$/,
  },
  {
    how: 'a declaration that another page has',
    files: changed(cat, 'See', '.. kernel-doc:: drivers/demo/declared.c\n\nSee'),
    file: 'drivers/demo/declared.c',
    text: /Duplicate C declaration, also defined at demo\/api\.\nDeclaration is/,
  },
]
for (const { how, files, text, ...place } of table)
  withSphinx(`caught: ${how}`, async t => {
    const { findings, notes } = await check(await seriesOf({ 'drivers/demo/notes': 'x' }, files))
    t.is(findings.length, 1, JSON.stringify([findings, notes]))
    t.like(findings[0], { tool: 'sphinx', commit: { index: 2 }, blocks: true, ...place })
    t.regex(findings[0]?.text ?? '', text)
  })

const builds = async () => (await readFile(join(root, 'builds'), 'utf8')).split('\n').length - 1

withSphinx('an amended commit below does not make pages anew; nothing wrong costs one build, not two', async t => {
  const page = changed(cat, 'See', 'Seen: see')
  const before = await builds()
  await check(await seriesOf({ 'drivers/demo/notes': 'one' }, page))
  t.is(await builds(), before + 1)
  await check(await seriesOf({ 'drivers/demo/notes': 'two' }, page))
  t.is(await builds(), before + 1)
})

withSphinx('a build that a commit breaks', async t => {
  const { findings } = await check(
    await seriesOf({ 'drivers/demo/boom.c': '', ...changed(cat, 'See', '.. kernel-doc:: drivers/demo/boom.c\n\nSee') }),
  )
  t.is(findings.length, 1)
  t.regex(findings[0]?.text ?? '', /the pages cannot be built: .*a program has an error: .\/drivers\/demo\/boom.c/s)
})

withSphinx('a Sphinx that the tree does not take: a note, once', async t => {
  const conf = { 'Documentation/conf.py': `needs_sphinx = '99.0'\n${tree['Documentation/conf.py']}` }
  const other = await Repo.make(join(root, 'strict'), { ...fakeKernel, ...tree, ...conf })
  const at = await other.git('rev-parse', 'HEAD')
  const subject = await other.series('strict', at, [
    { message: goodMessage, files: changed(cat, 'See', 'Look at') },
    { message: goodMessage, files: changed(cat, 'See', 'Look for') },
  ])
  const { findings, notes } = await check(subject)
  t.deepEqual(findings, [])
  t.is(notes.length, 1)
  t.regex(notes[0] ?? '', /not built by .*needs at least Sphinx v99.0/)
})

test.serial('no Sphinx: a note, once, where there is a page to build', async t => {
  const modules = join(root, 'modules')
  await mkdir(modules)
  await writeFile(join(modules, 'sphinx.py'), 'raise SystemExit(1)\n')
  const { PATH, PYTHONPATH } = process.env
  try {
    Object.assign(process.env, { PATH: '/usr/bin:/bin', PYTHONPATH: modules })
    if (await findSphinx(true)) return void t.fail('it was to be hidden')
    process.env['PATH'] = await withoutSphinx()
    const [one, two] = [changed(cat, 'See', 'Look at it'), changed(cat, 'See', 'Look for it')]
    t.deepEqual((await check(await seriesOf({ 'drivers/demo/notes': 'none' }))).notes, [])
    const { findings, notes } = await check(await seriesOf(one, two))
    t.deepEqual(findings, [])
    t.is(notes.length, 1)
    t.regex(notes[0] ?? '', /not built: python3-sphinx is not installed/)
  } finally {
    process.env['PATH'] = PATH
    if (PYTHONPATH === undefined) delete process.env['PYTHONPATH']
    else process.env['PYTHONPATH'] = PYTHONPATH
  }
})

/** A PATH with git, and what starts it. */
const withoutSphinx = async (): Promise<string> => {
  const bin = join(root, 'bin')
  await mkdir(bin)
  for (const name of ['git', 'sh', 'setpriv', 'sleep', 'ps', 'prlimit', 'kill', 'cat'])
    await symlink(`/usr/bin/${name}`, join(bin, name))
  return bin
}

if (sphinx)
  withSandbox('a page of a series that is not trusted reads nothing of ours', async t => {
    const secret = join(root, 'secret')
    await writeFile(secret, 'secret\n')
    const files = changed(cat, 'See', `.. raw:: html\n   :file: ${secret}\n\nSee`)
    const said = (findings: readonly Finding[]) => findings.map(({ text }) => text).join()
    t.is(said((await check(await seriesOf(files))).findings), '')
    t.regex(said((await check(await seriesOf(files), true)).findings), /No such file or directory/)
  })
