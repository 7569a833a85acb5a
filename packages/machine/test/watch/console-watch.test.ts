import test from 'ava'
import { array, assert, integer, property } from 'fast-check'
import { type ConsoleEvent, ConsoleWatch, type Finding } from '../../src/index.ts'
import { corpus } from './corpus.ts'

const watch = (chunks: readonly Uint8Array[]): ConsoleEvent[] => {
  const console = new ConsoleWatch()
  const events: ConsoleEvent[] = []
  for (const chunk of chunks) events.push(...console.feed(chunk))
  return [...events, ...console.end()]
}
const findings = (events: readonly ConsoleEvent[]): Finding[] =>
  events.flatMap(event => (event.kind === 'finding' ? [event.finding] : []))
const lines = (events: readonly ConsoleEvent[]): string[] =>
  events.flatMap(event => (event.kind === 'line' ? [event.line.text] : []))

// The ways in which the same message comes over a serial line.
const dressings: Record<string, (line: string, number: number) => string> = {
  plain: line => `${line}\n`,
  time: (line, number) => `[${(number / 1000).toFixed(6).padStart(12)}] ${line}\n`,
  caller: (line, number) => `[${(number / 1000).toFixed(6).padStart(12)}][   T61] ${line}\n`,
  level: (line, number) => `<4>[${(number / 1000).toFixed(6).padStart(12)}] ${line}\r\n`,
  callerOnly: line => `[   C0] ${line}\r\n`,
}

for (const [dressing, dress] of Object.entries(dressings)) {
  test(`finds each kind of report: ${dressing}`, t => {
    for (const sample of corpus) {
      const text = sample.text.split('\n').map(dress).join('')
      const found = findings(watch([Buffer.from(text)]))
      t.is(found.length, sample.finds.length, `${sample.name}: ${found.map(({ title }) => title).join(' | ')}`)
      for (const [i, wanted] of sample.finds.entries()) {
        const finding = found[i]
        const about = `${sample.name}: ${finding?.text}`
        t.is(finding?.kind, wanted.kind, about)
        t.regex(finding?.title ?? '', wanted.title, about)
        t.regex(finding?.text.split('\n').at(-1) ?? '', wanted.last, about)
        if (wanted.file) t.is(finding?.file, wanted.file, about)
        if (wanted.line) t.is(finding?.line, wanted.line, about)
        if (wanted.function) t.is(finding?.function, wanted.function, about)
        t.is(finding?.complete, wanted.complete ?? true, about)
      }
    }
  })
}

const whole = Buffer.from(
  corpus
    .flatMap(({ text }) => [...text.split('\n'), 'grüße — an ordinary line'])
    .map((line, number) =>
      number % 3 === 0 && line.startsWith('gr') ? `${line}\r\n` : dressings['time']?.(line, number),
    )
    .join(''),
)
const expected = watch([whole])

test('any cut of the bytes gives the same', t => {
  assert(
    property(array(integer({ min: 0, max: whole.length }), { maxLength: 400 }), cuts => {
      const at = [0, ...cuts.toSorted((a, b) => a - b), whole.length]
      const chunks = at.slice(1).map((end, i) => whole.subarray(at[i], end))
      t.deepEqual(watch(chunks), expected)
    }),
    { numRuns: 60 },
  )
  t.deepEqual(watch(Array.from(whole, byte => Uint8Array.of(byte))), expected, 'byte by byte')
  t.true(findings(expected).length > 40)
})

test('what a program prints is no report, once the kernel has shown its prefix', t => {
  const text = `[    0.000000] Linux version 7.3.4
BUG: KASAN: says a program
a program quotes: BUG: kernel NULL pointer dereference
half a line[    1.000000] Kernel panic - not syncing: for real
`
  const found = findings(watch([Buffer.from(text)]))
  t.deepEqual(
    found.map(({ kind, title, kernelTime, consoleLine }) => ({ kind, title, kernelTime, consoleLine })),
    [{ kind: 'panic', title: 'Kernel panic - not syncing: for real', kernelTime: 1, consoleLine: 4 }],
  )
})

