import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '@kseries/host'
import test from 'ava'
import fc from 'fast-check'
import { encodeBody } from '../../src/mail/mime.ts'
import { isolate } from '../kernel.ts'

let root = ''
test.before(async () => {
  root = await isolate()
})
test.after.always(() => rm(root, { recursive: true, force: true }))

const encode = (text: string) => {
  const { headers, body } = encodeBody(Buffer.from(text, 'latin1'))
  const kind = headers.find(header => header.startsWith('Content-Transfer-Encoding: '))?.slice(27)
  return { headers, kind, body: Buffer.from(body).toString('latin1') }
}

test('a body travels as it is when that is safe', t => {
  t.deepEqual(encode('plain \n\ttext\n'), { headers: [], kind: undefined, body: 'plain \n\ttext\n' })
  const umlauts = Buffer.from('Grüße\n').toString('latin1')
  t.like(encode(umlauts), { kind: '8bit', body: umlauts })
  t.is(encode(`${'x'.repeat(998)}\n`).kind, undefined)
})

test('what would be cut, lost or escaped is quoted', t => {
  t.is(encode('a = b\r\n').body, 'a =3D b=0D\n')
  t.is(encode('From here\n>From there\nfar From it\n').body, '=46rom here\n>=46rom there\nfar =46rom it\n')
  t.is(encode('a\r \nb\t\n').body, 'a=0D=20\nb=09\n')
  t.is(encode(`${'x'.repeat(999)}\n`).kind, 'quoted-printable')
})

/** What git makes of a mail's patch. */
const decoded = async (text: string) => {
  const { headers, body } = encodeBody(Buffer.from(text, 'latin1'))
  const mail = Buffer.concat([
    Buffer.from(`From: a <a@example.org>\nSubject: [PATCH] x\n${headers.map(header => `${header}\n`).join('')}\n`),
    Buffer.from('---\ndiff --git a/x b/x\n'),
    body,
  ])
  const patch = join(root, 'patch')
  await run('git', ['mailinfo', '--quoted-cr=nowarn', join(root, 'message'), patch], { input: mail })
  return (await readFile(patch, 'latin1')).replace('---\ndiff --git a/x b/x\n', '')
}

test.serial('git reads back any lines, and no line is too long or begins a mail', async t => {
  const part = fc.constantFrom(
    'From ',
    '>',
    'F',
    '=',
    '=3D',
    '\r',
    ' ',
    '\t',
    '.',
    'ü',
    'x'.repeat(74),
    'y'.repeat(300),
    '\xff',
  )
  const line = fc.array(part, { maxLength: 12 }).map(parts => `+${parts.join('')}\n`)
  const text = fc.array(line, { minLength: 1, maxLength: 6 }).map(lines => lines.join(''))
  await fc.assert(
    fc.asyncProperty(text, async lines => {
      const { kind, body } = encode(lines)
      const limit = kind === 'quoted-printable' ? 76 : 998
      if (!body.split('\n').every(one => one.length <= limit && !/^>*From /.test(one))) return false
      return (await decoded(lines)) === lines
    }),
    { numRuns: 60 },
  )
  t.pass()
})
