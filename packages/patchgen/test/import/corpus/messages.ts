import { count, countWith } from './base.ts'
import { type Entry, refused, taken } from './entry.ts'
import { changed, created, mail } from './mails.ts'

const all = { [count]: countWith({ 20: 'long a20;' }) }
const same = { gitAm: 'the same' } as const
const escape = '\x1b]0;owned\x07\x1b[2J\u009b31m\u202e'

export const messages: readonly Entry[] = [
  {
    name: 'escape sequences in the subject of a good patch',
    mbox: () => mail({ subject: `[PATCH] demo: ${escape}change it` }),
    expected: taken(all, { message: /^demo: \]0;owned\[2J31mchange it\n/ }),
  },
  {
    name: 'escape sequences in the subject of a bad patch',
    mbox: () => mail({ subject: `[PATCH] demo: ${escape}change it`, diff: created('Makefile') }),
    expected: refused(/'demo: \]0;owned\[2J31mchange it' \(mail 1 of/),
  },
  {
    name: 'escape sequences in the subject of a mail that cannot be read',
    mbox: () =>
      mail({
        subject: `[PATCH] demo: ${escape}change it`,
        fields: ['Content-Type: text/plain; charset=klingon-8'],
        message: 'Gr\u00fc\u00dfe\n',
      }),
    expected: refused(/'demo: \\u\{1b\}\]0;owned\\u\{7\}.*\\u\{202e\}change it' \(mail 1 of/),
  },
  {
    name: 'escape sequences hidden in an encoded subject',
    mbox: () => mail({ subject: '=?utf-8?q?=5BPATCH=5D_demo=3A_=1B[2J=0Achange_it?=' }),
    expected: taken(all, { message: /^demo: \[2J change it\n/ }),
  },
  {
    name: 'escape sequences in names of reviewers',
    mbox: () => mail() + mail({ subject: 'Re: [PATCH] demo: change it', body: 'Acked-by: \x1b[2JX <x@example.org>\n' }),
    expected: taken(all, {
      series: {
        notes: ["left out 'Acked-by: [2JX <x@example.org>' of mail 2 of X: it was sent by test@example.org"],
      },
    }),
  },
  {
    name: 'a subject folded within its tag',
    mbox: () => mail({ subject: '[PATCH\n\tv2\n 1/1]   demo:\n   change\n\t\tit' }),
    expected: taken(all, { ...same, message: /^demo: change it\n/, series: { version: 2 } }),
  },
  {
    name: 'a subject in pieces, a character cut in two',
    mbox: () => mail({ subject: '=?utf-8?q?=5BPATCH=5D_demo=3A_gr=C3?=\n =?utf-8?q?=BC=C3=9Fe?=' }),
    expected: taken(all, { ...same, message: /^demo: gr.+\u00dfe\n/ }),
  },
  {
    name: 'a subject without words',
    mbox: () => mail({ subject: '[PATCH] ...' }),
    expected: refused(/its subject has no words/, [1, '...'], 'takes it'),
  },
  {
    name: 'no date',
    mbox: () => mail({ date: '' }),
    expected: taken(all, { series: { date: '1970-01-01' } }),
  },
  {
    name: 'a date that is none',
    mbox: () => mail({ date: 'Wed, 45 Foo 20255 99:99:99 +9999' }),
    expected: taken(all, { series: { date: '1970-01-01' } }),
  },
  {
    name: 'a date in 120,000 years',
    mbox: () => mail({ date: 'Mon, 3 Nov 120000 10:00:00 +0000' }),
    expected: taken(all, { series: { date: '1970-01-01' } }),
  },
  {
    name: 'an author without an address',
    mbox: () => mail({ from: 'Somebody' }),
    expected: taken(all),
  },
  {
    name: '"---" in the message',
    mbox: () => mail({ message: 'Because.\n---\nand more, which git am leaves out.\n' }),
    expected: taken(all, { ...same, message: /^demo: change it\n\nBecause\.\n$/ }),
  },
  {
    name: '"diff --git" in the message',
    mbox: () => mail({ message: 'Because of\n\ndiff --git a/x b/x\n\nwhich is gone.\n' }),
    expected: refused(/inconsistent old filename on line 7/, [1, 'demo: change it'], 'refuses'),
  },
  {
    name: 'a scissors line, which git am keeps',
    mbox: () => mail({ message: 'Hello.\n\n-- >8 --\n\nBecause.\n' }),
    expected: taken(all, { ...same, message: /Hello\.\n\n-- >8 --\n\nBecause/ }),
  },
  {
    name: 'From and Subject at the top of the body',
    mbox: () => mail({ message: 'From: Other <other@example.org>\nSubject: demo: the real one\n\nBecause.\n' }),
    expected: taken(all, { ...same, message: /^demo: the real one\n\nBecause\.\n$/ }),
  },
  {
    name: 'no message',
    mbox: () => mail({ message: '' }),
    expected: taken(all, { ...same, message: /^demo: change it\n\ndemo: change it\n$/ }),
  },
  {
    name: 'long lines that would wrap to a sign-off, or cannot wrap',
    mbox: () =>
      mail({
        message: `${'word '.repeat(14)}and Signed-off-by: X <x@example.org>\nno-break${'\u00a0word'.repeat(30)}\n`,
      }),
    expected: taken(all, { ...same, message: /\n Signed-off-by: X/ }),
  },
  {
    name: 'prose before the diff that looks like a hunk',
    mbox: () => mail({ diff: `v2: was\n@@ -1,2 +1,2 @@ of it\n${changed()}` }),
    expected: refused(/fragment without header/, [1, 'demo: change it'], 'refuses'),
  },
]
