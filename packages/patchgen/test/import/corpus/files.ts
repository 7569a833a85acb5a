import { gzipSync } from 'node:zlib'
import { type Entry, refused } from './entry.ts'
import { changed, created, mail, thread } from './mails.ts'

const stat =
  ' drivers/demo/count.c | 4 ++--\n drivers/demo/new.c | 1 +\n 2 files changed, 3 insertions(+), 2 deletions(-)\n\n'
const twoFiles = `${stat}${changed({ 4: 'long a4;', 20: 'long a20;' })}${created('drivers/demo/new.c')}`
const withStat = mail({ diff: twoFiles })
const named = [1, 'demo: change it'] as const

/** Up to the first place where a text stands. */
const cutAt = (text: string) => withStat.slice(0, withStat.indexOf(text))

export const files: readonly Entry[] = [
  { name: 'an empty file', mbox: () => '', expected: refused(/it is empty/) },
  { name: 'a file of blank lines', mbox: () => '\n \n\n', expected: refused(/it is empty/) },
  {
    name: 'a text',
    mbox: () => 'int main(void)\n{\n}\n',
    expected: refused(/no mbox: it must begin with/, undefined, 'refuses'),
  },
  { name: 'a diff', mbox: () => changed(), expected: refused(/no mbox/) },
  { name: 'NUL bytes', mbox: () => Buffer.alloc(4096), expected: refused(/no mbox/) },
  { name: 'gzip', mbox: () => gzipSync(mail()), expected: refused(/it is packed/, undefined, 'refuses') },
  {
    name: 'xz',
    mbox: () => Buffer.from('fd377a585a000004e6d6b446', 'hex'),
    expected: refused(/it is packed/, undefined, 'refuses'),
  },
  {
    name: 'an mbox that lost its beginning',
    mbox: () => thread(2).join('').slice(40).replace(/^/, 'To: list@example.org\n'),
    expected: refused(/begins within a mail/),
  },
  {
    name: 'an mbox that ends in a header',
    mbox: () => cutAt('emo: change it'),
    expected: refused(/\[PATCH\] d|subject|no diff/),
  },
  {
    name: 'an mbox that ends in a message',
    mbox: () => cutAt('cause'),
    expected: refused(/'demo: change it' \(mail 1 of .*\) has no diff/),
  },
  {
    name: 'an mbox that ends in a hunk',
    mbox: () => cutAt(' int a21'),
    expected: refused(/it is cut: its diffstat says 2 files/, named, 'refuses'),
  },
  {
    name: 'an mbox without a diffstat that ends in a hunk',
    mbox: () => mail().replace(/ int a22[^]*/, ''),
    expected: refused(/corrupt patch at line/, named, 'refuses'),
  },
  {
    name: 'an mbox that ends between two hunks',
    mbox: () => cutAt('@@ -17'),
    expected: refused(/it is cut: its diffstat says 2 files, its diff has 1/, named, 'takes it'),
  },
  {
    name: 'an mbox that ends between two files',
    mbox: () => cutAt('diff --git a/drivers/demo/new.c'),
    expected: refused(/it is cut: its diffstat says 2 files, its diff has 1/, named, 'takes it'),
  },
  {
    name: 'an mbox that ends between two hunks of the last file',
    mbox: () =>
      mail({
        diff: ` 1 file changed, 2 insertions(+), 2 deletions(-)\n\n${changed({ 4: 'long a4;', 20: 'long a20;' })}`,
      }).replace(/@@ -17[^]*/, ''),
    expected: refused(/it is cut: its diffstat says 2 insertions, its diff has 1/, named, 'takes it'),
  },
]
