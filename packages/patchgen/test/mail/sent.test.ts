import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import {
  distribute,
  generate,
  loadChain,
  NothingMailed,
  ResendChanged,
  recordSent,
  SentOtherwise,
  type Series,
  writeMails,
} from '../../src/index.ts'
import { gitSays, isolate, kernelFiles, makeRepo, makeSeries } from '../kernel.ts'

let root = ''
test.before(async () => {
  root = await isolate()
})
test.after.always(() => rm(root, { recursive: true, force: true }))

const recipients = distribute({ to: ['list@example.org'], cc: [], origin: 'series.ts' }, [], 2)

/** A series folder in a repository; `mail` writes its mails as it then is. */
const prepare = async (name: string) => {
  const repo = await makeRepo(join(root, name))
  const folder = await makeSeries(join(root, `${name}-series`, 'demo'))
  const out = join(root, `${name}-out`)
  const series = async (): Promise<Series> => (await loadChain(folder)).at(-1) as Series
  const mail = async (options: { readonly resend?: boolean; readonly gitDir?: string } = {}) => {
    const { resend, gitDir = repo.gitDir } = options
    const chain = await loadChain(folder)
    const generated = await generate(chain, { gitDir, base: repo.base, label: '7.3' })
    const mailing = await writeMails(chain, generated, out, { recipients, resend })
    return { ...mailing, generated, cover: await readFile(mailing.files[0] ?? '', 'utf8') }
  }
  const tags = () => gitSays(repo.gitDir, 'tag', '--list', 'sent/*')
  return { repo, folder, out, series, mail, tags, text: () => readFile(join(folder, 'series.ts'), 'utf8') }
}

const change = async (folder: string) => {
  await writeFile(join(folder, 'patches/01-new-driver/tree/drivers/new/new.c'), 'char one;\nint two;\nint three;\n')
  await writeFile(join(folder, 'changes.md'), '## v2\n- It is smaller.\n')
}

test('sent: the commits are tagged, the next version is written; then the next letter says what changed', async t => {
  const { repo, folder, series, mail, tags, text } = await prepare('whole')
  const first = await mail()
  const recorded = await recordSent(await series())
  t.deepEqual(recorded, {
    version: 1,
    tag: 'sent/demo-v1',
    commit: first.generated.head,
    next: 2,
    wasRecorded: false,
  })
  t.is(await gitSays(repo.gitDir, 'rev-parse', 'sent/demo-v1^{commit}'), first.generated.head)
  t.regex(await text(), /version: 2/)

  await change(folder)
  const second = await mail()
  t.is(second.version, 2)
  t.is(second.rangeDiffAgainst, 1)
  t.regex(second.cover, /^Subject: \[PATCH v2 0\/2\]/m)
  t.true(
    second.cover.includes(
      `\nChanges in v2:\n- It is smaller.\n- Link to v1: https://lore.kernel.org/r/${first.messageId}\n\n`,
    ),
    second.cover,
  )
  const diff = /\nRange-diff against v1:\n([^]*?)\n\nbase-commit: /.exec(second.cover)?.[1] ?? ''
  t.regex(diff, /^1: {2}[0-9a-f]{12} ! 1: {2}[0-9a-f]{12} demo: add a file$/m)
  t.regex(diff, /^ +-\+int one;\n +\+\+char one;$/m)

  // The cache is deleted, and the base imported again.
  await rm(repo.gitDir, { recursive: true })
  await rm(repo.folder, { recursive: true })
  await makeRepo(repo.folder)
  t.is(await tags(), '')
  const again = await mail()
  t.is(again.cover, second.cover)
  t.is(await tags(), 'sent/demo-v1')
})

test('without the base of the version before there is no range-diff', async t => {
  const { folder, series, mail } = await prepare('rebased')
  await mail()
  await recordSent(await series())
  await change(folder)
  const elsewhere = await makeRepo(join(root, 'rebased-base'), {
    ...kernelFiles,
    'another/file': 'a\n',
  })
  const chain = await loadChain(folder)
  const generated = await generate(chain, { gitDir: elsewhere.gitDir, base: elsewhere.base, label: '7.3' })
  const { rangeDiffAgainst, files } = await writeMails(chain, generated, join(root, 'rebased-out'), { recipients })
  t.is(rangeDiffAgainst, undefined)
  t.notRegex(await readFile(files[0] ?? '', 'utf8'), /Range-diff|Link to/)
})

