import test from 'ava'
import * as fc from 'fast-check'
import { blame, evaluate, parseExpression } from '../src/kconfig-expression.ts'

const values = new Map([
  ['A', 'y'],
  ['B', 'm'],
  ['NR', '4'],
  ['NAME', '"text"'],
])
const value = (text: string) => {
  const expression = parseExpression(text)
  return expression && evaluate(expression, values)
}

const why = (text: string, wanted: 1 | 2 = 1) => {
  const expression = parseExpression(text)
  return expression && blame(expression, values, wanted)
}

test('values as Kconfig has them', t => {
  const cases: Record<string, number> = {
    A: 2,
    B: 1,
    C: 0,
    '!C': 2,
    '!B': 1,
    'A && B': 1,
    'A && C || A': 2,
    'A && (C || B)': 1,
    '!(A && C)': 2,
    'NR > 3': 2,
    'NR<=3': 0,
    'NAME = "text"': 2,
    'B != n': 2,
    'A=y && B=m': 2,
    y: 2,
    n: 0,
    '$(cc-option,-mfoo)': 2,
  }
  for (const [text, wanted] of Object.entries(cases)) t.is(value(text), wanted as 0 | 1 | 2, text)
})

test('text that is no expression is told as such', t => {
  for (const text of ['', '&&', 'A &&', '(A', 'A)', 'A B', '!', 'A = ']) t.is(parseExpression(text), undefined, text)
})

test('the symbols to blame are named, and only those', t => {
  t.deepEqual(why('A && C'), ['C is off'])
  t.deepEqual(why('C || D'), ['C is off', 'D is off'])
  t.deepEqual(why('A && !A'), ['A is on'])
  t.deepEqual(why('B', 2), ['B is a module'])
  t.deepEqual(why('A || C'), [])
  t.deepEqual(why('NR > 8'), ['NR is 4'])
  t.deepEqual(why('C && !(A && B)'), ['C is off'])
  t.deepEqual(why('!(A && A)'), [`'A && A' holds`])
})

test('whatever is put together parses, and De Morgan holds', t => {
  const symbol = fc.constantFrom('A', 'B', 'C', 'D', 'NR = 4')
  const { expression } = fc.letrec<{ expression: string }>(tie => ({
    expression: fc.oneof(
      { maxDepth: 4 },
      symbol,
      tie('expression').map(inner => `!(${inner})`),
      fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `(${a}) && (${b})`),
      fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `(${a}) || (${b})`),
    ),
  }))
  fc.assert(
    fc.property(expression, expression, (a, b) => {
      t.is(value(`!((${a}) && (${b}))`), value(`!(${a}) || !(${b})`))
      t.is(value(`!(!(${a}))`), value(a))
    }),
  )
})
