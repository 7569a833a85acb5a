import { type AbiDescription, HeadersRejected } from '@kseries/uapi-headers'
import test from 'ava'
import { Batches } from '../../src/uapi/batches.ts'

const names = Array.from({ length: 260 }, (_, at) => `linux/h${at}.h`)
const root = '/headers'
const bad = new Set(['linux/h7.h', 'linux/h99.h', 'linux/h200.h'])
/** Each with the one after it. */
const conflicts = new Set(['linux/h20.h', 'linux/h140.h', 'linux/h141.h'])

/**
 * FAKE compiler: knows which headers do not compile, and which not together.
 * @param isVague - an error is in a header that nobody named.
 */
const compilerOf = (isVague: boolean, calls: (readonly string[])[]) => async (its: readonly string[]) => {
  calls.push(its)
  const wrong = its.filter(
    name => bad.has(name) || (conflicts.has(name) && its.includes(names[names.indexOf(name) + 1] ?? '')),
  )
  const errors = wrong.map(name => ({
    file: isVague ? `${root}/linux/types.h` : `${root}/${name}`,
    line: 1,
    message: 'wrong',
  }))
  if (errors.length > 0) throw new HeadersRejected('x86_64', its, errors)
  return { records: Object.fromEntries(its.map(name => [name, {}])), constants: {} } as unknown as AbiDescription
}

for (const [how, isVague, limit] of [
  ['named by the error', false, 11],
  ['not named by it', true, 120],
] as const)
  test(`all headers are described but for those that compile not even alone: ${how}`, async t => {
    const batches = new Batches()
    const calls: (readonly string[])[] = []
    for (const most of [limit, isVague ? 60 : 8]) {
      calls.length = 0
      const rejected: string[] = []
      const { records } = await batches.describe(names, root, compilerOf(isVague, calls), name => rejected.push(name))
      t.deepEqual(rejected.toSorted(), [...bad].toSorted())
      t.deepEqual(Object.keys(records).toSorted(), names.filter(name => !bad.has(name)).toSorted())
      t.true(calls.length <= most, `${calls.length} runs`)
    }
  })

test('what is known of some helps with others', async t => {
  const batches = new Batches()
  const calls: (readonly string[])[] = []
  await batches.describe(names, root, compilerOf(false, calls), () => {})
  calls.length = 0
  const { records } = await batches.describe(
    [...names.slice(10, 30), 'linux/new.h'],
    root,
    compilerOf(false, calls),
    t.fail,
  )
  t.is(Object.keys(records).length, 21)
  t.is(calls.length, 2)
})

test('many errors behind one that is alone at fault', async t => {
  const calls: (readonly string[])[] = []
  const describe = async (its: readonly string[]) => {
    calls.push(its)
    const at = its.indexOf('linux/h5.h')
    if (at >= 0 && its.length > 1)
      throw new HeadersRejected(
        'x86_64',
        its,
        its.slice(at).map(name => ({ file: `${root}/${name}`, line: 1, message: 'lost' })),
      )
    return { records: {}, constants: {} } as unknown as AbiDescription
  }
  await new Batches().describe(names, root, describe, t.fail)
  t.deepEqual(
    calls.map(({ length }) => length),
    [260, 259, 1],
  )
})

test('nothing to describe is what is always read', async t => {
  const calls: (readonly string[])[] = []
  await new Batches().describe([], root, compilerOf(false, calls), t.fail)
  await new Batches().describe(['linux/h7.h'], root, compilerOf(false, calls), () => {})
  t.deepEqual(calls, [[], ['linux/h7.h'], []])
})
