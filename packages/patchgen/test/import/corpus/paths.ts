import { type Entry, refused } from './entry.ts'
import { created, mail } from './mails.ts'

const subject = '[PATCH] demo: change it'
const named = [1, 'demo: change it'] as const

/** Names that git itself does not let into an index. */
const ofGit: readonly (readonly [what: string, path: string])[] = [
  ['a path that climbs out of the tree', '../outside.c'],
  ['a path that climbs out half way', 'drivers/../../outside.c'],
  ['an absolute path', '/etc/outside'],
  ['a hook of git', '.git/hooks/post-checkout'],
  ["git's configuration in capitals", '.GIT/config'],
  ['a .git in a folder', 'drivers/.git/config'],
  ['.git by its short name on NTFS', 'git~1/config'],
  ['.git with a dot that NTFS drops', '.git./config'],
  ['.git by a stream of NTFS', '.git::$INDEX_ALLOCATION/config'],
  ['.git with a character that HFS+ drops', '.g\u200cit/config'],
]

export const paths: readonly Entry[] = [
  ...ofGit.map(([name, path]) => ({
    name,
    mbox: () => mail({ subject, diff: created(path) }),
    // HFS+ is looked at on a Mac only, by git am.
    expected: refused(
      /invalid path|outside|absolute/,
      named,
      ...(path.includes('\u200c') ? [] : (['refuses'] as const)),
    ),
  })),
  {
    name: 'a file that is renamed out of the tree',
    mbox: () =>
      mail({
        diff: 'diff --git a/Kbuild b/../Kbuild\nsimilarity index 100%\nrename from Kbuild\nrename to ../Kbuild\n',
      }),
    expected: refused(/invalid path '\.\.\/Kbuild'/, named, 'refuses'),
  },
  {
    name: 'a name that is not UTF-8',
    mbox: () => mail({ diff: created('drivers/caf\u00e9.c').replaceAll('\\303\\251', '\\351') }),
    expected: refused(/drivers\/caf.\.c is a name that is not UTF-8/, named, 'takes it'),
  },
  {
    name: 'a name with a line break and an escape sequence',
    mbox: () => mail({ diff: created('drivers/a\n\x1b[2Jb.c') }),
    expected: refused(/drivers\/a\\u\{a\}\\u\{1b\}\[2Jb\.c is a name with/, named, 'takes it'),
  },
  {
    name: 'a name too long for a disk',
    mbox: () => mail({ diff: created(`drivers/${'a'.repeat(300)}.c`) }),
    expected: refused(/is a name too long/, named, 'refuses'),
  },
  {
    name: "an editor's leftover",
    mbox: () => mail({ diff: created('drivers/demo/demo.c.orig') }),
    expected: refused(/demo\.c\.orig looks like an editor's/, named, 'takes it'),
  },
]
