import { blob, count, countWith } from './base.ts'
import { binaryPatch, deltaPatch } from './binary.ts'
import { type Entry, refused, taken } from './entry.ts'
import { changed, created, header, mail, numbered } from './mails.ts'

const named = [1, 'demo: change it'] as const
const blobPath = 'drivers/demo/blob.bin'
const binary = 'drivers/demo/new.bin'
const large = Array.from({ length: 60_000 }, (_, index) => `/* a line of a large file: ${index} */`)

export const sizes: readonly Entry[] = [
  {
    name: '100 MB of mails',
    mbox: () => Buffer.alloc(100 << 20, mail()),
    expected: refused(/at most 16 MB: it has 100/),
  },
  {
    name: 'a line of 100 MB',
    mbox: () => Buffer.concat([Buffer.from('From x Thu Jan  1 00:00:00 1970\n'), Buffer.alloc(100 << 20, 'a')]),
    expected: refused(/at most 16 MB: it has 101/),
  },
  {
    name: 'a line of 8 MB in a new file',
    mbox: () => mail({ diff: created('drivers/demo/wide.txt', `${'a'.repeat(8 << 20)}\n`) }),
    expected: taken({ 'drivers/demo/wide.txt': `${'a'.repeat(8 << 20)}\n` }, { gitAm: 'the same' }),
  },
  {
    name: 'a subject of 8 MB',
    mbox: () => mail({ subject: `[PATCH] demo: ${'a '.repeat(4 << 20)}` }),
    expected: refused(/'demo: (a )+…' \(mail 1 of X\): its header must have at most 256 kB: it has 8193/),
  },
  {
    name: '1,200 mails',
    mbox: () => Array.from({ length: 1200 }, () => mail({ subject: 'hello', body: 'x\n' })).join(''),
    expected: refused(/at most 1000 mails: it has 1200/),
  },
  {
    name: 'a series of four thousand million patches',
    mbox: () => numbered(1, 4_000_000_000),
    expected: refused(/it is of 4000000000 patches: at most 999/, [1, 'demo: change 1']),
  },
  {
    name: 'a new binary file, literal',
    mbox: () => mail({ diff: binaryPatch(binary, undefined, blob) }),
    expected: taken({ [binary]: blob.toString('latin1') }, { gitAm: 'the same' }),
  },
  {
    name: 'a binary file that says it has 16 GB',
    mbox: () => mail({ diff: binaryPatch(binary, undefined, blob).replace(/literal \d+/, 'literal 17179869184') }),
    expected: refused(/a binary file of 17179869184 bytes: at most 16 MB/, named, 'refuses'),
  },
  {
    name: 'a binary file whose bytes are damaged',
    mbox: () =>
      mail({
        diff: binaryPatch(binary, undefined, Buffer.from('some bytes')).replace(/(literal 10\n.)...../, '$1"""""'),
      }),
    expected: refused(/corrupt binary patch/, named, 'refuses'),
  },
  {
    name: 'a delta that grows to 700 MB',
    mbox: () => mail({ diff: deltaPatch(blobPath, blob, [blob.length, 700 << 20]) }),
    expected: refused(/more than 512 MB of memory/, named),
  },
  {
    name: 'a delta onto another file than is there',
    mbox: () => mail({ diff: deltaPatch(blobPath, Buffer.from('else'), [4, 4]) }),
    expected: refused(/drivers\/demo\/blob\.bin/, named, 'refuses'),
  },
  {
    name: 'a change of a binary file',
    mbox: () => mail({ diff: binaryPatch('drivers/demo/blob.bin', blob, Buffer.from([0, 1, 2, 4])) }),
    expected: refused(/blob\.bin is a binary file that changes/, named, 'takes it'),
  },
  {
    name: 'a binary patch without its bytes',
    mbox: () =>
      mail({
        diff: `diff --git a/${binary} b/${binary}\nnew file mode 100644\nindex 0000000..1111111\nBinary files /dev/null and b/${binary} differ\n`,
      }),
    expected: refused(/new\.bin/, named, 'refuses'),
  },
  {
    name: 'more hunks than a file of that size can have',
    mbox: () => {
      const path = 'drivers/demo/large.c'
      const hunks = Array.from({ length: 250 }, (_, index) => {
        const line = index * 200 + 1
        return `@@ -${line} +${line} @@\n-${large[line - 1]}\n+changed\n`
      })
      return (
        numbered(1, 2, 'PATCH', { diff: created(path, `${large.join('\n')}\n`) }) +
        // Without context, which git takes at the beginning of a file only; so each hunk gets a line of it.
        numbered(2, 2, 'PATCH', { diff: header(path) + hunks.map(withContext).join('') })
      )
    },
    expected: refused(/large\.c has too many hunks for its size: 250/, [2, 'demo: change 2'], 'takes it'),
  },
  {
    name: 'twenty thousand lines among twenty thousand that are the same',
    mbox: () => {
      const path = 'drivers/demo/same.c'
      const same = (sign: string, lines: number) => `${sign}same\n`.repeat(lines)
      const hunk = `@@ -10000,6 +10000,20006 @@\n${same(' ', 3)}${same('+', 20_000)}${same(' ', 3)}`
      return (
        numbered(1, 2, 'PATCH', { diff: created(path, same('', 20_000)) }) +
        numbered(2, 2, 'PATCH', { diff: header(path) + hunk })
      )
    },
    expected: taken({ 'drivers/demo/same.c': 'same\n'.repeat(40_000) }, { gitAm: 'the same' }),
  },
  {
    name: 'a subject of 10,000 characters',
    mbox: () => mail({ subject: `[PATCH] demo: ${'word '.repeat(2000)}` }),
    expected: taken(
      { [count]: countWith({ 20: 'long a20;' }) },
      { gitAm: 'the same', message: /^demo: (word )+…\n\ndemo: (word[ \n]){2000}/ },
    ),
  },
  {
    name: 'a path of the header that is 10,000 characters long, and not there',
    mbox: () => mail({ diff: changed().replaceAll(count, `drivers/${'a/'.repeat(5000)}b.c`) }),
    expected: refused(/it does not apply: drivers\/a\/a/, named, 'refuses'),
  },
]

const withContext = (hunk: string): string => {
  const [, line = ''] = /^@@ -(\d+)/.exec(hunk) ?? []
  const at = Number(line)
  const around = (number: number) => (large[number - 1] === undefined ? '' : ` ${large[number - 1]}\n`)
  const [before, after] = [around(at - 1), around(at + 1)]
  const from = before ? at - 1 : at
  const length = 1 + (before ? 1 : 0) + (after ? 1 : 0)
  return `@@ -${from},${length} +${from},${length} @@\n${before}${hunk.slice(hunk.indexOf('\n') + 1)}${after}`
}
