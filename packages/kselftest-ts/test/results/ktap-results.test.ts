import test from 'ava'
import { parseKtap } from '../../src/results/ktap-parse.ts'
import { ktapResults } from '../../src/results/ktap-results.ts'

const verdicts = (text: string) =>
  ktapResults(parseKtap(text), 'kunit').map(({ verdict, title }) => `${verdict}: ${title}`)

test('leaves are results, named by the way to them', t => {
  const text = `KTAP version 1
1..2
    KTAP version 1
    # Subtest: suite
    1..3
    ok 1 a
    # b: EXPECTATION FAILED
    not ok 2 b
    ok 3 c # SKIP why
not ok 1 suite
ok 2 plain
`
  const results = ktapResults(parseKtap(text), 'kunit')
  t.deepEqual(verdicts(text), ['pass: suite › a', 'fail: suite › b', 'skip: suite › c', 'pass: plain'])
  t.like(results[1], { group: 'kunit', message: 'b: EXPECTATION FAILED', log: ['b: EXPECTATION FAILED'] })
  t.is(results[2]?.message, 'why')
})

test('a suite that fails though all of its cases passed is one, too', t => {
  const text =
    'KTAP version 1\n1..1\n    KTAP version 1\n    # Subtest: s\n    1..1\n    ok 1 a\nnot ok 1 s # suite_init failed\n'
  t.deepEqual(verdicts(text), ['pass: s › a', 'fail: s'])
})

test('every status has a verdict', t => {
  const text = `TAP version 13
1..6
ok 1 a # TODO later
not ok 2 b # XFAIL known
not ok 3 c # TIMEOUT
not ok 4 d # ERROR
not ok 5 e
ok 6 f
`
  t.deepEqual(verdicts(text), ['skip: a', 'skip: b', 'hang: c', 'infra: d', 'fail: e', 'pass: f'])
})

test('a report with problems is no pass, whatever its tests say', t => {
  const text = 'KTAP version 1\n1..2\nok 1 a\nok 3 c\n'
  t.deepEqual(verdicts(text), ['pass: a', 'pass: c', 'fail: the report'])
  t.is(ktapResults(parseKtap(text), 'kunit').at(-1)?.message, "Result 3 'c' came where 2 was due")
  t.deepEqual(verdicts(''), ['fail: the report'])
})
