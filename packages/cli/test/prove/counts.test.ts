import test from 'ava'
import { countsOf, countsTable } from '../../src/prove/counts.ts'

const history = (title: string, marks: string) => ({
  file: 'a.test.ts',
  title,
  passes: [...marks].map(mark => mark === '+'),
})

test('each commit: what passes, what it brought, what it broke', t => {
  const histories = [
    history('proven', '--+'),
    history('broken', '-+-'),
    history('refusal', '+++'),
    history('never', '---'),
  ]
  const counts = countsOf(histories, ['one', 'two'])
  t.deepEqual(
    counts.map(({ index, pass, gained, lost }) => [index, pass, gained, lost]),
    [
      [0, 1, 0, 0],
      [1, 2, 1, 0],
      [2, 2, 1, 1],
    ],
  )
  t.deepEqual(countsTable(counts, histories.length).split('\n'), [
    '       1 of 4 pass                             before the series',
    '  1/2  2 of 4 pass          1 more             one',
    '  2/2  2 of 4 pass          1 more, 1 LOST     two',
  ])
})
