import test from 'ava'
import { parseXtest, xtestLine } from '../../src/index.ts'

// As xtest 4.10 prints it.
const report = `Test ID: regression_1
Run test suite with level=0

TEE test application started over default TEE instance
######################################################
#
# regression
#
######################################################
 
* regression_1001 Core self tests
o regression_1001.1 Core self tests
  regression_1001.1 OK
o regression_1001.2 Core transfer list self tests
Transfer List tests not supported, skipping
  regression_1001.2 OK
  regression_1001 OK
 
* regression_1008 TEE internal client API
o regression_1008.1 Invoke command
o regression_1008.1.1 Inner
regression_1000.c:700: res has an unexpected value: 0xffff0006 = TEEC_ERROR_BAD_PARAMETERS, expected 0x0 = TEEC_SUCCESS
  regression_1008.1.1 FAILED
  regression_1008.1 FAILED
n = 0
  regression_1008 FAILED
`

const summary = `+-----------------------------------------------------
Result of testsuite regression filtered by "regression_1":
regression_1001 OK
regression_1008 FAILED first error at regression_1000.c:700
+-----------------------------------------------------
7 subtests of which 1 failed
2 test cases of which 1 failed
110 test cases were skipped
TEE test application done!
`

test('each case and each part of one, with its result and what it says', t => {
  const { cases, sum } = parseXtest(report + summary)
  t.deepEqual(
    cases.map(({ id, result }) => `${id} ${result}`),
    [
      'regression_1001 ok',
      'regression_1001.1 ok',
      'regression_1001.2 skipped',
      'regression_1008 failed',
      'regression_1008.1 failed',
      'regression_1008.1.1 failed',
    ],
  )
  t.deepEqual(sum, { cases: 2, failed: 1 })
  t.deepEqual(cases[3]?.notes, ['n = 0'])
})

test('a case as a line: the reason is with those that are not good', t => {
  const lines = parseXtest(report).cases.map(xtestLine)
  t.is(lines[1], 'ok regression_1001.1 Core self tests')
  t.is(lines[2], 'skipped regression_1001.2 Core transfer list self tests: Transfer List tests not supported, skipping')
  t.regex(
    lines[5] ?? '',
    /^failed regression_1008\.1\.1 Inner: regression_1000\.c:700: res has an unexpected value: 0x/,
  )
})

test('a report that is cut off has no sum, and says where', t => {
  const { cases, sum } = parseXtest(report.slice(0, report.indexOf('regression_1000.c:700')))
  t.is(sum, undefined)
  t.deepEqual(
    cases.filter(({ result }) => result === 'cut').map(({ id }) => id),
    ['regression_1008', 'regression_1008.1', 'regression_1008.1.1'],
  )
})

test('another program’s output has neither', t => {
  t.deepEqual(parseXtest('xtest: cannot open /dev/tee0\n* a note\n  x OK\n'), { cases: [], sum: undefined })
})

test('what is skipped in a failing case does not hide the failure', t => {
  const { cases } = parseXtest('* regression_1 X\nskip test\nx.c:1: y\n  regression_1 FAILED\n')
  t.is(cases[0]?.result, 'failed')
})