test('recording twice is recording once, wherever the first was cut off', async t => {
  const { repo, folder, series, mail, tags, text } = await prepare('twice')
  const before = await text()
  await mail()
  await recordSent(await series())
  const after = await text()
  t.like(await recordSent(await series()), { version: 1, next: 2, wasRecorded: true })
  t.is(await text(), after)
  t.is(await tags(), 'sent/demo-v1')

  // After the copy of the tag, after the tag, before anything.
  for (const undo of [
    async () => {},
    async () => rm(join(folder, 'sent'), { recursive: true }),
    async () => {
      await rm(join(folder, 'sent'), { recursive: true })
      await gitSays(repo.gitDir, 'tag', '-d', 'sent/demo-v1')
    },
  ]) {
    await writeFile(join(folder, 'series.ts'), before)
    await undo()
    t.like(await recordSent(await series()), { version: 1, next: 2, wasRecorded: false })
    t.is(await text(), after)
    t.deepEqual(await readdir(join(folder, 'sent')), ['v1.bundle'])
    t.is(await tags(), 'sent/demo-v1')
  }

  // Somebody has gone on by hand.
  const later = after.replace('version: 2', 'version: 4')
  await writeFile(join(folder, 'series.ts'), later)
  t.like(await recordSent(await series()), { version: 1, next: 4, wasRecorded: true })
  t.is(await text(), later)
})

test('what was not written, or was sent as something else, is not recorded', async t => {
  const { folder, series, mail, text } = await prepare('refused')
  await t.throwsAsync(recordSent(await series()), { instanceOf: NothingMailed, message: /no mails of v1/ })
  await mail()
  await recordSent(await series())
  await writeFile(join(folder, 'series.ts'), (await text()).replace('version: 2', 'version: 1'))
  await change(folder)
  await mail()
  const before = await text()
  await t.throwsAsync(recordSent(await series()), { instanceOf: SentOtherwise, message: /sent\/demo-v1 is .* already/ })
  t.is(await text(), before)
})

test('what a series stands on is named by the version that was sent, as long as it is the same', async t => {
  const { repo, folder, series, mail } = await prepare('needed')
  await makeSeries(join(folder, '../on-top'), {
    'series.ts': "export default { title: 'On top', date: '2026-11-24', needs: ['demo'] }\n",
    'patches/01-new-driver/message.md': 'demo: more of it\n\nIt is of use.\n',
    'patches/01-new-driver/edits.ts': undefined,
    'patches/01-new-driver/tree/drivers/new/new.c': undefined,
    'patches/01-new-driver/tree/scripts/new.sh*': undefined,
    'patches/01-new-driver/tree/drivers/new/more.c': 'int more;\n',
    'patches/02-change-it/message.md': undefined,
    'patches/02-change-it/edits.ts': undefined,
  })
  const needs = async () => {
    const chain = await loadChain(join(folder, '../on-top'))
    const generated = await generate(chain, { gitDir: repo.gitDir, base: repo.base, label: '7.3' })
    const { files } = await writeMails(chain, generated, join(root, 'needed-on-top'), { recipients })
    return /^prerequisite-change-id: .*(v\d)$/m.exec(await readFile(files[0] ?? '', 'utf8'))?.[1]
  }
  await mail()
  t.is(await needs(), 'v1')
  await recordSent(await series())
  t.is(await needs(), 'v1')
  await change(folder)
  t.is(await needs(), 'v2')
})

test('a resend is of the version that was sent, and of nothing else', async t => {
  const { folder, series, mail, text } = await prepare('resend')
  const first = await mail()
  await recordSent(await series())
  const again = await mail({ resend: true })
  t.is(again.version, 1)
  t.regex(again.cover, /^Subject: \[PATCH RESEND 0\/2\]/m)
  t.not(again.messageId, first.messageId)
  const before = await text()
  t.like(await recordSent(await series()), { version: 1, wasRecorded: true })
  t.is(await text(), before)
  await change(folder)
  await t.throwsAsync(mail({ resend: true }), { instanceOf: ResendChanged, message: /Cannot resend v1 of demo/ })
})
