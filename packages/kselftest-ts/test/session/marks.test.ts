import test from 'ava'
import { Marks } from '../../src/session/marks.ts'

test('what comes behind a mark is its owner’s at once, also in the same chunk', t => {
  const marks = new Marks()
  t.is(marks.ownerOf(1), undefined)
  const first = marks.next(7)
  marks.line(1, 'before')
  marks.line(2, `[    1.2] ${first.token} begin 7: a title`)
  marks.line(3, 'WARNING: no turn of the event loop between')
  t.is(marks.ownerOf(), 7)
  t.is(marks.ownerOf(3), 7)
  t.is(marks.ownerOf(1), undefined)
  const end = marks.next(undefined)
  marks.line(4, `${end.token} end 7`)
  marks.line(5, 'WARNING: later')
  t.is(marks.ownerOf(), undefined)
  // A report that began before the mark, and was complete behind it.
  t.is(marks.ownerOf(3), 7)
})

test('a token is no other’s beginning', t => {
  const marks = new Marks()
  for (let n = 0; n < 9; n++) marks.next(undefined)
  const tenth = marks.next(undefined).token
  const other = new Marks()
  const { token } = other.next(1)
  t.not(token, tenth)
  other.line(1, `${token}0 not this one`)
  t.is(other.ownerOf(), undefined)
  other.line(2, `${token} this one`)
  t.is(other.ownerOf(), 1)
})

test('a mark that does not come is taken to stand where the console is', t => {
  const marks = new Marks()
  marks.line(5, 'something')
  marks.next(3)
  marks.assume(3)
  t.is(marks.ownerOf(), 3)
  t.is(marks.ownerOf(4), undefined)
})
