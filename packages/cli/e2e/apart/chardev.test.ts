import test from 'ava'
import { passes } from '../passes.ts'

test('a series that is run when it is named: the character device', async t => {
  await passes(t, 'securekey-chardev', '--fresh')
})
