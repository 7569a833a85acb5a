import test from 'ava'
import { distribute } from '../../src/index.ts'

const common = { to: ['list@example.org'], cc: ['A B <AB@example.org>'], origin: 'series.ts' } as const

test('each patch gets its own recipients, the cover letter all; an address once, in To rather than in Cc', t => {
  const { cover, patches, table } = distribute(
    common,
    [
      { to: ['ab@example.org', 'C <c@example.org>'], cc: ['list@example.org', 'other@example.org'] },
      { to: ['"C, D" <C@example.org>'], cc: [] },
    ],
    2,
  )
  t.deepEqual(patches, [
    { to: ['list@example.org', 'ab@example.org', 'C <c@example.org>'], cc: ['other@example.org'] },
    { to: ['list@example.org', '"C, D" <C@example.org>'], cc: ['A B <AB@example.org>'] },
  ])
  t.deepEqual(cover, {
    to: ['list@example.org', 'ab@example.org', 'C <c@example.org>'],
    cc: ['other@example.org'],
  })
  t.deepEqual(table, [
    { address: 'list@example.org', field: 'To', origins: ['series.ts', 'get_maintainer.pl'], mails: [0, 1, 2] },
    { address: 'ab@example.org', field: 'To', origins: ['series.ts', 'get_maintainer.pl'], mails: [0, 1, 2] },
    { address: 'C <c@example.org>', field: 'To', origins: ['get_maintainer.pl'], mails: [0, 1, 2] },
    { address: 'other@example.org', field: 'Cc', origins: ['get_maintainer.pl'], mails: [0, 1] },
  ])
})

test('without maintainers every mail goes to the same', t => {
  const { cover, patches, table } = distribute({ ...common, origin: 'command line' }, [], 2)
  const all = { to: common.to, cc: common.cc }
  t.deepEqual([cover, ...patches], [all, all, all])
  t.true(table.every(({ origins, mails }) => origins.join() === 'command line' && mails.join() === '0,1,2'))
})
