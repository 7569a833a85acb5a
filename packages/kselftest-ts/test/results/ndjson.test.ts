import test from 'ava'
import { summarize, writeNdjson } from '../../src/results/ndjson.ts'
import { someResults } from '../helpers/some-results.ts'

test('a result a line, and a summary', t => {
  const text = writeNdjson(someResults)
  t.true(text.endsWith('\n'))
  const lines = text
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as unknown)
  t.deepEqual(
    lines.slice(0, -1),
    someResults.map(result => ({ kind: 'test', ...result })),
  )
  t.deepEqual(lines.at(-1), { kind: 'summary', ...summarize(someResults) })
})

test('a summary counts, and nothing at all is not good', t => {
  t.deepEqual(summarize(someResults), {
    tests: 8,
    duration: 12_000,
    good: false,
    verdicts: { pass: 1, fail: 1, skip: 2, splat: 1, panic: 1, hang: 1, infra: 1 },
  })
  t.true(summarize(someResults.slice(0, 2)).good)
  t.false(summarize([]).good)
})
