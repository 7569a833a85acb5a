/** Random programs on sockets for keys and for decryption: nothing worse than an error comes of them. */

import { test } from '@kseries/kselftest-ts'
import { fuzz, PATIENCE, triesEnough } from '../../securekey/selftests/fuzz.ts'
import { randomPrograms } from './random-programs.ts'

test.timeout(PATIENCE, 'random programs', async t => {
  const tried = await fuzz(t.context.sys, randomPrograms)
  t.log(tried.words)
  t.true(triesEnough(tried), tried.words)
})
