import test from 'ava'
import { reportToWire, withoutExpected } from '../../src/session/expected.ts'

const finding = (kind: string, title: string) => ({ kind, title, text: title })
const one = finding('ta-panic', 'TA panicked with code 0x1')
const two = finding('ta-panic', 'TA panicked with code 0x2')
const warn = finding('warn', 'WARNING: at f')

test('an expected report is taken out, one for each expectation; others stay', t => {
  const expected = [{ kind: 'ta-panic', title: /0X2/i }].map(reportToWire)
  t.deepEqual(withoutExpected([one, two, warn], expected), { left: [one, warn], missing: [] })
  t.deepEqual(withoutExpected([two, two], expected), { left: [two], missing: [] })
})

test('of many all that are alike are taken out, but what one alone was expected of', t => {
  const many = { kind: 'ta-panic', many: true }
  t.deepEqual(withoutExpected([one, warn, two, { ...one }], [many].map(reportToWire)), { left: [warn], missing: [] })
  t.deepEqual(withoutExpected([one, two], [many, { kind: 'ta-panic', title: /0x2/ }].map(reportToWire)), {
    left: [],
    missing: [],
  })
})

test('of many at least one has to come', t => {
  const { left, missing } = withoutExpected([warn], [{ kind: 'ta-panic', many: true }].map(reportToWire))
  t.deepEqual(left, [warn])
  t.deepEqual(missing, ['no ta-panic was reported, and one was expected'])
})

test('of any title, and of no other kind', t => {
  t.deepEqual(withoutExpected([warn, one], [{ kind: 'ta-panic' }]), { left: [warn], missing: [] })
})

test('one that did not come is missed by name', t => {
  const { left, missing } = withoutExpected([one], [{ kind: 'ta-panic', title: /0x9/ }].map(reportToWire))
  t.deepEqual(left, [one])
  t.deepEqual(missing, ['no ta-panic that matches /0x9/ was reported, and one was expected'])
})
