import type { SeriesMeta } from '@kseries/patchgen'
import test from 'ava'
import { paramsOf } from '../../src/run/test-files.ts'
import { chainsFor, nameOf } from '../../src/series.ts'

const meta = (given: Partial<SeriesMeta>) => ({ meta: { params: {}, ...given } as SeriesMeta })

test('params: of the whole chain, the last one last; of a series with a machine there only', t => {
  const chain = [
    meta({ params: { provider: 'soft', colour: 'green' } }),
    meta({ params: { provider: 'optee' }, machine: 'qemu-arm64-optee' }),
  ]
  t.deepEqual(paramsOf(chain, undefined), { provider: 'soft', colour: 'green' })
  t.deepEqual(paramsOf(chain, 'qemu-arm64-optee'), { provider: 'optee', colour: 'green' })
})

test('without a name: what is about the machine there, and elsewhere what is about none', async t => {
  t.deepEqual((await chainsFor([])).map(nameOf), ['securekey-afalg'])
  t.deepEqual((await chainsFor([], 'qemu-arm64-optee')).map(nameOf), ['securekey-tee'])
})
