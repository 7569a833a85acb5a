import test from 'ava'
import { printable } from '../src/index.ts'

test('what a terminal would obey comes out as an escape, all else as it is', t => {
  t.is(printable('a\x1b[2J\r\n\t\x00b'), 'a\\u{1b}[2J\\u{d}\\u{a}\\u{9}\\u{0}b')
  t.is(printable('\u009b31m \u202e \u2028 \u200c'), '\\u{9b}31m \\u{202e} \\u{2028} \\u{200c}')
  t.is(printable('Grüße, 漢字 👍 \\ "'), 'Grüße, 漢字 👍 \\ "')
})
