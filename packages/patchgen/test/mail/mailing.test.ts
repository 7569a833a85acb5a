import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { exists } from '@kseries/host'
import test from 'ava'
import {
  ChangesMissing,
  changeIdOf,
  distribute,
  formatPatches,
  generate,
  loadChain,
  type MailOptions,
  NoRecipients,
  NotSubmittable,
  writeMails,
} from '../../src/index.ts'
import { isolate, makeRepo, makeSeries, readAll } from '../kernel.ts'

let root = ''
test.before(async () => {
  root = await isolate()
})
test.after.always(() => rm(root, { recursive: true, force: true }))

const recipients = distribute(
  { to: ['list@example.org'], cc: ['Jörg Ä <joerg@example.org>'], origin: 'series.ts' },
  [
    { to: ['M <m@example.org>'], cc: [] },
    { to: [], cc: ['other@example.org'] },
  ],
  2,
)

const prepare = async (name: string, changes: Record<string, string> = {}, identity?: null) => {
  const repo = await makeRepo(join(root, name))
  const chain = await loadChain(await makeSeries(join(root, `${name}-series`, 'demo'), changes))
  const generated = await generate(chain, { ...repo, label: '7.3', ...(identity === null ? { identity } : {}) })
  return { repo, chain, generated, out: join(root, `${name}-out`) }
}

const seriesFile = (more: string) => `export default { title: 'Demo', date: '2026-11-23', ${more} }\n`

test('the mails: cover letter with all its parts, recipients of each, one thread', async t => {
  const { repo, chain, generated, out } = await prepare('parts')
  const { files, mbox, messageId, version, rangeDiffAgainst } = await writeMails(chain, generated, out, {
    recipients,
    evidence: ['Tested:', '  x86_64: 3 passed'],
    basedOn: 'Based on Linux 7.3.4.',
  })
  t.deepEqual(
    files.map(path => basename(path)),
    ['0000-cover-letter.patch', '0001-demo-add-a-file.patch', '0002-demo-change-that-file.patch'],
  )
  t.is(version, 1)
  t.is(rangeDiffAgainst, undefined)
  t.regex(messageId, /^20261123-demo-v1-0-[0-9a-f]{12}@example\.org$/)
  const [cover = '', first = '', second = ''] = await Promise.all(files.map(path => readFile(path, 'utf8')))
  t.is(
    cover,
    `From ${generated.head} Mon Sep 17 00:00:00 2001
From: Test Person <test@example.org>
Date: Tue, 14 Nov 2023 22:13:22 +0000
Subject: [PATCH 0/2] demo: a thing to show
To: list@example.org,
    M <m@example.org>
Cc: =?UTF-8?q?J=C3=B6rg_=C3=84?= <joerg@example.org>,
    other@example.org
Message-ID: <${messageId}>

Why it is here.

Tested:
  x86_64: 3 passed

Test Person (2):
  demo: add a file
  demo: change that file

 drivers/Makefile    | 1 +
 drivers/demo/demo.c | 1 +
 drivers/demo/old.c  | 1 -
 drivers/new/new.c   | 3 +++
 scripts/new.sh      | 1 +
 5 files changed, 6 insertions(+), 1 deletion(-)
 delete mode 100644 drivers/demo/old.c
 create mode 100644 drivers/new/new.c
 create mode 100755 scripts/new.sh

Based on Linux 7.3.4.

base-commit: ${repo.base}
change-id: ${changeIdOf(chain[0] ?? t.fail())}
`,
  )
  const thread = `In-Reply-To: <${messageId}>\nReferences: <${messageId}>\n`
  t.true(
    first.includes(
      `\nTo: list@example.org,\n    M <m@example.org>\nCc: =?UTF-8?q?J=C3=B6rg_=C3=84?= <joerg@example.org>\nMessage-ID: <${messageId.replace('-0-', '-1-')}>\n${thread}`,
    ),
    first,
  )
  t.regex(second, /\nTo: list@example\.org\nCc: .*,\n {4}other@example\.org\nMessage-ID: <.*-v1-2-/)
  t.is(await readFile(mbox, 'utf8'), [cover, first, second].map(mail => `${mail}\n`).join(''))
})

