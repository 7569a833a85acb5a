import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '@kseries/host'
import test from 'ava'
import { formatPatches, generate, loadChain } from '../../src/index.ts'
import { encodeAddress, encodeHeader, foldHeader } from '../../src/mail/headers.ts'
import { isolate, makeRepo, makeSeries } from '../kernel.ts'

let root = ''
test.before(async () => {
  root = await isolate()
})
test.after.always(() => rm(root, { recursive: true, force: true }))

/** What git makes of a mail's headers, without [PATCH …], and the first line of its body. */
const mailinfo = async (mail: string) => {
  const message = join(root, 'message')
  const { stdout } = await run('git', ['mailinfo', '-b', message, join(root, 'patch')], { input: mail })
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(stdout)?.[1]
  return {
    author: field('Author'),
    mail: field('Email'),
    subject: field('Subject'),
    first: (await readFile(message, 'utf8')).split('\n')[0],
  }
}

const subjects = [
  'crypto: Schlüssel, die der Kern nicht lesen kann – und eine lange Zeile',
  `demo: ${'ü'.repeat(69)}`,
  `demo: ${'鍵'.repeat(20)} and words of ASCII ${'🔑'.repeat(10)}`,
  'demo: a long subject of ASCII words only, as long as a subject may be, 75 !',
  'demo: what =?UTF-8?q?looks_encoded?= is not',
]
// git mailinfo takes no name of more than 60 bytes.
const names = ['Jörg Ä', 'Jörg, der Überlängste – aus Übersee, Ö.', `山田 ${'太郎'.repeat(8)}`, 'A. B. C']

test.serial('git reads back subjects and names, of patches and of cover letters', async t => {
  const repo = await makeRepo(join(root, 'repo'))
  for (const [index, subject] of subjects.entries())
    for (const name of index === 0 ? names : names.slice(0, 1)) {
      const folder = await makeSeries(join(root, 'series', 'demo'), {
        'series.ts': `export default { title: 'Demo', date: '2026-11-23', rfc: true, version: 12,
          to: ${JSON.stringify(names.map(one => `${one} <to@example.org>`))}, cc: ['"Q. R" <cc@example.org>'] }\n`,
        'cover.md': `${subject}\n\nThe body.\n`,
        'patches/02-change-it/message.md': `${subject}\n\nThe body.\n`,
      })
      const identity = `${name} <who@example.org>`
      const chain = await loadChain(folder)
      const generated = await generate(chain, { ...repo, label: '7.3', identity })
      const { covers, patches } = await formatPatches(chain, generated, join(root, 'out'))
      for (const path of [covers[0] ?? '', patches[1] ?? '']) {
        const mail = await readFile(path, 'utf8')
        t.deepEqual(
          await mailinfo(mail),
          {
            author: name,
            mail: 'who@example.org',
            subject,
            first: 'The body.',
          },
          mail,
        )
        const headers = mail.slice(0, mail.indexOf('\n\n'))
        t.regex(headers, /^[\n\x20-\x7e]*$/)
        t.regex(headers, /^To: (.|\n )*"A\. B\. C" <to@example\.org>$/m)
        t.regex(headers, /^Cc: "Q\. R" <cc@example\.org>$/m)
      }
    }
})

test.serial('a subject of several encoded words stays one header', async t => {
  const subject = 'crypto: Schlüssel, die der Kern nicht lesen kann – und eine lange Zeile dazu, länger als eine Zeile'
  const mail = `From: a <a@b>\n${foldHeader('Subject', `[PATCH 0/1] ${encodeHeader(subject)}`)}\n\nThe body.\n`
  t.like(await mailinfo(mail), { subject, first: 'The body.' })
})

test('headers are encoded and folded as mail wants', t => {
  t.is(encodeHeader('plain: text'), 'plain: text')
  t.is(encodeAddress('A. B <a@b>'), '"A. B" <a@b>')
  t.is(encodeAddress('"A. B" <a@b>'), '"A. B" <a@b>')
  t.is(encodeAddress('a@b'), 'a@b')
  for (const value of [encodeHeader('ä'.repeat(60)), 'word '.repeat(30).trim(), `a  b ${'c'.repeat(80)}  d`])
    for (const name of ['From', 'Subject']) {
      const lines = foldHeader(name, value).split('\n')
      t.true(
        lines.every((line, index) => line.length <= 76 || line.trim().split(' ').length <= (index === 0 ? 2 : 1)),
        lines.join('|'),
      )
      t.true(lines.every((line, index) => line.trim() !== '' && (index === 0 || line.startsWith(' '))))
      t.is(lines.join(''), `${name}: ${value.replaceAll(/ +/g, ' ')}`)
    }
  t.true(
    encodeHeader('ä'.repeat(60))
      .split(' ')
      .every(word => word.length <= 76 - 'Subject: '.length),
  )
})
