import { countWith } from './base.ts'
import { type Entry, refused } from './entry.ts'
import { created, deleted, linked, mail, numbered } from './mails.ts'

const named = [1, 'demo: change it'] as const

export const links: readonly Entry[] = [
  {
    name: 'a symbolic link out of the tree',
    mbox: () => mail({ diff: linked('drivers/out', '/etc') }),
    expected: refused(/drivers\/out is a symbolic link/, named, 'takes it'),
  },
  {
    name: 'a symbolic link and a file through it in one patch',
    mbox: () => mail({ diff: linked('drivers/out', '/tmp') + created('drivers/out/file.c') }),
    expected: refused(/drivers\/out\/file\.c/, named, 'refuses'),
  },
  {
    name: 'a symbolic link, and a file through it in the next patch',
    mbox: () =>
      numbered(1, 2, 'PATCH', { diff: linked('drivers/out', '/tmp') }) +
      numbered(2, 2, 'PATCH', { diff: created('drivers/out/file.c') }),
    expected: refused(
      /drivers\/out\/file\.c: beyond a symbolic link|beyond a symbolic link/,
      [2, 'demo: change 2'],
      'refuses',
    ),
  },
  {
    name: 'a new file behind a symbolic link of the base',
    mbox: () => mail({ diff: created('drivers/link/file.c') }),
    expected: refused(/drivers\/link\/file\.c.*beyond a symbolic link/, named, 'refuses'),
  },
  {
    name: 'an edit of a file behind a symbolic link of the base',
    mbox: () => mail({ diff: deleted('drivers/link/count.c', countWith({})) }),
    expected: refused(/drivers\/link\/count\.c/, named, 'refuses'),
  },
  {
    name: 'a symbolic link of the base that gets another target',
    mbox: () =>
      mail({
        diff: `diff --git a/drivers/link b/drivers/link
index 1549b67..1111111 120000
--- a/drivers/link
+++ b/drivers/link
@@ -1 +1 @@
-demo
\\ No newline at end of file
+/etc
\\ No newline at end of file
`,
      }),
    expected: refused(/drivers\/link is a symbolic link/, named, 'takes it'),
  },
  {
    name: 'a file that becomes a symbolic link',
    mbox: () =>
      mail({ diff: deleted('drivers/demo/old.c', 'int old;\n') + linked('drivers/demo/old.c', '/etc/passwd') }),
    expected: refused(/drivers\/demo\/old\.c is a symbolic link/, named, 'takes it'),
  },
  {
    name: 'a submodule',
    mbox: () =>
      mail({
        diff: created('drivers/sub', `Subproject commit ${'1'.repeat(40)}\n`, '160000'),
      }),
    expected: refused(/drivers\/sub is no regular file/, named, 'takes it'),
  },
  {
    name: 'a mode that is none',
    mbox: () => mail({ diff: created('drivers/odd', 'x\n', '040000') }),
    expected: refused(/gives a file the mode 040000/, named),
  },
  {
    name: 'a file that becomes a folder',
    mbox: () => mail({ diff: deleted('drivers/demo/old.c', 'int old;\n') + created('drivers/demo/old.c/x.c') }),
    expected: refused(/old\.c\/x\.c makes a folder of a file/, named, 'takes it'),
  },
  {
    name: 'a folder that becomes a file',
    mbox: () =>
      mail({
        diff: deleted('scripts/run.sh', '#!/bin/sh\necho\n', '100755') + created('scripts', 'x\n'),
      }),
    expected: refused(/scripts makes a folder of a file, or a file of a folder/, named, 'takes it'),
  },
]
