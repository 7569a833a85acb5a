import test from 'ava'
import fc from 'fast-check'
import { parseKtap } from '../../src/results/ktap-parse.ts'
import { ktapResults } from '../../src/results/ktap-results.ts'
import { writeKtap } from '../../src/results/ktap-write.ts'
import type { TestResult, TestVerdict } from '../../src/results/result.ts'
import { someResults } from '../helpers/some-results.ts'

test('groups are tests, tests are subtests; what they said stands before them', t => {
  t.is(
    writeKtap(someResults),
    `KTAP version 1
1..3
  KTAP version 1
  # Subtest: a.test.ts
  1..3
  # said
  # this
  ok 1 passes
  ok 2 is no.1 & <not> "here" # SKIP needs more
  # Skip nothing
  # second
  # at a.ts:1
  not ok 3 fails # fail: Skip nothing
not ok 1 a.test.ts
  KTAP version 1
  # Subtest: b.test.ts
  1..4
  # WARNING: at f
  # WARNING: at f
  # Call Trace:
  #  f+0x1/0x2
  not ok 1 splats # splat: WARNING: at f
  # The guest died
  not ok 2 panics # panic: The guest died
  # TODO never
  not ok 3 hangs # TIMEOUT TODO never
  # There is no guest
  not ok 4 has no guest # ERROR There is no guest
not ok 2 b.test.ts
  KTAP version 1
  # Subtest: c.test.ts
  1..1
  ok 1 only skipped # SKIP
ok 3 c.test.ts # SKIP
`,
  )
})

const verdict = fc.constantFrom<TestVerdict>('pass', 'fail', 'skip', 'splat', 'panic', 'hang', 'infra')
/** Text with what readers of KTAP look at. */
const text = fc.array(
  fc.oneof(
    fc.string({ unit: 'binary', maxLength: 6 }),
    fc.constantFrom(
      '\n',
      '\r',
      '\v',
      '\u2028',
      '# ',
      '- ',
      'ok 1 x',
      'not ok 2 y',
      '1..3',
      '# Subtest: z',
      'KTAP version 1',
    ),
    fc.constantFrom(' # SKIP why', 'TODO', 'Skip', '[    1.000000] ', '\u001b[31m'),
  ),
  { maxLength: 5 },
)
const joined = text.map(parts => parts.join(''))
const name = joined.map(word => `${word}x`)
const result: fc.Arbitrary<TestResult> = fc.record({
  group: fc.oneof(fc.constantFrom('one', 'two'), name),
  title: fc.oneof(fc.constantFrom('one', 'two'), name),
  verdict,
  duration: fc.nat(),
  message: joined,
  details: joined,
  findings: fc.array(fc.record({ kind: fc.constant('warn'), title: joined, text: joined }), { maxLength: 2 }),
  log: fc.array(joined, { maxLength: 3 }),
})

const read: Record<TestVerdict, TestVerdict> = {
  pass: 'pass',
  skip: 'skip',
  hang: 'hang',
  infra: 'infra',
  fail: 'fail',
  splat: 'fail',
  panic: 'fail',
}

test('what is written is read back, whatever tests and kernels say', t => {
  fc.assert(
    fc.property(fc.array(result, { minLength: 1, maxLength: 6 }), results => {
      const report = parseKtap(writeKtap(results))
      t.deepEqual(report.problems, [])
      const groups = [...Map.groupBy(results, ({ group }) => group).values()]
      t.is(report.tests.length, groups.length)
      t.deepEqual(
        report.tests.map(({ tests }) => tests.length),
        groups.map(tests => tests.length),
      )
      t.deepEqual(
        ktapResults(report, 'read').map(one => one.verdict),
        groups.flat().map(one => read[one.verdict]),
      )
    }),
    { numRuns: 500 },
  )
  t.pass()
})

test('there is no line, for any reader, that was not meant to be one', t => {
  fc.assert(
    fc.property(fc.array(result, { minLength: 1, maxLength: 3 }), results => {
      const lines = writeKtap(results).split(/(?!\t)[\p{Cc}\p{Zl}\p{Zp}]/u)
      t.true(lines.every(line => /^ *(KTAP version 1|1\.\.\d+|#.*|(not )?ok \d+ .*)$|^$/.test(line)))
    }),
  )
  t.pass()
})
