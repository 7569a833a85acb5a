import test from 'ava'
import { wishOf } from '../../src/watch/keys.ts'

test('keys: those that are shown, what a raw terminal sends for Ctrl-C, and nothing else', t => {
  const wishes = ['r', 'return', 'a', 'c', 'l', 'q', 'escape', 'x', undefined].map(name =>
    wishOf({ name, ctrl: false }),
  )
  t.deepEqual(wishes, ['again', 'again', 'all', 'console', 'results', 'leave', 'leave', undefined, undefined])
  t.is(wishOf({ name: 'c', ctrl: true }), 'leave')
  t.is(wishOf({ name: 'r', ctrl: true }), undefined)
})