test.serial('two runs give the same bytes, whatever is configured; others have other ids', async t => {
  const { chain, generated, out } = await prepare('bytes')
  const write = async (options: Partial<MailOptions> = {}, to = out) => {
    const { messageId } = await writeMails(chain, generated, to, { recipients, ...options })
    return { messageId, bytes: await readAll(to, (await readdir(to)).toSorted()) }
  }
  const one = await write()
  t.deepEqual(await write(), one)
  const config = process.env['GIT_CONFIG_GLOBAL'] ?? ''
  const before = await readFile(config, 'utf8')
  await writeFile(
    config,
    `${before}[format]\n\tthread = deep\n\tfrom = z <z@z>\n\tattach = x\n[diff]\n\tnoprefix = true\n`,
  )
  t.deepEqual(await write({}, `${out}-2`).finally(() => writeFile(config, before)), one)
  const ids = [
    one,
    await write({ evidence: ['Tested.'] }),
    await write({ rfc: true }),
    await write({ resend: true }),
    await write({ inReplyTo: 'a@example.org' }),
    await write({ recipients: distribute({ to: ['me@example.org'], cc: [], origin: 'command line' }, [], 2) }),
  ].map(({ messageId }) => messageId)
  t.is(new Set(ids).size, ids.length)
})

test('RFC, RESEND and what the cover letter answers', async t => {
  const { chain, generated, out } = await prepare('tags', {
    'series.ts': seriesFile('version: 3'),
    'changes.md': '## v2\n- Two.\n\n## v3\n- Three.\n\n## v4\n- Four.\n',
  })
  const options = { recipients, rfc: true, resend: true, inReplyTo: 'before@example.org' }
  const { files, messageId } = await writeMails(chain, generated, out, options)
  const [cover = '', first = ''] = await Promise.all(files.map(path => readFile(path, 'utf8')))
  t.regex(cover, /^Subject: \[PATCH RFC RESEND v3 0\/2\] demo: a thing to show$/m)
  t.regex(first, /^Subject: \[PATCH RFC RESEND v3 1\/2\] demo: add a file$/m)
  t.regex(cover, /^In-Reply-To: <before@example\.org>\nReferences: <before@example\.org>\n/m)
  t.true(first.includes(`\nIn-Reply-To: <${messageId}>\nReferences: <before@example.org>\n <${messageId}>\n`), first)
  t.true(
    cover.includes('\nWhy it is here.\n\nChanges in v3:\n- Three.\n\nChanges in v2:\n- Two.\n\nTest Person (2)'),
    cover,
  )
})

test('what must not be mailed is refused, and nothing is written', async t => {
  const nobody = await prepare('nobody', {}, null)
  await t.throwsAsync(writeMails(nobody.chain, nobody.generated, nobody.out, { recipients }), {
    instanceOf: NotSubmittable,
    message: /no user\.name and user\.email/,
  })
  const { chain, generated, out } = await prepare('refused', { 'series.ts': seriesFile('version: 2') })
  await t.throwsAsync(writeMails(chain, generated, out, { recipients }), {
    instanceOf: ChangesMissing,
    message: /Cannot mail v2 of demo: changes\.md does not say/,
  })
  const none = distribute({ to: [], cc: [], origin: 'series.ts' }, [], 2)
  await t.throwsAsync(writeMails(chain, generated, out, { recipients: none }), { instanceOf: NoRecipients })
  t.deepEqual([await exists(nobody.out), await exists(out)], [false, false])
})

test('a folder of patch files becomes one of mails, and back', async t => {
  const { chain, generated, out } = await prepare('folder')
  await formatPatches(chain, generated, out)
  await writeMails(chain, generated, out, { recipients })
  const names = async () => (await readdir(out)).filter(name => !name.startsWith('.')).toSorted()
  const patches = ['0001-demo-add-a-file.patch', '0002-demo-change-that-file.patch']
  t.deepEqual(await names(), ['0000-cover-letter.patch', ...patches, 'series.mbox'])
  await formatPatches(chain, generated, out)
  t.deepEqual(await names(), ['0000-demo-cover-letter.txt', ...patches])
})
