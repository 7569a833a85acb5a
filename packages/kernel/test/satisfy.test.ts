import test from 'ava'
import { parseExpression } from '../src/kconfig-expression.ts'
import { satisfy } from '../src/satisfy.ts'

const needs = (text: string, values: Record<string, string> = {}) => {
  const expression = parseExpression(text)
  const found = expression && satisfy(expression, new Map(Object.entries(values)), true)
  return found && Object.fromEntries(found)
}

test('what to set for a dependency: all of an and, the cheapest of an or, COMPILE_TEST before an architecture', t => {
  t.deepEqual(needs('A && !B', { B: 'y' }), { A: 'y', B: 'n' })
  t.deepEqual(needs('A && B', { A: 'y' }), { B: 'y' })
  t.deepEqual(needs('(A && B) || C'), { C: 'y' })
  t.deepEqual(needs('ARCH_AT91 || COMPILE_TEST'), { COMPILE_TEST: 'y' })
  t.deepEqual(needs('A || COMPILE_TEST'), { COMPILE_TEST: 'y' })
  t.deepEqual(needs('A = y && B != n'), { A: 'y', B: 'y' })
  t.deepEqual(needs('A', { A: 'm' }), {})
})

test('what cannot be had is not asked for', t => {
  t.is(needs('ARCH_AT91'), undefined)
  t.is(needs('A && BROKEN'), undefined)
})
