/** The KUnit suites of the series are in the kernel. What they find is reported by whoever boots it, not here. */

import { test } from '@kseries/kselftest-ts'

for (const suite of ['securekey_blob', 'securekey_key', 'securekey_buffer', 'securekey_request', 'securekey_soft']) {
  test(`the KUnit suite ${suite} is there`, async t => {
    const { sys } = t.context
    t.true((await sys.readDir('/sys/kernel/debug/kunit')).includes(suite))
  })
}
