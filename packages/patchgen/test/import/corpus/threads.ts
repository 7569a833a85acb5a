import { count, countWith } from './base.ts'
import { type Entry, refused, taken } from './entry.ts'
import { bareMail, changed, cover, mail, numbered, reply, thread } from './mails.ts'

const three = countWith({ 4: 'long a1;', 8: 'long a2;', 12: 'long a3;' })
const all = { [count]: three }
const first = { [count]: countWith({ 4: 'long a1;' }) }

export const threads: readonly Entry[] = [
  {
    name: 'a thread as it should be, in any order',
    mbox: () => [...thread(3).toReversed(), cover(3)].join(''),
    expected: taken(all, { series: { version: 1, rfc: false, date: '2025-11-03' } }),
  },
  {
    name: '3/5 is absent',
    mbox: () => thread(5).toSpliced(2, 1).join(''),
    expected: refused(/: 3\/5 is not in it/, undefined, 'takes it'),
  },
  {
    name: 'only 2/500 is there',
    mbox: () => numbered(2, 500),
    expected: refused(/1\/500, 3\/500, .*11\/500 and 489 more are not in it/),
  },
  {
    name: '2/3 has no diff',
    mbox: () =>
      thread(3)
        .with(1, numbered(2, 3, 'PATCH', { body: 'It was too large.\n' }))
        .join(''),
    expected: refused(/2\/3 is not in it: 'demo: change 2' \(mail 2 of .*\) has no diff/, undefined, 'refuses'),
  },
  {
    name: 'a mail that went to two lists',
    mbox: () => [...thread(3), ...thread(3).slice(0, 2)].join(''),
    expected: taken(all),
  },
  {
    name: 'two mails 2/3 that are not the same',
    mbox: () => [...thread(3), numbered(2, 3, 'PATCH', { diff: changed({ 8: 'char a2;' }) })].join(''),
    expected: refused(/2\/3 is in it twice: 'demo: change 2' \(mail 2 of .*\) and 'demo: change 2' \(mail 4 of/),
  },
  {
    name: 'v1 and v2 of a series',
    mbox: () => [...thread(2), ...thread(2, 'PATCH v2')].join(''),
    expected: refused(/patches of versions 1 and 2/),
  },
  {
    name: 'v2 of one patch in a thread of v1',
    mbox: () => [...thread(3), numbered(2, 3, 'PATCH v2')].join(''),
    expected: refused(/patches of versions 1 and 2/),
  },
  {
    name: 'an RFC whose patches do not all say so',
    mbox: () => [cover(3, 'RFC PATCH'), ...thread(3)].join(''),
    expected: taken(all, { series: { rfc: true } }),
  },
  {
    name: 'an RFC and the series that came of it',
    mbox: () =>
      [...thread(3, 'RFC PATCH'), ...thread(3)].map((text, index) => text.replace('Because', `It ${index}`)).join(''),
    expected: refused(/1\/3 is in it twice/),
  },
  {
    name: 'two series of different lengths',
    mbox: () => [...thread(2), ...thread(3)].join(''),
    expected: refused(/several series: of 2 and of 3 patches/),
  },
  {
    name: 'two series of the same length',
    mbox: () => [...thread(2), ...thread(2).map(text => text.replaceAll('demo: ', 'other: '))].join(''),
    expected: refused(/1\/2 is in it twice: 'demo: change 1' \(mail 1 of .*\) and 'other: change 1' \(mail 3 of/),
  },
  {
    name: 'two patches without numbers',
    mbox: () => mail() + mail({ subject: '[PATCH] demo: another', diff: changed({ 4: 'long a4;' }) }),
    expected: refused(/1\/1 is in it twice: .*'demo: another' \(mail 2 of/),
  },
  { name: '0/3 alone', mbox: () => cover(3), expected: refused(/no patch in it, only the cover letter 'demo: what/) },
  {
    name: '3/2',
    mbox: () => [...thread(2), numbered(3, 2)].join(''),
    expected: refused(/3\/2 is more than there are/, [3, 'demo: change 3']),
  },
  { name: '1/0', mbox: () => numbered(1, 0), expected: refused(/1\/0 is more than there are/, [1, 'demo: change 1']) },
  {
    name: 'replies with trailers',
    mbox: () =>
      [
        cover(1),
        numbered(1, 1),
        reply({ to: 1, total: 1, body: '> Because.\n\nFine.\n\nReviewed-by: Reviewer <reviewer@example.org>\n' }),
        reply({
          to: 0,
          total: 1,
          from: 'Tester <Tester@example.org>',
          body: '> All\nTested-by: Tester <tester@example.org>\n',
        }),
      ].join(''),
    expected: taken(first, {
      message: /Because\.\n\nReviewed-by: Reviewer <reviewer@example\.org>\nTested-by: Tester <tester@example\.org>\n$/,
      series: { notes: [] },
    }),
  },
  {
    name: 'a trailer in a reply with another subject, found by what it refers to',
    mbox: () =>
      numbered(1, 1) +
      reply({
        to: 1,
        total: 1,
        subject: 'What about this?',
        fields: ['References: <PATCH-0@example.org> <PATCH-1@example.org>', ' <lost@example.org>'],
        body: 'Acked-by: Reviewer <reviewer@example.org>\n',
      }),
    expected: taken(first, { message: /\nAcked-by: Reviewer/ }),
  },
  {
    name: 'a trailer that is quoted, one that another person sent, and one for a patch that is not here',
    mbox: () =>
      [
        numbered(1, 1),
        reply({ to: 1, total: 1, body: '> Reviewed-by: Quoted <quoted@example.org>\n\nNo.\n' }),
        reply({ to: 1, total: 1, body: 'Reviewed-by: Famous <famous@example.org>\n' }),
        reply({ to: 9, total: 9, body: 'Reviewed-by: Reviewer <reviewer@example.org>\n' }),
      ].join(''),
    expected: taken(first, {
      message: /^(?![^]*-by:)/,
      series: {
        notes: [
          "left out 'Reviewed-by: Famous <famous@example.org>' of mail 3 of X: it was sent by reviewer@example.org",
          "left out 'Reviewed-by: Reviewer <reviewer@example.org>' of mail 4 of X: it replies to no patch here",
        ],
      },
    }),
  },
  {
    name: 'replies that quote the diff, or have one of their own',
    mbox: () =>
      [
        numbered(1, 1),
        reply({ to: 1, total: 1, body: changed().replaceAll(/^/gm, '> ') }),
        reply({ to: 1, total: 1, body: `Rather:\n\n${changed({ 30: 'long a30;' })}` }),
      ].join(''),
    expected: taken(first),
  },
  {
    name: 'the word of a machine with the subject of the patch',
    mbox: () => numbered(1, 1) + numbered(1, 1, 'PATCH', { from: 'CI <ci@example.org>', body: 'success\n' }),
    expected: taken(first),
  },
  {
    name: 'one Message-ID for all mails',
    mbox: () => [1, 2, 3].map(number => numbered(number, 3, 'PATCH', { id: 'same@example.org' })).join(''),
    expected: taken(all, { gitAm: 'the same' }),
  },
  {
    name: 'mails that reply to each other in a circle',
    mbox: () =>
      [1, 2, 3]
        .map(number => {
          const fields = ['In-Reply-To', 'References'].map(field => `${field}: <PATCH-${(number % 3) + 1}@example.org>`)
          return numbered(number, 3, 'PATCH', { fields })
        })
        .concat(
          reply({ to: 7, total: 9, id: 'me@example.org', fields: ['In-Reply-To: <me@example.org>'], body: 'x\n' }),
        )
        .join(''),
    expected: taken(all),
  },
  {
    name: 'several brackets, in small letters',
    mbox: () => mail({ subject: '[net-next] [patch v3 1/1][RFC] demo: change it' }),
    expected: taken(
      { [count]: countWith({ 20: 'long a20;' }) },
      { gitAm: 'the same', message: /^demo: change it\n/, series: { version: 3, rfc: true } },
    ),
  },
  {
    name: 'a subject without [PATCH]',
    mbox: () => mail({ subject: 'demo: change it' }),
    expected: refused(/no patch in it: the subject of 'demo: change it' \(mail 1 of .*\) does not begin with \[PATCH/),
  },
  {
    name: 'one mail, not an mbox',
    mbox: () => bareMail(),
    expected: taken({ [count]: countWith({ 20: 'long a20;' }) }, { gitAm: 'the same' }),
  },
]
