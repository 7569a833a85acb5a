import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '@kseries/host'
import test from 'ava'
import { generate, loadChain, type Mailing, readMbox, recordSent, stepsOfMails, writeMails } from '../../src/index.ts'
import { isolate } from '../kernel.ts'
import { type ReceivedMail, withSmtpServer } from './smtp.ts'
import { becomeSomebody, cloneBelow, lastTrees, makeWild, treesOf } from './wild.ts'

// Real programs of Debian's packages git-email and b4, which `kseries setup --mail` installs: without them these tests fail.

type Written = Awaited<ReturnType<typeof makeWild>> & Mailing

let root = ''
let wild: Written
/** The same without what b4 0.12 does not carry: line ends with CR, bytes that are no UTF-8. */
let forB4: Written
test.before(async () => {
  root = await isolate()
  await becomeSomebody()
  const written = async (name: string, options: Parameters<typeof makeWild>[1]): Promise<Written> => {
    const made = await makeWild(join(root, name), options)
    return { ...made, ...(await writeMails(made.chain, made.generated, join(root, name, 'out'), made.options)) }
  }
  wild = await written('wild', { isUtf8: false, hasCr: true })
  forB4 = await written('b4', { isUtf8: true, hasCr: false })
})
test.after.always(() => rm(root, { recursive: true, force: true }))

/** Nothing of the person's own is read or written, and nothing is fetched. */
const isolated = () => ({ HOME: root, XDG_DATA_HOME: join(root, 'xdg'), XDG_CACHE_HOME: join(root, 'xdg') })
const clone = (name: string, { generated } = wild) => cloneBelow(join(root, name), generated, 'wild')
const am = (folder: string, ...args: readonly string[]) => run('git', ['-C', folder, 'am', '-q', ...args])
const b4 = (folder: string, ...args: readonly string[]) =>
  run('b4', ['--offline-mode', ...args], { cwd: folder, env: isolated(), timeout: 100_000 })
const wanted = ({ generated } = wild) => treesOf(generated, 'wild')

/** Commits of a clone and those generated: what they say, and by whom. */
const messages = async (gitDir: string, head: string) =>
  (await run('git', [`--git-dir=${gitDir}`, 'log', '-3', '--format=%an <%ae> %at%n%B', head])).stdout

test('git am of the mbox, and of the patches, gives the same trees and messages', async t => {
  for (const [name, ...args] of [
    ['am-mbox', '--empty=drop', wild.mbox],
    ['am-files', ...wild.files.slice(1)],
  ] as const) {
    const folder = await clone(name)
    await am(folder, ...args)
    t.deepEqual(await lastTrees(folder, 3), wanted(), name)
    t.is(await messages(join(folder, '.git'), 'HEAD'), await messages(wild.generated.gitDir, wild.generated.head), name)
  }
})

test('b4 am of the mbox gives the same trees', async t => {
  const folder = await clone('b4-am', forB4)
  const { stderr } = await b4(folder, 'am', '-m', forB4.mbox, '-o', root, '-n', 'from-b4')
  t.regex(stderr, /Total patches: 3/)
  await am(folder, join(root, 'from-b4.mbx'))
  t.deepEqual(await lastTrees(folder, 3), wanted(forB4))
})

test('b4 shazam of the mbox gives the same trees', async t => {
  const folder = await clone('b4-shazam', forB4)
  await b4(folder, 'shazam', '-m', forB4.mbox)
  t.deepEqual(await lastTrees(folder, 3), wanted(forB4))
})

