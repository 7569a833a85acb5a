import { chmod, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '@kseries/host'
import test, { type ExecutionContext } from 'ava'
import {
  formatPatches,
  generate,
  ImportRefused,
  importSeries,
  loadChain,
  readMbox,
  type Step,
  stepsOfMails,
  stepsOfRange,
} from '../../src/index.ts'
import { isolate, makeRepo } from '../kernel.ts'

let root = ''
test.before(async () => {
  root = await isolate()
})
test.after.always(() => rm(root, { recursive: true, force: true }))

let count = 0
const fresh = () => join(root, `n${++count}`)

type Change = (folder: string) => Promise<unknown>
const write =
  (path: string, text: string | Uint8Array): Change =>
  async folder => {
    await mkdir(join(folder, path, '..'), { recursive: true })
    await writeFile(join(folder, path), text)
  }
const change =
  (path: string, from: string, to: string): Change =>
  async folder => {
    const text = await readFile(join(folder, path), 'latin1')
    if (!text.includes(from)) throw new Error(`no '${from}' in ${path}`)
    await writeFile(join(folder, path), text.replace(from, to), 'latin1')
  }

/** A repository with a commit for each change on top of the kernel; the last one's message is `message`. */
const repoWith = async (changes: readonly Change[], message = 'demo: change it\n\nBecause.\n') => {
  const repo = await makeRepo(fresh())
  for (const [index, one] of changes.entries()) {
    await one(repo.folder)
    await run('git', ['-C', repo.folder, 'add', '-A', '-f'])
    const text = index === changes.length - 1 ? message : `demo: step ${index + 1}\n\nBecause.\n`
    const date = `${1700000100 + index} +0000`
    await run('git', ['-C', repo.folder, 'commit', '-q', '--signoff', '-F', '-'], {
      input: text,
      env: { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
    })
  }
  return repo
}

/** The folder gives the trees of the steps, one by one, in a repository that never saw them. */
const reproduces = async (t: ExecutionContext, folder: string, steps: readonly Step[]) => {
  const clean = await makeRepo(fresh())
  const generated = await generate(await loadChain(folder), { gitDir: clean.gitDir, base: clean.base, label: '7.3' })
  t.deepEqual(
    generated.commits.map(({ tree }) => tree),
    steps.map(({ after }) => after),
  )
  return generated
}

const everything: readonly Change[] = [
  write('drivers/demo/new.c', 'int fresh;\n'),
  change('drivers/demo/demo.c', '#include <linux/list.h>\n', '#include <linux/list.h>\n#include <linux/mm.h>\n'),
  change('drivers/demo/latin.c', 'int a;\n', 'int a;\nint \xe9;\n'),
  change('drivers/demo/new.c', 'int fresh;', 'int fresh = 1;'),
  // A changed file with one that goes behind it.
  async folder => {
    await change('drivers/demo/demo.c', '#include <linux/mm.h>\n', '')(folder)
    await rm(join(folder, 'drivers/demo/new.c'))
  },
  async folder => {
    await write('scripts/tool.sh', '#!/bin/sh\n')(folder)
    await chmod(join(folder, 'scripts/tool.sh'), 0o755)
    await rm(join(folder, 'drivers/demo/old.c'))
  },
  change('MAINTAINERS', 'F:\ta/\n', 'F:\ta/\nF:\tdrivers/demo/\n'),
]

test('a range becomes a folder that gives the same trees', async t => {
  const { gitDir, base } = await repoWith(everything)
  const { steps, date } = await stepsOfRange(gitDir, `${base}..main`)
  t.is(steps.length, everything.length)
  t.is(date, '2023-11-14')
  const folder = join(fresh(), 'demo-series')
  const imported = await importSeries({ gitDir, steps, origin: 'a range', date, folder })
  t.deepEqual(imported.reworded, [])
  t.is(imported.patches[0], '01-step-1')
  await reproduces(t, folder, steps)
  t.notRegex(await readFile(join(folder, 'patches/01-step-1/message.md'), 'utf8'), /Signed-off-by/)
  await t.throwsAsync(importSeries({ gitDir, steps, origin: 'a range', date, folder }), {
    instanceOf: ImportRefused,
    message: /exists already/,
  })
})

test('messages that no series may have are brought into form', async t => {
  const long = 'word '.repeat(40).trim()
  const message = `${'a subject that names no area and is much too long for the one line it must be on'}.\n\n--- a line\n${long}\n`
  const { gitDir, base } = await repoWith([write('drivers/demo/new.c', 'int a;\n')], message)
  const { steps, date } = await stepsOfRange(gitDir, `${base}..main`)
  const folder = join(fresh(), 'reworded')
  const { reworded } = await importSeries({ gitDir, steps, origin: 'a range', date, folder })
  t.is(reworded.length, 1)
  await reproduces(t, folder, steps)
  const text = await readFile(join(folder, 'patches', reworded[0] ?? '', 'message.md'), 'utf8')
  t.true(text.split('\n').every(line => line.length <= 75))
  t.is(text.match(/word/g)?.length, 40)
})

test('ranges that are none', async t => {
  const { gitDir, base, folder } = await repoWith([write('a', 'a\n')])
  for (const [range, message] of [
    ['main', /BASE\.\.TIP/],
    [`${base}..no-such`, /commits that are there/],
    ['main..main', /no commits/],
  ] as const)
    await t.throwsAsync(stepsOfRange(gitDir, range), { instanceOf: ImportRefused, message })
  await run('git', ['-C', folder, 'checkout', '-q', '-b', 'side', base])
  await run('git', ['-C', folder, 'merge', '-q', '--no-ff', '-m', 'merge', 'main'])
  await t.throwsAsync(stepsOfRange(gitDir, `${base}..side`), { instanceOf: ImportRefused, message: /merge/ })
})

test('what a series folder cannot have is refused, and nothing is left', async t => {
  const cases: readonly [string, readonly Change[], RegExp][] = [
    ['a link', [folder => symlink('/etc/passwd', join(folder, 'link'))], /link is a symbolic link/],
    ['a mode', [folder => chmod(join(folder, 'drivers/demo/demo.c'), 0o755)], /demo\.c changes its mode/],
    [
      'a binary file that changes',
      [write('blob', Buffer.from([0, 1, 2])), write('blob', Buffer.from([0, 1, 3]))],
      /blob is a binary file/,
    ],
    ['a last line without a line break', [change('Makefile', 'SUBLEVEL = 4\n', 'SUBLEVEL = 4')], /Makefile/],
  ]
  for (const [what, changes, message] of cases) {
    const { gitDir, base } = await repoWith(changes)
    const { steps, date } = await stepsOfRange(gitDir, `${base}..main`)
    const folder = join(fresh(), 'refused')
    await t.throwsAsync(importSeries({ gitDir, steps, origin: 'x', date, folder }), { message }, what)
    await t.throwsAsync(readdir(folder), { code: 'ENOENT' })
  }
})

/** The mails of a repository's commits as one mbox. */
const mboxOf = async (folder: string, base: string, ...args: readonly string[]) =>
  (await run('git', ['-C', folder, 'format-patch', '--stdout', ...args, `${base}..main`])).stdout

const imported = async (mbox: string | Uint8Array) => {
  const path = `${fresh()}.mbox`
  await writeFile(path, mbox)
  const series = await readMbox(path)
  const { gitDir, base } = await makeRepo(fresh())
  return { gitDir, series, steps: await stepsOfMails(gitDir, base, series.patches) }
}

test('an mbox of any order, with cover letter, replies and CRLF, becomes a folder that gives the same trees', async t => {
  // Without the file that is not UTF-8: these mails pass through strings.
  const { folder, base, gitDir } = await repoWith(everything.filter((_, index) => index !== 2))
  const { steps: wanted } = await stepsOfRange(gitDir, `${base}..main`)
  const mails = (await mboxOf(folder, base, '--cover-letter', '-v3', '--rfc')).split(/^(?=From [0-9a-f]{40} )/m)
  const reply =
    'From mboxrd@z Thu Jan  1 00:00:00 1970\nFrom: R <r@example.org>\nSubject: Re: [PATCH v3 1/5] demo\n\n> demo\n\nReviewed-by: R <r@example.org>\n\n'
  const mbox = [reply, ...mails.toReversed()].join('\n')
  for (const text of [mbox, mbox.replaceAll('\n', '\r\n')]) {
    const { series, steps, gitDir: theirs } = await imported(text)
    t.is(series.version, 3)
    t.true(series.rfc)
    t.regex(series.cover?.subject ?? '', /SUBJECT HERE/)
    t.deepEqual(
      steps.map(({ after }) => after),
      wanted.map(({ after }) => after),
    )
    const out = join(fresh(), 'from-mails')
    await importSeries({ gitDir: theirs, steps, origin: 'mails', date: series.date, folder: out })
    await reproduces(t, out, wanted)
  }
})

test('quoted-printable, base64 and 8-bit mails are the same', async t => {
  const { folder, base, gitDir } = await repoWith([write('drivers/demo/new.c', '/* Grüße = 1 */\nint a; \n')])
  const { steps: wanted } = await stepsOfRange(gitDir, `${base}..main`)
  const mail = await mboxOf(folder, base)
  const at = mail.indexOf('\n\n')
  const [head, body] = [mail.slice(0, at).replace(/\n(MIME|Content)[^\n]*/g, ''), mail.slice(at + 2)]
  const mime = (encoding: string) =>
    `${head}\nMIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: ${encoding}\n\n`
  const quoted = [...Buffer.from(body)]
    .map(byte =>
      byte === 10
        ? '\n'
        : byte === 61 || byte > 126
          ? `=${byte.toString(16).toUpperCase()}`
          : String.fromCharCode(byte),
    )
    .join('')
    .replaceAll(' \n', '=20\n')
  const base64Of = (text: string) => Buffer.from(text).toString('base64').replaceAll(/.{76}/g, '$&\n')
  // Some mail programs have their own line ends inside of the encoding.
  const crlf = body.replaceAll('\n', '\r\n')
  for (const text of [
    `${mime('8bit')}${body}`,
    `${mime('quoted-printable')}${quoted}`,
    `${mime('base64')}${base64Of(body)}\n`,
    `${mime('base64')}${base64Of(crlf)}\n`,
    `${mime('quoted-printable')}${quoted.replaceAll('\n', '=0D\n')}`,
    `${mime('quoted-printable')}${quoted.replaceAll('\n', '=0D=0A=\n')}`,
  ]) {
    const { steps } = await imported(text)
    t.is(steps[0]?.after, wanted[0]?.after)
  }
})

test('a file that is not there, and a folder; other bad mboxes are in corpus/', async t => {
  await t.throwsAsync(readMbox(join(root, 'not-there')), { instanceOf: ImportRefused, message: /no such file/ })
  await t.throwsAsync(readMbox(root), { instanceOf: ImportRefused, message: /it is a folder/ })
})

test('what was imported can be mailed and imported again', async t => {
  const { gitDir, base } = await repoWith(everything)
  const { steps, date } = await stepsOfRange(gitDir, `${base}..main`)
  const folder = join(fresh(), 'round')
  await importSeries({ gitDir, steps, origin: 'a range', date, folder })
  const clean = await makeRepo(fresh())
  const chain = await loadChain(folder)
  const generated = await generate(chain, { gitDir: clean.gitDir, base: clean.base, label: '7.3' })
  const out = fresh()
  const { patches, covers } = await formatPatches(chain, generated, out)
  const mails = await Promise.all([...covers, ...patches].map(path => readFile(path, 'latin1')))
  const again = await imported(Buffer.from(mails.join('\n'), 'latin1'))
  t.deepEqual(
    again.steps.map(({ after }) => after),
    steps.map(({ after }) => after),
  )
})
