import test from 'ava'
import { parseChanges } from '../../src/series/changes.ts'

const problems = (text: string) => parseChanges(text, 'changes.md').problems.map(({ message }) => message)

test('a section for each version, the newest first whatever their order', t => {
  const { changes, problems: none } = parseChanges('## v2\n\n- One.  \n- Two.\n\n## v3\n- Three.\n', 'changes.md')
  t.deepEqual(none, [])
  t.deepEqual(changes, [
    { version: 3, text: '- Three.' },
    { version: 2, text: '- One.\n- Two.' },
  ])
  t.deepEqual(parseChanges('', 'changes.md'), { changes: [], problems: [] })
})

test('what is wrong is named', t => {
  t.deepEqual(problems('words\n## v2\n- One.\n'), ['it must begin with a heading: ## v2'])
  t.deepEqual(problems('## v1\n- One.\n'), ['its headings must be versions from ## v2 on: "## v1"'])
  t.deepEqual(problems('## version 2\n- One.\n'), ['its headings must be versions from ## v2 on: "## version 2"'])
  t.deepEqual(problems('## v2\n- One.\n## v2\n- Two.\n'), ['it has v2 twice'])
  t.deepEqual(problems('## v2\n\n## v3\n- Two.\n'), ['it must say what changed in v2'])
  t.regex(problems(`## v2\n- ${'word '.repeat(20)}\n`).join(), /^v2, line 1 must have at most 75 columns/)
  t.regex(problems('## v2\n- One.\n--- a\n').join(), /^v2, line 2 must not begin with "--- a"/)
})
