import test from 'ava'
import { historiesOf, type Proof, proofOf } from '../../src/prove/history.ts'

const cases: readonly [string, Proof][] = [
  ['--++', { kind: 'proven', at: 2 }],
  ['-+', { kind: 'proven', at: 1 }],
  ['++', { kind: 'passes-before' }],
  ['----', { kind: 'never' }],
  ['-++-', { kind: 'broken', by: 3, until: undefined }],
  ['-+--+', { kind: 'broken', by: 2, until: 4 }],
  ['+-+', { kind: 'broken', by: 1, until: 2 }],
  ['', { kind: 'never' }],
]

for (const [marks, proof] of cases) {
  test(`'${marks}' is ${JSON.stringify(proof)}`, t => {
    t.deepEqual(proofOf({ passes: [...marks].map(mark => mark === '+') }), proof)
  })
}

test('tests are those of the last commit; one that was not seen did not pass', t => {
  const sight = (title: string, pass: boolean) => ({ file: 'a.test.ts', title, pass })
  const histories = historiesOf([[], [sight('x', false), sight('gone', true)], [sight('x', true), sight('y', false)]])
  t.deepEqual(histories, [
    { file: 'a.test.ts', title: 'x', passes: [false, false, true] },
    { file: 'a.test.ts', title: 'y', passes: [false, false, false] },
  ])
})
