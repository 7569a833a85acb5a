import { count, countWith } from './base.ts'
import { type Entry, refused, taken } from './entry.ts'
import { changed, created, deleted, header, hunk, mail, numbered } from './mails.ts'

const named = [1, 'demo: change it'] as const
const all = { [count]: countWith({ 20: 'long a20;' }) }
const renamed = 'drivers/demo/young.c'

export const diffs: readonly Entry[] = [
  {
    name: 'a hunk that says it has more lines',
    mbox: () => mail({ diff: changed().replaceAll('17,7', '17,9') }),
    expected: refused(/corrupt patch at line/, named, 'refuses'),
  },
  {
    name: 'a hunk that says it has fewer lines',
    mbox: () =>
      mail({
        diff: changed()
          .replace('-17,7 +17,7', '-17,6 +17,6')
          .replace(/ int a23;\n/, '-int a23;\n+evil a23;\n'),
      }),
    expected: refused(/the hunk at line 5 of its diff has more lines than it says/, named, 'takes it'),
  },
  {
    name: 'a hunk with numbers beyond counting',
    mbox: () => mail({ diff: changed().replace('-17,7', `-17,${'9'.repeat(30)}`) }),
    expected: refused(/corrupt patch|fragment/, named, 'refuses'),
  },
  {
    name: 'a hunk without a file',
    mbox: () => mail({ diff: `--- nothing\n${hunk(20, 'long a20;')}` }),
    expected: refused(/fragment without header/, named, 'refuses'),
  },
  {
    name: 'hunks that overlap',
    mbox: () => mail({ diff: changed({ 20: 'long a20;', 22: 'long a22;' }) }),
    expected: refused(/count\.c/, named, 'refuses'),
  },
  {
    name: 'hunks in the wrong order',
    mbox: () => mail({ diff: `${header(count)}${hunk(30, 'long a30;')}${hunk(8, 'long a8;')}` }),
    expected: taken({ [count]: countWith({ 8: 'long a8;', 30: 'long a30;' }) }, { gitAm: 'the same' }),
  },
  {
    name: 'a patch that applies with fuzz only',
    mbox: () => mail({ diff: changed().replace(' int a17;', ' int b17;') }),
    expected: refused(/count\.c.*would apply with fuzz only/, named, 'refuses'),
  },
  {
    name: 'a patch that applies some lines away',
    mbox: () => mail({ diff: changed({ 20: 'long a20;' }, { shift: 7 }) }),
    expected: taken(all, { gitAm: 'the same' }),
  },
  {
    name: 'a patch whose context is gone',
    mbox: () => mail({ diff: changed().replaceAll(' int', ' u32') }),
    expected: refused(/patch failed: drivers\/demo\/count\.c:17/, named, 'refuses'),
  },
  {
    name: 'a patch that was applied already',
    mbox: () => numbered(1, 2) + numbered(2, 2, 'PATCH', { diff: changed({ 4: 'long a1;' }) }),
    expected: refused(/count\.c.*it is in the base already/, [2, 'demo: change 2'], 'refuses'),
  },
  {
    name: 'a patch that changes a file of the one before',
    mbox: () => {
      const path = 'drivers/demo/new.c'
      const edit = `${header(path)}@@ -1 +1,2 @@\n int new;\n+int newer;\n`
      return numbered(1, 2, 'PATCH', { diff: created(path) }) + numbered(2, 2, 'PATCH', { diff: edit })
    },
    expected: taken({ 'drivers/demo/new.c': 'int new;\nint newer;\n' }, { gitAm: 'the same' }),
  },
  {
    name: 'a file that is renamed',
    mbox: () =>
      mail({
        diff: `diff --git a/drivers/demo/old.c b/${renamed}\nsimilarity index 100%\nrename from drivers/demo/old.c\nrename to ${renamed}\n`,
      }),
    expected: taken({ 'drivers/demo/old.c': undefined, [renamed]: 'int old;\n' }, { gitAm: 'the same' }),
  },
  {
    name: 'a file that is copied',
    mbox: () =>
      mail({
        diff: `diff --git a/drivers/demo/old.c b/${renamed}\nsimilarity index 100%\ncopy from drivers/demo/old.c\ncopy to ${renamed}\n`,
      }),
    expected: taken({ 'drivers/demo/old.c': 'int old;\n', [renamed]: 'int old;\n' }, { gitAm: 'the same' }),
  },
  {
    name: 'a rename of a file that is not there',
    mbox: () =>
      mail({
        diff: `diff --git a/drivers/none.c b/${renamed}\nsimilarity index 100%\nrename from drivers/none.c\nrename to ${renamed}\n`,
      }),
    expected: refused(/drivers\/none\.c/, named, 'refuses'),
  },
  {
    name: 'a mode alone',
    mbox: () => mail({ diff: `diff --git a/${count} b/${count}\nold mode 100644\nnew mode 100755\n` }),
    expected: refused(/count\.c changes its mode from 100644 to 100755/, named, 'takes it'),
  },
  {
    name: 'a new executable file',
    mbox: () => mail({ diff: created('scripts/new.sh', '#!/bin/sh\n', '100755') }),
    expected: taken({ 'scripts/new.sh': '#!/bin/sh\n' }, { gitAm: 'the same' }),
  },
  {
    name: 'a file that goes away',
    mbox: () => mail({ diff: deleted('drivers/demo/old.c', 'int old;\n') }),
    expected: taken({ 'drivers/demo/old.c': undefined }, { gitAm: 'the same' }),
  },
  {
    name: 'a file to delete that is not there',
    mbox: () => mail({ diff: deleted('drivers/none.c', 'int none;\n') }),
    expected: refused(/drivers\/none\.c/, named, 'refuses'),
  },
  {
    name: 'a file to delete that is longer',
    mbox: () => mail({ diff: deleted(count, 'int a1;\n') }),
    expected: refused(/count\.c/, named, 'refuses'),
  },
  {
    name: 'a file to make that is there',
    mbox: () => mail({ diff: created('Makefile') }),
    expected: refused(/Makefile: already exists/, named, 'refuses'),
  },
  {
    name: 'a file below a file',
    mbox: () => mail({ diff: created('Makefile/x.c') }),
    expected: refused(/Makefile/, named, 'refuses'),
  },
  {
    name: 'a file without a line break at its end',
    mbox: () => mail({ diff: created('drivers/demo/open.c', 'int a;\nint b;') }),
    expected: taken({ 'drivers/demo/open.c': 'int a;\nint b;' }, { gitAm: 'the same' }),
  },
  {
    name: 'a file that loses the line break at its end',
    mbox: () =>
      mail({
        diff: `${header('drivers/demo/old.c')}@@ -1 +1 @@\n-int old;\n+int old;\n\\ No newline at end of file\n`,
      }),
    expected: refused(/old\.c changes as no edit can say it: its last line loses its line break/, named, 'takes it'),
  },
  {
    name: 'a line in place of the same line',
    mbox: () => mail({ diff: changed({ 20: 'int a20;' }) }),
    expected: refused(/it changes nothing/, named),
  },
  {
    name: 'a mode in place of the same mode',
    mbox: () => mail({ diff: `diff --git a/${count} b/${count}\nold mode 100644\nnew mode 100644\n` }),
    expected: refused(/patch with only garbage at line 5/, named, 'refuses'),
  },
  {
    name: 'a diff of another program, without "diff --git"',
    mbox: () => mail({ diff: changed().replace(/^diff.*\n/, '') }),
    expected: taken(all, { gitAm: 'the same' }),
  },
  {
    name: 'lines that would be code in edits.ts',
    mbox: () =>
      mail({
        diff: changed({
          20: 'long a20; /* `, ${process.exit(3)}, \\` \\${ \\\' " */',
          30: 'x ${process.exit(4)} `y`',
          38: 'x\\',
        }),
      }),
    expected: taken(
      {
        [count]: countWith({
          20: 'long a20; /* `, ${process.exit(3)}, \\` \\${ \\\' " */',
          30: 'x ${process.exit(4)} `y`',
          38: 'x\\',
        }),
      },
      { gitAm: 'the same' },
    ),
  },
  {
    name: 'a base that is not there',
    mbox: () => mail(),
    base: '0123456789012345678901234567890123456789',
    expected: refused(/'0123456789012345678901234567890123456789': there is no such commit/),
  },
]
