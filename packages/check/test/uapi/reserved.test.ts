import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import type { Finding, Subject } from '../../src/index.ts'
import { reservedFindings } from '../../src/uapi/members/reserved.ts'
import { goodMessage } from '../kernel.ts'
import { type Files, isolate, Repo } from '../repo.ts'
import { type Unread, unread } from './unread.ts'

const headerOf = ({ how }: Unread) => `include/uapi/linux/${how.replaceAll(/\W+/g, '_')}.h`
const codeOf = ({ how }: Unread) => `drivers/demo/${how.replaceAll(/\W+/g, '_')}.c`
const filesOf = (path: (one: Unread) => string, text: (one: Unread) => string | undefined): Files =>
  Object.fromEntries(unread.flatMap(one => (text(one) === undefined ? [] : [[path(one), text(one) ?? '']])))

let root = ''
let repo: Repo
let base = ''
test.before(async () => {
  root = await isolate()
  repo = await Repo.make(join(root, 'repo'), { README: '\n', ...filesOf(headerOf, ({ before }) => before) })
  base = await repo.git('rev-parse', 'HEAD')
})
test.after.always(() => rm(root, { recursive: true, force: true }))

const check = async (subject: Subject): Promise<readonly Finding[]> => {
  const paths = await Promise.all(
    subject.commits.map(async ({ hash }) =>
      (await repo.git('diff-tree', '-r', '--name-only', '--no-commit-id', hash)).split('\n'),
    ),
  )
  return await reservedFindings(subject, paths)
}

const seriesOf = (name: string, ...steps: readonly Files[]): Promise<Subject> =>
  repo.series(
    name,
    base,
    steps.map(files => ({ message: goodMessage, files })),
  )

let all: readonly Finding[] = []
test.serial('all ways, the headers first', async t => {
  const tests = {
    'drivers/demo/tests/demo.c': 'int f(struct b_test *it) { return it->unused; }\n',
    'drivers/demo/demo_kunit.c': 'int g(struct b_test *it) { return it->unused; }\n',
    'tools/demo.c': 'int h(struct b_test *it) { return it->unused; }\n',
    'drivers/demo/selftests/demo.c': 'int h(struct b_test *it) { return it->unused; }\n',
  }
  const subject = await seriesOf(
    'all',
    filesOf(headerOf, ({ header }) => header),
    {
      ...filesOf(codeOf, ({ code }) => code),
      ...tests,
    },
  )
  all = await check(subject)
  t.true(all.every(({ tool, commit }) => tool === 'uapi' && commit?.index === 1))
})

for (const one of unread)
  test.serial(`${one.findings.length === 0 ? 'right' : 'caught'}: ${one.how}`, t => {
    const said = all
      .filter(({ file }) => file === headerOf(one))
      .map(({ text, blocks }) => `${blocks ? '' : 'note: '}${text}`)
    t.deepEqual(said, [...one.findings])
  })

test.serial('a finding has the line of the member, and the struct', t => {
  t.like(
    all.find(({ text }) => text.startsWith("'b_other.reserved'")),
    { symbol: 'b_other.reserved', line: 2 },
  )
})

test.serial('what a later commit takes away, or reads, is not missed', async t => {
  const path = 'include/uapi/linux/later.h'
  const subject = await seriesOf(
    'later',
    { [path]: 'struct later { __u32 a; __u32 pad; __u32 reserved; };\n' },
    { 'drivers/demo/later.c': 'int f(struct later *it) { return it->a; }\n' },
    { [path]: 'struct later { __u32 a; __u32 reserved; };\n' },
    { 'drivers/demo/later.c': 'int f(struct later *it) { return it->reserved ? -EINVAL : it->a; }\n' },
  )
  t.deepEqual(await check(subject), [])
})