test('a range-diff in the cover letter is a patch to nobody', async t => {
  const { repo, chain, options } = await makeWild(join(root, 'v2'), { isUtf8: true, hasCr: false })
  const { folder } = chain.at(-1) ?? t.fail()
  await writeMails(chain, await generate(chain, { ...repo, label: '7.3' }), join(root, 'v2-out'), options)
  await recordSent(chain.at(-1) ?? t.fail())
  await writeFile(join(folder, 'changes.md'), '## v2\n- Another name.\n')
  await writeFile(join(folder, 'patches/03-plain/tree/drivers/new/plain.c'), 'int plain;\nint other;\n')
  const next = await loadChain(folder)
  const generated = await generate(next, { ...repo, label: '7.3' })
  const mailing = await writeMails(next, generated, join(root, 'v2-out'), options)
  t.regex(await readFile(mailing.mbox, 'utf8'), /^Range-diff against v1:\n1: /m)

  const [byGit, byB4] = [await clone('v2-am', { ...forB4, generated }), await clone('v2-b4', { ...forB4, generated })]
  await am(byGit, '--empty=drop', mailing.mbox)
  await b4(byB4, 'shazam', '-m', mailing.mbox)
  for (const tree of [byGit, byB4]) t.deepEqual(await lastTrees(tree, 3), treesOf(generated, 'wild'))
  const { patches, version } = await readMbox(mailing.mbox)
  t.deepEqual([patches.length, version], [3, 2])
})

/** Mails as a client stores them in an mbox of the kind mboxrd: lines ended by CR LF as they came over the wire. */
const mboxOf = (mails: readonly ReceivedMail[]) =>
  Buffer.concat(
    mails.flatMap(({ raw }) => [
      Buffer.from('From mboxrd@z Thu Jan  1 00:00:00 1970\r\n'),
      Buffer.from(raw.toString('latin1').replaceAll(/^>*From /gm, '>$&'), 'latin1'),
      Buffer.from('\r\n'),
    ]),
  )

const header = (raw: Buffer, name: string) =>
  new RegExp(`^${name}: (.*(?:\\n[ \\t].*)*)`, 'mi')
    .exec(raw.toString('latin1').replaceAll('\r\n', '\n').split('\n\n')[0] ?? '')?.[1]
    ?.replaceAll(/\n[ \t]+/g, ' ')

for (const encoding of ['auto', 'quoted-printable', 'base64'])
  test(`through git send-email and a mail server, ${encoding}: same thread, same trees`, async t => {
    const mails = await withSmtpServer(async port => {
      await run(
        'git',
        [
          'send-email',
          '--smtp-server=127.0.0.1',
          `--smtp-server-port=${port}`,
          `--transfer-encoding=${encoding}`,
          '--confirm=never',
          '--suppress-cc=body',
          '--quiet',
          ...wild.files,
        ],
        { env: isolated(), timeout: 100_000 },
      )
    })
    t.is(mails.length, 4)
    const [cover] = mails
    const coverId = header(cover?.raw ?? Buffer.of(), 'Message-Id')
    t.regex(
      (await readFile(wild.files[0] ?? '', 'utf8')).replaceAll('\r', ''),
      new RegExp(`^Message-ID: ${coverId}$`, 'm'),
    )
    for (const [index, { raw, recipients }] of mails.entries()) {
      t.is(header(raw, 'In-Reply-To'), index === 0 ? undefined : coverId)
      t.is(header(raw, 'References'), index === 0 ? undefined : coverId)
      for (const address of ['linux-kernel@example.org', 'joerg@example.org', 'abc@example.org'])
        t.true(recipients.includes(address), `${index} to ${address}`)
    }
    const received = join(root, `received-${encoding}.mbox`)
    await writeFile(received, mboxOf(mails))

    const folder = await clone(`sent-${encoding}`)
    await am(folder, '--empty=drop', received)
    t.deepEqual(await lastTrees(folder, 3), wanted())

    const start = (await run('git', ['-C', folder, 'rev-parse', 'HEAD~3'])).stdout
    const { patches, cover: letter } = await readMbox(received)
    t.is(letter?.subject, 'demo: grüße – and more')
    const steps = await stepsOfMails(join(folder, '.git'), start, patches)
    t.deepEqual(
      steps.map(({ after }) => after),
      wanted(),
    )
    t.regex(steps[0]?.body ?? '', /^From now on: “quotes”\.\n>From before, too\.\n\.\nLast\.$/m)
  })
