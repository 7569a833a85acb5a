import test from 'ava'
import { type KtapTest, parseKtap } from '../../src/results/ktap-parse.ts'

/** Tests as text: status, name and reason, subtests indented. */
const draw = (tests: readonly KtapTest[], indent = ''): string[] =>
  tests.flatMap(({ status, name, reason, tests: inner }) => [
    `${indent}${status} ${name}${reason && ` (${reason})`}`,
    ...draw(inner, `${indent}  `),
  ])

const read = (text: string) => {
  const { tests, problems } = parseKtap(text)
  return { drawn: draw(tests), problems, tests }
}

test('KUnit on a console: timestamps, callers, other messages between', t => {
  const { drawn, problems, tests } = read(`
[    0.512345][    T1] KTAP version 1
[    0.512346][    T1] 1..1
<6>[    0.512400]     KTAP version 1
[    0.512401]     # Subtest: securekey_blob
[    0.512402]     # module: securekey
[    0.512403]     1..3
[    0.512404]     ok 1 blob_roundtrip
[    0.513000] usb 1-1: new high-speed USB device number 2\r
[    0.512405]     # blob_short: EXPECTATION FAILED at drivers/securekey/blob_kunit.c:40
[    0.512406]     Expected ret == -22, but
[    0.512407]     not ok 2 blob_short
[    0.512408]     ok 3 blob_version # SKIP no provider
[    0.512409] # securekey_blob: pass:1 fail:1 skip:1 total:3
[    0.512410] not ok 1 securekey_blob
[    0.600000] Run /init as init process
`)
  t.deepEqual(drawn, [
    'fail securekey_blob',
    '  pass blob_roundtrip',
    '  fail blob_short',
    '  skip blob_version (no provider)',
  ])
  t.deepEqual(problems, [])
  t.deepEqual(tests[0]?.tests[1]?.log, [
    'usb 1-1: new high-speed USB device number 2',
    'blob_short: EXPECTATION FAILED at drivers/securekey/blob_kunit.c:40',
    'Expected ret == -22, but',
  ])
})

test('parameters of a case: a third level, with and without a version line', t => {
  const expected = ['pass suite', '  pass each', '    pass one', '    pass two', '  pass last']
  const text = (header: string) => `KTAP version 1
1..1
    KTAP version 1
    # Subtest: suite
    1..2
${header}        ok 1 one
        ok 2 two
    # each: pass:2 fail:0 skip:0 total:2
    ok 1 each
    ok 2 last
ok 1 suite
`
  for (const header of ['        KTAP version 1\n        # Subtest: each\n', '        # Subtest: each\n', '']) {
    t.deepEqual(read(text(header)).drawn, expected, header)
    t.deepEqual(read(text(header)).problems, [], header)
  }
})

test('kselftest’s runner: subtests behind "# ", exit codes, directives', t => {
  const { drawn, problems } = read(`TAP version 13
1..5
# timeout set to 45
# selftests: net: af_alg
# TAP version 13
# 1..3
# # Starting 3 tests
# ok 1 bind
# ok 2 # SKIP no such algorithm
# not ok 3 read # errno 95
# # Totals: pass:1 fail:1
not ok 1 selftests: net: af_alg # exit=1
# selftests: net: needs root
# Skip: must be run as root
ok 2 selftests: net: needs root # SKIP
# selftests: net: slow
not ok 3 selftests: net: slow # TIMEOUT 45 seconds
# selftests: net: todo
ok 4 selftests: net: todo # XFAIL known
# selftests: net: nothing
# TAP version 13
# 1..0 # SKIP no hardware
ok 5 selftests: net: nothing
`)
  t.deepEqual(drawn, [
    'fail selftests: net: af_alg (exit=1)',
    '  pass bind',
    '  skip no such algorithm',
    '  fail read (errno 95)',
    'skip selftests: net: needs root',
    'timeout selftests: net: slow (45 seconds)',
    'xfail selftests: net: todo (known)',
    'skip selftests: net: nothing (no hardware)',
  ])
  t.deepEqual(problems, [])
})

test('a program that runs nothing is skipped, for the reason it gives', t => {
  const { drawn, problems } = read('TAP version 13\n1..0 # SKIP must be run as root\n')
  t.deepEqual(drawn, ['skip all tests (must be run as root)'])
  t.deepEqual(problems, [])
  t.deepEqual(read('KTAP version 1\n1..0\n').drawn, ['skip all tests'])
})

test('a case may have the name of its suite', t => {
  const { drawn, problems } = read(`KTAP version 1
1..1
    KTAP version 1
    # Subtest: foo
    1..2
    ok 1 foo
    ok 2 bar
ok 1 foo
`)
  t.deepEqual(drawn, ['pass foo', '  pass foo', '  pass bar'])
  t.deepEqual(problems, [])
})

test('suites that nobody indented', t => {
  const { drawn, problems } = read(`KTAP version 1
1..2
KTAP version 1
# Subtest: one
1..1
ok 1 a
ok 1 one
KTAP version 1
# Subtest: two
1..2
ok 1 a
not ok 2 b
not ok 2 two
`)
  t.deepEqual(drawn, ['pass one', '  pass a', 'fail two', '  pass a', '  fail b'])
  t.deepEqual(problems, [])
  // Nor named.
  t.deepEqual(read('KTAP version 1\n1..1\nKTAP version 1\n1..1\nok 1 a\nok 1 s\n').drawn, ['pass s', '  pass a'])
})

test('without a plan all that comes counts', t => {
  const { drawn, problems } = read('TAP version 14\nok 1 - a\nnot ok 2 - b # TODO not yet\n')
  t.deepEqual(drawn, ['pass a', 'todo b (not yet)'])
  t.deepEqual(problems, [])
})

test('modules count their suites on', t => {
  const { drawn, problems } = read('KTAP version 1\n1..1\nok 4 one\nKTAP version 1\n1..1\nok 5 two\n')
  t.deepEqual(drawn, ['pass one', 'pass two'])
  t.deepEqual(problems, [])
})

test('a report that is cut off: what was planned has crashed, with the last words', t => {
  const { drawn, problems, tests } = read(`KTAP version 1
1..2
    KTAP version 1
    # Subtest: suite
    1..3
    ok 1 a
[    1.000000] BUG: kernel NULL pointer dereference, address: 0000000000000000
`)
  t.deepEqual(drawn, [
    'crash suite',
    '  pass a',
    '  crash 2 tests that were planned (no result came)',
    'crash a test that was planned (no result came)',
  ])
  t.is(problems.length, 3)
  t.deepEqual(tests[0]?.tests[1]?.log, ['BUG: kernel NULL pointer dereference, address: 0000000000000000'])
})

test('a lost line is a problem, and a suite whose result is lost', t => {
  t.deepEqual(read('KTAP version 1\n1..3\nok 1 a\nok 3 c\n').problems, [
    "Result 3 'c' came where 2 was due",
    '1 of 3 results are missing',
  ])
  t.deepEqual(
    read('KTAP version 1\n1..1\n    KTAP version 1\n    # Subtest: s\n    1..1\n    ok 1 a\nok 1 other\n').drawn,
    ['crash s', '  pass a', 'pass other'],
  )
})

test('subtests that failed make a test fail that says it did not', t => {
  t.deepEqual(read('KTAP version 1\n1..1\n  KTAP version 1\n  1..1\n  not ok 1 a\nok 1 s\n').drawn, [
    'fail s',
    '  fail a',
  ])
})

test('what is no KTAP says so', t => {
  t.deepEqual(parseKtap('hello\n'), { tests: [], problems: ['There is no KTAP in it'] })
})
