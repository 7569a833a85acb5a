import test from 'ava'
import {
  argue,
  blocking,
  type Finding,
  findingsTable,
  identityOf,
  newProblems,
  type Problem,
  summaryLine,
} from '../../src/index.ts'

const problem = (more: Partial<Problem> = {}): Problem => ({
  tool: 'gcc',
  file: 'crypto/x.c',
  line: 10,
  symbol: 'x',
  text: "unused variable 'a'",
  blocks: true,
  ...more,
})

test('a problem is the same one wherever its line drifts, and another one in another file, function, or in other words', t => {
  const identity = identityOf(problem())
  t.is(identityOf(problem({ line: 99, text: "unused  variable\n'a'" })), identity)
  for (const other of [{ file: 'crypto/y.c' }, { symbol: 'y' }, { text: "unused variable 'b'" }, { tool: 'sparse' }])
    t.not(identityOf(problem(other)), identity)
})

test('new is what the parent has not: by identity, not by count', t => {
  const parent = [problem(), problem({ symbol: 'y' })]
  t.deepEqual(newProblems(parent, [problem({ line: 12 }), problem({ symbol: 'y', line: 7 })]), [])
  // One went and one came: as many as before, and yet one is new.
  const came = problem({ symbol: 'z' })
  t.deepEqual(newProblems(parent, [problem(), came]), [came])
  // The same words once more.
  const again = problem({ line: 20 })
  t.deepEqual(newProblems(parent, [problem(), again]), [again])
})

const commit = { index: 1, subject: 'x: do', patch: '01-do' }

test('what is argued does not block; an argument about nothing is a finding itself', t => {
  const finding: Finding = { ...problem(), commit }
  const exception = { tool: 'gcc', text: 'unused variable', why: 'it is used by what comes' }
  const ran = new Set(['gcc'])
  const argued = argue([finding], [exception], ran)
  t.like(argued, [{ argued: 'it is used by what comes' }])
  t.deepEqual(blocking(argued), [])
  for (const wrong of [{ tool: 'sparse' }, { text: 'other words' }, { patch: '02-other' }]) {
    const findings = argue([finding], [{ ...exception, ...wrong }], new Set(['gcc', 'sparse']))
    t.is(findings.length, 2)
    t.like(findings[1], { tool: 'exceptions', blocks: true })
    t.is(blocking(findings).length, 2)
  }
  // A tool that did not run says nothing about its exceptions.
  t.deepEqual(argue([], [exception], new Set()), [])
  t.is(argue([], [exception], ran).length, 1)
})

test('the table: by commit, what blocks first, then notes, then what is argued; the sums', t => {
  const findings: Finding[] = [
    { ...problem({ text: 'note' }), blocks: false, commit },
    { ...problem({ text: 'right' }), commit, argued: 'because' },
    { ...problem({ text: 'wrong' }), commit },
    { tool: 'change-id', text: 'none', blocks: false },
  ]
  const table = findingsTable(findings, [commit])
  t.regex(
    table,
    /^1\/1 x: do\n {2}BLOCKS .*x\.c:10 \(x\): wrong\n {2}note .*note\n {2}argued .*right\n +-> because\nthe series as a whole\n/,
  )
  t.is(summaryLine(findings, 1), '1 commit, 4 findings: 1 block, 1 argued, 2 to consider')
  t.is(findingsTable([], [commit]), '')
})
