import test from 'ava'
import { b4Json, b4Lines, type Finding } from '../../src/index.ts'

const findings: readonly Finding[] = [
  { tool: 'spelling', text: "'adn'", blocks: false },
  { tool: 'checkpatch', file: 'a.c', line: 3, text: 'SPACE: one\nand more', blocks: false },
  { tool: 'checkpatch', file: 'a.c', line: 2, symbol: 'f', text: 'TAB: two', blocks: true },
  { tool: 'prose', text: 'argued', blocks: true, argued: 'so' },
]

test('lines for b4 prep: only what blocks has the word by which b4 knows a failure', t => {
  t.is(
    b4Lines(findings),
    "WARNING:spelling: 'adn'\na.c:3: WARNING:checkpatch: SPACE: one; and more\na.c:2 (f): ERROR:checkpatch: TAB: two\n",
  )
  t.is(b4Lines([]), '')
})

test('JSON for b4 review: a result for each tool that ran, the worst first', t => {
  t.deepEqual(JSON.parse(b4Json(findings, new Set(['prose', 'checkpatch', 'spelling']))), [
    { tool: 'prose', status: 'pass', summary: 'nothing found' },
    {
      tool: 'checkpatch',
      status: 'fail',
      summary: 'TAB: two (and 1 more)',
      details: 'a.c:3: warn:checkpatch: SPACE: one; and more\na.c:2 (f): fail:checkpatch: TAB: two',
    },
    { tool: 'spelling', status: 'warn', summary: "'adn'", details: "warn:spelling: 'adn'" },
  ])
})
