import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { silent } from '@kseries/host'
import { ImportRefused } from '@kseries/patchgen'
import test from 'ava'
import { subjectOfMail, textChecks } from '../../src/index.ts'
import { fakeKernel, goodMessage } from '../kernel.ts'
import { isolate, Repo } from '../repo.ts'

let root = ''
let repo: Repo
let base = ''
test.before(async () => {
  root = await isolate()
  repo = await Repo.make(join(root, 'repo'), fakeKernel)
  base = await repo.git('rev-parse', 'HEAD')
})
test.after.always(() => rm(root, { recursive: true, force: true }))

const orphan = 'drivers/demo/orphan.c'
const owners = `${fakeKernel['MAINTAINERS']}\nORPHANS\nM:\tDemo Maintainer <demo@example.org>\nF:\t${orphan}\n`
const says = (subject: string) => goodMessage.replace('demo: add one more', subject)
const mailOf = async (commit: string) =>
  Buffer.from(await repo.git('format-patch', '-1', '--stdout', '--subject-prefix=PATCH 1/2', commit))

test.serial('the commit that a mail was made of, though others stand on it, and what they bring counts', async t => {
  const subject = await repo.series('own', base, [
    { message: says('demo: add an orphan'), files: { [orphan]: 'int orphan;\n' } },
    { message: says('demo: say whose the orphan is'), files: { MAINTAINERS: owners } },
  ])
  const first = subject.commits[0]?.hash ?? ''
  const found = await subjectOfMail(await mailOf(first), repo.gitDir)
  t.like(found, { kind: 'range', base, trunk: base, end: subject.commits[1]?.hash })
  t.deepEqual(
    found.commits.map(({ hash }) => hash),
    [first],
  )
  const { findings } = await textChecks(found, { report: silent })
  t.deepEqual(findings, [])
})

test.serial('a mail of somebody else: applied to HEAD, judged as a commit on it', async t => {
  const theirs = await repo.series('theirs', base, [
    {
      message: says('demo: break one'),
      files: { 'drivers/demo/demo.c': `${fakeKernel['drivers/demo/demo.c']}/* x */ \n` },
    },
  ])
  const mail = await mailOf('theirs')
  await repo.git('checkout', '-q', '-f', '--detach', base)
  const subject = await subjectOfMail(mail, repo.gitDir)
  t.like(subject, { kind: 'mail', base })
  t.is(subject.commits[0]?.tree, theirs.commits[0]?.tree)
  const { findings } = await textChecks(subject, { report: silent })
  t.like(findings, [{ tool: 'checkpatch', file: 'drivers/demo/demo.c', line: 16 }])
  t.is(findings.length, 1)
})

test.serial('one that applies nowhere, though a commit has its subject; and one that is no patch', async t => {
  await repo.series('older', base, [{ message: says('demo: note'), files: { 'drivers/demo/notes': 'a\n' } }])
  await repo.commit({ message: says('demo: note'), files: { 'drivers/demo/notes': 'a\nb\n' } })
  const mail = await mailOf('HEAD')
  await repo.series('newer', base, [{ message: says('demo: note'), files: { 'drivers/demo/notes': 'c\n' } }])
  const refused = await t.throwsAsync(subjectOfMail(mail, repo.gitDir), { instanceOf: ImportRefused })
  t.regex(refused.message, /'demo: note' \(the mail\): it does not apply/)
  const reply = Buffer.from('From: a@example.org\nSubject: Re: thanks\n\nThanks\n')
  t.regex((await t.throwsAsync(subjectOfMail(reply, repo.gitDir), { instanceOf: ImportRefused })).message, /no patch/)
})
