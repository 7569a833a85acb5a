import { count, countWith } from './base.ts'
import { type Entry, refused, taken } from './entry.ts'
import { changed, created, mail } from './mails.ts'

const named = [1, 'demo: change it'] as const
const all = { [count]: countWith({ 20: 'long a20;' }) }
const text = `Because of Gr\u00fc\u00dfe.\n---\n${changed()}-- \n2.39.5\n`

const mime = (encoding: string, type = 'text/plain; charset=utf-8') => [
  'MIME-Version: 1.0',
  `Content-Type: ${type}`,
  `Content-Transfer-Encoding: ${encoding}`,
]
const quotedPrintable = (source: string) =>
  Buffer.from(source)
    .toString('latin1')
    .replaceAll(/[=\x80-\xff]| $/gm, one => `=${one.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
const base64 = (source: string) => Buffer.from(source).toString('base64').replaceAll(/.{76}/g, '$&\n')
const multipart = (kind: string, ...parts: readonly (readonly [type: string, body: string])[]) => ({
  fields: mime('8bit', `multipart/${kind};\n boundary="a--b"`),
  body: `${parts.map(([type, body]) => `--a--b\nContent-Type: ${type}\n\n${body}\n`).join('')}--a--b--\n`,
})
const html = `<html><body>\n<pre>\n${text}</pre>\n</body></html>`

export const encodings: readonly Entry[] = [
  { name: 'CRLF', mbox: () => mail().replaceAll('\n', '\r\n'), expected: taken(all, { gitAm: 'the same' }) },
  {
    name: 'CRLF in the diff only',
    mbox: () => mail({ diff: changed().replaceAll(/(?<=^[ +-].*)\n/gm, '\r\n'), fields: mime('8bit') }),
    expected: taken(all, { gitAm: 'the same' }),
  },
  {
    name: 'CRLF behind base64 in some lines',
    mbox: () => mail({ fields: mime('base64'), body: base64(text.replaceAll('a21;\n', 'a21;\r\n')) }),
    expected: refused(/count\.c.*CR LF/, named, 'refuses'),
  },
  {
    name: 'no line break at the end of the mbox',
    mbox: () => mail().trimEnd(),
    expected: taken(all, { gitAm: 'the same' }),
  },
  {
    name: 'no line break at the end of the diff, which may be cut there',
    mbox: () => mail().replace(/;\n-- \n[^]*$/, ''),
    expected: refused(/corrupt patch at line 13/, named, 'refuses'),
  },
  {
    name: 'quoted-printable',
    mbox: () => mail({ fields: mime('quoted-printable'), body: quotedPrintable(text) }),
    expected: taken(all, { gitAm: 'the same', message: /Gr\u00fc\u00dfe/ }),
  },
  {
    name: 'quoted-printable that breaks off half way',
    mbox: () => mail({ fields: mime('quoted-printable'), body: `${quotedPrintable(text).split('a20;')[0]}=` }),
    expected: refused(/corrupt patch/, named, 'refuses'),
  },
  {
    name: 'quoted-printable with digits that are none',
    mbox: () => mail({ fields: mime('quoted-printable'), body: quotedPrintable(text).replaceAll(' int', '=ZZint') }),
    expected: refused(/corrupt patch/, named, 'refuses'),
  },
  {
    name: 'base64',
    mbox: () => mail({ fields: mime('base64'), body: base64(text) }),
    expected: taken(all, { gitAm: 'the same', message: /Gr\u00fc\u00dfe/ }),
  },
  {
    name: 'base64 that breaks off half way',
    mbox: () => mail({ fields: mime('base64'), body: base64(text).slice(0, 210) }),
    expected: refused(/corrupt patch/, named, 'refuses'),
  },
  {
    name: 'base64 with a line of something else',
    mbox: () => mail({ fields: mime('base64'), body: base64(text).replace('\n', '\n!! a virus was found !!\n') }),
    expected: taken(all, { gitAm: 'the same' }),
  },
  {
    name: 'base64 that lacks some bytes in its middle',
    mbox: () => mail({ fields: mime('base64'), body: base64(text).replace(/(?<=^.{200})[^]{18}/s, '') }),
    expected: refused(/count\.c|corrupt|fragment/, named, 'refuses'),
  },
  {
    name: 'Latin-1 that says so',
    mbox: () => Buffer.from(mail({ fields: mime('8bit', 'text/plain; charset=iso-8859-1'), body: text }), 'latin1'),
    expected: taken(all, { gitAm: 'the same', message: /Gr\u00fc\u00dfe/ }),
  },
  {
    name: 'Latin-1 that says it is UTF-8',
    mbox: () => Buffer.from(mail({ fields: mime('8bit'), body: text }), 'latin1'),
    expected: taken(all, { gitAm: 'the same', message: /Gr..e/ }),
  },
  {
    name: 'a character set that nobody knows',
    mbox: () => mail({ fields: mime('8bit', 'text/plain; charset=klingon-8'), body: text }),
    expected: refused(/git cannot read it: cannot convert from klingon-8/, named, 'refuses'),
  },
  {
    name: 'a reply in a character set that nobody knows',
    mbox: () =>
      mail() +
      mail({
        subject: 'Re: [PATCH] demo: change it',
        from: 'X <x@example.org>',
        fields: mime('8bit', 'text/plain; charset=klingon-8'),
        body: 'Gr\u00fc\u00dfe\nAcked-by: X <x@example.org>\n',
      }),
    expected: taken(all, { message: /\nAcked-by: X <x@example\.org>\n$/ }),
  },
  {
    name: 'a NUL byte in a new file',
    mbox: () => mail({ diff: created('drivers/demo/nul.c', 'int a;\0\n') }),
    expected: taken({ 'drivers/demo/nul.c': 'int a;\0\n' }, { gitAm: 'the same' }),
  },
  {
    name: 'a NUL byte in an edit',
    mbox: () => mail({ diff: changed({ 20: 'int\0 a20;' }) }),
    expected: refused(/count\.c is a binary file that changes/, named, 'takes it'),
  },
  {
    name: 'a NUL byte in the message',
    mbox: () => mail({ message: 'Beca\0use.\n' }),
    expected: taken(all, { message: /^demo: change it\n\nBecause\.\n/ }),
  },
  {
    name: 'format=flowed with wrapped lines',
    mbox: () =>
      mail({
        fields: mime('8bit', 'text/plain; charset=utf-8; format=flowed'),
        diff: changed({ 20: 'long a20; /* it is long enough for a mail program to wrap it */' }).replace(
          ' mail program',
          ' \nmail program',
        ),
      }),
    expected: refused(/corrupt patch.*format=flowed/, named, 'refuses'),
  },
  {
    name: 'format=flowed with stuffed spaces',
    mbox: () =>
      mail({
        fields: mime('8bit', 'text/plain; charset=utf-8; format=flowed'),
        diff: changed().replaceAll(/^ /gm, '  '),
      }),
    expected: taken(all, { gitAm: 'the same' }),
  },
  {
    name: 'no-break spaces for spaces',
    mbox: () => mail({ diff: changed().replaceAll(/(?<=^[ +-]int) /gm, '\u00a0') }),
    expected: refused(/count\.c.*no-break spaces/, named, 'refuses'),
  },
  {
    name: 'a text and an HTML half with the same diff',
    mbox: () => mail(multipart('alternative', ['text/plain; charset=utf-8', text], ['text/html', html])),
    expected: taken(all, { message: /^demo: change it\n\nBecause of Gr\u00fc\u00dfe\.\n$/ }),
  },
  {
    name: 'an HTML half before the text',
    mbox: () => mail(multipart('alternative', ['text/html', html], ['text/plain; charset=utf-8', text])),
    expected: taken(all, { message: /^demo: change it\n\nBecause of Gr\u00fc\u00dfe\.\n$/ }),
  },
  {
    name: 'HTML alone',
    mbox: () => mail({ fields: mime('8bit', 'text/html'), body: `<html><p>${text.replaceAll('\n', '<br>')}</html>\n` }),
    expected: refused(/'demo: change it' \(mail 1 of .*\) has no diff/, undefined, 'refuses'),
  },
  {
    name: 'an attached patch',
    mbox: () =>
      mail(
        multipart(
          'mixed',
          ['text/plain', 'Because.\n'],
          ['text/x-patch; name="x.patch"\nContent-Transfer-Encoding: base64', base64(changed())],
        ),
      ),
    expected: taken(all, { gitAm: 'the same', message: /Because\./ }),
  },
  {
    name: 'a part whose boundary never comes',
    mbox: () => mail({ fields: mime('8bit', 'multipart/mixed; boundary="never"'), body: text }),
    expected: refused(/has no diff/, undefined, 'refuses'),
  },
  {
    name: '">From " as mboxrd quotes it',
    mbox: () => mail({ message: '>From here on it is better.\n>>From is kept.\n' }),
    expected: taken(all, { message: /\n\nFrom here on it is better\.\n>From is kept\.\n/ }),
  },
  {
    name: 'a line that begins with "From "',
    mbox: () => mail({ message: 'It is better.\n\nFrom now on, at 10:30 in 2025, it works.\n' }),
    expected: taken(all, { gitAm: 'the same', message: /From now on/ }),
  },
  {
    name: 'a line that is the "From " of an mbox',
    mbox: () => mail({ message: 'Somebody wrote:\n\nFrom somebody Mon Nov  3 10:00:00 2025\n\nIt works.\n' }),
    expected: refused(/'demo: change it' \(mail 1 of .*\) has no diff|no patch in it/),
  },
]
