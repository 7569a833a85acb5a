/** The KUnit suites of the series are in the kernel. What they find is reported by whoever boots it, not here. */

import { test } from '@kseries/kselftest-ts'

for (const suite of [
  'provider',
  'blob',
  'key',
  'buffer',
  'request',
  'layout',
  'keyring',
  'derive',
  'soft',
  'cenc',
  'modes',
]) {
  test(`the KUnit suite securekey_${suite} is there`, async t => {
    const { sys } = t.context
    t.true((await sys.readDir('/sys/kernel/debug/kunit')).includes(`securekey_${suite}`))
  })
}
