import test from 'ava'
import { linesOfCode } from '../src/compare/clients.ts'
import { quantile, WORKS } from '../src/compare/measure.ts'
import { type Compared, markdown, refusalRows, rowsOf } from '../src/compare/table.ts'

test('lines of code are neither empty nor comments', t => {
  t.is(linesOfCode('/* a\n * b */\n\nint a; // c\n// d\n#define X 1\n\n/* e */ int b; /* f\n g */\n'), 3)
})

test('quantiles: of one value, of many, at the ends', t => {
  t.is(quantile([7], 0.99), 7)
  const values = Array.from({ length: 100 }, (_, n) => 99 - n)
  t.is(quantile(values, 0.5), 50)
  t.is(quantile(values, 0.99), 99)
  t.is(quantile(values, 0), 0)
  t.true(Number.isNaN(quantile([], 0.5)))
})

/** Takes so many nanoseconds for each sample, and so many calls. */
const compared = (name: string, time: number, calls: number, isYardstick = false): Compared => ({
  client: { name, series: name, isYardstick, lines: 40, path: '' },
  measured: WORKS.map(work => ({
    work,
    batchCalls: work.batch * calls,
    rotationCalls: 6,
    batches: [3, 1, 2].map(factor => factor * time * work.batch),
    samples: [time, 2 * time],
  })),
  refused: isYardstick
    ? []
    : [
        { what: 'a mode', isPolicy: true, code: 'EKEYREJECTED' },
        { what: 'ordinary memory', isPolicy: true, code: '' },
        { what: 'a damaged blob', isPolicy: false, code: 'EBADMSG' },
        { what: 'a blob of nobody', isPolicy: false, code: 'EBADMSG' },
      ],
  copied: isYardstick ? 1 : 0.0004,
  reached: isYardstick ? [] : [{ who: 'a guest', lines: 12 }],
  diffstat: isYardstick ? undefined : { touched: 3, added: 20, removed: 4, brought: 500 },
})

test('the table: medians for a sample, and how many times the throughput of the yardstick that is', t => {
  const both = [compared('old', 50_000, 2, true), compared('new', 25_000, 1)]
  const rows = new Map(rowsOf(both).map(({ name, cells }) => [name, cells]))
  t.deepEqual(rows.get('µs for a sample of 64 KiB, 32 at a time'), ['100', '50.0 (2.00 ×)'])
  t.deepEqual(rows.get('system calls for a sample, 32 at a time'), ['2', '1'])
  t.deepEqual(rows.get('µs until the end of one is known, 64 in flight, p50 / p99'), ['100 / 100', '50.0 / 50.0'])
  t.deepEqual(rows.get('bytes copied for each byte decrypted'), ['1.0', '0.0'])
  t.deepEqual(rows.get('lines of the kernel run by a guest'), ['', '12'])
  t.deepEqual(rows.get('lines added and removed in them'), ['', '+20 −4'])
})

test('what is forbidden and refused, and the errors that can be told apart; one by one in a table of its own', t => {
  const both = [compared('old', 50_000, 2, true), compared('new', 25_000, 1)]
  const rows = new Map(rowsOf(both).map(({ name, cells }) => [name, cells]))
  t.deepEqual(rows.get('forbidden things that are refused'), ['', '1 of 2'])
  t.deepEqual(rows.get('errors for all that goes wrong that can be told apart'), ['', '2 for 4'])
  t.deepEqual(refusalRows(both).slice(0, 2), [
    { name: 'a mode', cells: ['', 'EKEYREJECTED'] },
    { name: 'ordinary memory', cells: ['', 'not refused'] },
  ])
})

test('the table is Markdown, and its columns stand below each other', t => {
  const text = markdown(['old', 'new one'], [{ name: 'calls', cells: ['12', '3'] }])
  t.deepEqual(text.split('\n'), ['|       | old | new one |', '| ----- | --: | ------: |', '| calls |  12 |       3 |'])
})
