import test from 'ava'
import { byRelevance, type Change } from '../../src/watch/relevance.ts'

const tests = [
  { path: '/s/selftests/all.test.ts', text: "import { x } from './helper.ts'\nAF_ALG ALG_SET_IV" },
  { path: '/s/selftests/key.test.ts', text: 'AF_ALG ALG_SET_KEY ALG_DELETE_KEY' },
  { path: '/s/selftests/lone.test.ts', text: 'O_CLOEXEC' },
  { path: '/s/selftests/queue.test.ts', text: 'AF_ALG ALG_SET_MEM_FD' },
  { path: '/s/selftests/helper.ts', text: "export * from './deep.ts'" },
  { path: '/s/selftests/deep.ts', text: 'export const x = 1' },
]

const order = (change: Partial<Change>) =>
  byRelevance({ tests, touched: [], failed: new Set(), ...change }).map(({ file, why }) => [
    file.replace('/s/selftests/', ''),
    why,
  ])

test('nothing known: the order of the files', t => {
  t.deepEqual(order({}), [
    ['all.test.ts', 'other'],
    ['key.test.ts', 'other'],
    ['lone.test.ts', 'other'],
    ['queue.test.ts', 'other'],
  ])
})

test('a source: tests that name its constants, those with rare ones first', t => {
  const touched = [
    { path: '/s/patches/01-x/tree/x.c', text: 'if (family == AF_ALG) case ALG_SET_MEM_FD: case ALG_SET_FOO:' },
  ]
  t.deepEqual(order({ touched }), [
    ['queue.test.ts', 'related'],
    ['all.test.ts', 'related'],
    ['key.test.ts', 'related'],
    ['lone.test.ts', 'other'],
  ])
})

test('what failed comes first, then what was edited or imports it', t => {
  const touched = [{ path: '/s/selftests/deep.ts', text: 'export const x = 2' }]
  t.deepEqual(order({ touched, failed: new Set(['/s/selftests/queue.test.ts']) }).slice(0, 3), [
    ['queue.test.ts', 'failed'],
    ['all.test.ts', 'edited'],
    ['key.test.ts', 'other'],
  ])
})
