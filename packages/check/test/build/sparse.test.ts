import test from 'ava'
import { isFlawOfSparse } from '../../src/build/sparse.ts'

const source = 'int x = 1;\nMODULE_LICENSE("GPL");\n'
const problem = { tool: 'sparse', file: 'a.c', line: 2, text: 'bad constant expression', blocks: true }

test("sparse's words about MODULE_LICENSE() and the like are its own flaw; about other lines, or others' words, not", t => {
  t.true(isFlawOfSparse(problem, source))
  t.false(isFlawOfSparse({ ...problem, line: 1 }, source))
  t.false(isFlawOfSparse({ ...problem, text: 'incorrect type in argument' }, source))
  t.false(isFlawOfSparse({ ...problem, tool: 'gcc' }, source))
})
