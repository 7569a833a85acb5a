/** The KUnit suites of the series are in the kernel. What they find is reported by whoever boots it, not here. */

import { test } from '@kseries/kselftest-ts'

for (const suite of ['provider', 'key', 'decrypt', 'request']) {
  test(`the KUnit suite securekey_tee_${suite} is there`, async t => {
    const { sys } = t.context
    t.true((await sys.readDir('/sys/kernel/debug/kunit')).includes(`securekey_tee_${suite}`))
  })
}
