import test from 'ava'
import { findingsOf, sumsOf } from '../../src/prove/findings.ts'

const commits = [1, 2, 3].map(index => ({ index, subject: `commit ${index}` }))
const history = (title: string, marks: string, file = 'a.test.ts') => ({
  file,
  title,
  passes: [...marks].map(mark => mark === '+'),
})
const histories = [
  history('proven', '--++'),
  history('broken', '-+-+'),
  history('never', '----'),
  ...['one', 'two', 'three', 'four'].map(title => history(title, '++++', 'b.test.ts')),
]

test('the commit that breaks a test is named; what proves nothing is a note a file', t => {
  const found = findingsOf(histories, commits, 'x86_64').map(({ commit, file, symbol, text, blocks }) => [
    commit?.index,
    file,
    symbol,
    text,
    blocks,
  ])
  t.deepEqual(found, [
    [
      2,
      'a.test.ts',
      'broken',
      "this commit breaks the test 'broken', which passed before; it passes again at commit 3",
      true,
    ],
    [undefined, 'a.test.ts', 'never', "the test 'never' passes at no commit", true],
    [
      undefined,
      'b.test.ts',
      undefined,
      "4 tests pass without the series and prove nothing of it: 'one', 'two', 'three' and 1 more",
      false,
    ],
  ])
})

test('sums in a line', t => {
  t.is(
    sumsOf(histories),
    '1 of 7 tests fail without the series and pass with it, 4 passing without it, 1 broken by a commit, 1 passing nowhere',
  )
  t.is(sumsOf([history('x', '-+')]), '1 of 1 tests fail without the series and pass with it')
})