test('reports of two processors that mix are told apart by caller', t => {
  const a = [
    '------------[ cut here ]------------',
    'WARNING: a.c:1 at first+0x1/0x2, CPU#0: a/1',
    ' in a',
    '---[ end trace 0 ]---',
  ]
  const b = ['BUG: sleeping function called from invalid context at b.c:2', 'Call Trace:', ' <TASK>', ' </TASK>']
  const mixed = a.flatMap((line, i) => [`[    1.00000${i}][    T1] ${line}`, `[    1.00000${i}][   C12] ${b[i]}`])
  const found = findings(watch([Buffer.from(`${mixed.join('\n')}\n`)]))
  t.deepEqual(
    found.map(({ text }) => text.split('\n')),
    [a, b],
  )
})

test('a report that nothing ends is given when the console falls silent, and the next is its own', t => {
  const console = new ConsoleWatch()
  const begun = console.feed(Buffer.from('[    1.000000] WARNING: suspicious RCU usage\n[    1.000001] in a place\n'))
  t.deepEqual(findings(begun), [])
  t.true(console.collecting)
  const [finding] = findings(console.idle())
  t.is(finding?.text, 'WARNING: suspicious RCU usage\nin a place')
  t.false(finding?.complete)
  t.false(console.collecting)
  t.deepEqual(findings(console.end()), [])
})

test('a report with an end marker is waited for longer; a stack that comes too late is not one of its own', t => {
  const console = new ConsoleWatch()
  const begin = (seconds: number, caller: string, text: string) => `[    ${seconds}.000000][   ${caller}] ${text}\n`
  t.is(console.patience, undefined)
  console.feed(
    Buffer.from(begin(1, 'T1', 'BUG: KASAN: use-after-free in f+0x1/0x2') + begin(1, 'T2', 'BUG: Bad page state')),
  )
  const short = console.patience ?? 0
  t.deepEqual(
    findings(console.idle(short)).map(({ kind }) => kind),
    ['bug'],
  )
  const long = console.patience ?? 0
  t.true(long > short)
  t.deepEqual(
    findings(console.idle(long)).map(({ kind }) => kind),
    ['kasan'],
  )
  const late = begin(2, 'T1', 'CPU: 0 UID: 0 PID: 61 Comm: agent') + begin(2, 'T1', 'Call Trace:')
  t.deepEqual(findings([...console.feed(Buffer.from(late)), ...console.idle()]), [])
  t.is(findings([...console.feed(Buffer.from(late)), ...console.idle()]).length, 1, 'but the next is')
})

test('a report does not swallow the console', t => {
  const noise = Array.from({ length: 5000 }, (_, i) => `[    1.${String(i).padStart(6, '0')}] line ${i}\n`).join('')
  const found = findings(watch([Buffer.from(`[    1.000000] Kernel panic - not syncing: x\n${noise}`)]))
  t.is(found.length, 1)
  t.false(found[0]?.complete)
  t.true((found[0]?.text.split('\n').length ?? 0) <= 400)
})

test('lines keep their text: UTF-8, carriage returns, no newline at the end, a line of megabytes', t => {
  t.deepEqual(lines(watch([Buffer.from('grüße\r\n\r\nlast')])), ['grüße', '', 'last'])
  const long = lines(watch([Buffer.alloc(100_000, 'x'), Buffer.from('\n')]))
  t.is(long.join('').length, 100_000)
  t.true(long.every(line => line.length <= 8192))
})

test('the last lines are kept, with the unfinished one', t => {
  const console = new ConsoleWatch({ keep: 3 })
  for (let i = 0; i < 1000; i++) console.feed(Buffer.from(`line ${i}\n`))
  console.feed(Buffer.from('~ # '))
  t.deepEqual(console.lastLines(3), ['line 998', 'line 999', '~ # '])
  t.is(console.lineCount, 1000)
})

test('of ten megabytes only the last lines are kept', t => {
  const text = Buffer.from(
    Array.from(
      { length: 130_000 },
      (_, i) =>
        `[${(i / 1e5).toFixed(6).padStart(12)}] securekey: request ${i} of session ${i % 7} is done, nothing to see\n`,
    ).join(''),
  )
  t.true(text.length > 9_000_000)
  const console = new ConsoleWatch()
  const start = performance.now()
  for (let at = 0; at < text.length; at += 65_536) console.feed(text.subarray(at, at + 65_536))
  // The aim is 50; only said, for a test that fails on a busy machine helps nobody.
  t.log(`${(text.length / 1000 / (performance.now() - start)).toFixed(0)} MB/s`)
  t.is(console.lineCount, 130_000)
  t.true(console.lastLines().length <= 200)
})
