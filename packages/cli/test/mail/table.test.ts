import test from 'ava'
import { recipientTable } from '../../src/mail/table.ts'

test('a line for each recipient: field, address, mails, who named it', t => {
  t.is(
    recipientTable(
      [
        { field: 'To', address: 'list@example.org', mails: [0, 1, 2], origins: ['series.ts', 'get_maintainer.pl'] },
        { field: 'Cc', address: 'A <a@example.org>', mails: [0, 2], origins: ['get_maintainer.pl'] },
      ],
      2,
    ),
    `    address            mails  named by
To  list@example.org   all    series.ts, get_maintainer.pl
Cc  A <a@example.org>  0 2    get_maintainer.pl
`,
  )
})
