/** Requests while the system goes to sleep: as far as all that can be frozen is, and back (Documentation/power/basic-pm-debugging.rst). */

import { type Sys, test } from '@kseries/kselftest-ts'
import { digest } from '../../securekey/selftests/buffers.ts'
import { encrypt, random, sha256 } from '../../securekey/selftests/reference.ts'
import { debugFolder, underTest } from '../../securekey/selftests/under-test.ts'
import { ready } from '../../securekey-chardev/selftests/ready.ts'
import { completions, cookiesOf, submit } from '../../securekey-chardev/selftests/session-commands.ts'

const REQUESTS = 5
/** Milliseconds that the application takes for each; seconds that the system sleeps. */
const WORK = 400
const SLEEP = 3

const write = async (sys: Sys, path: string, text: string): Promise<void> => {
  await sys.program(p => {
    const file = p.open(path, 'O_WRONLY')
    p.write(file, text)
    p.close(file)
  })
}

test('a request that runs comes to its end before the system sleeps, the others are begun when it is back', async t => {
  const { sys } = t.context
  t.context.needs(underTest(sys).name === 'optee', 'it is about the provider optee')
  const [key, iv] = [random(16), random(16)]
  const plaintexts = Array.from({ length: REQUESTS }, () => random(4096))
  const { s, dst, buffer } = await ready(sys, { key, length: REQUESTS * 4096 })
  const requests = plaintexts.map((plaintext, cookie) => ({
    cookie,
    data: encrypt('cbc(aes)', key, iv, plaintext),
    iv,
    dst,
    offset: cookie * 4096,
  }))
  await write(sys, '/sys/module/suspend/parameters/pm_test_delay', `${SLEEP}`)
  await write(sys, '/sys/power/pm_test', 'freezer')
  const calls = async () => Number(await sys.readText(`${debugFolder(sys)}/calls`))
  try {
    await write(sys, `${debugFolder(sys)}/delay_ms`, `${WORK}`)
    const before = await calls()
    t.is(await submit(sys, s, ...requests), REQUESTS)
    const asleep = performance.now()
    // Comes back when the system does.
    await write(sys, '/sys/power/state', 'freeze')
    t.true(performance.now() - asleep > SLEEP * 900, 'it must have slept')
    const during = (await calls()) - before
    t.true(during < REQUESTS, `${during} of ${REQUESTS} requests were begun: they did not sleep`)
  } finally {
    await write(sys, `${debugFolder(sys)}/delay_ms`, '0')
    await write(sys, '/sys/power/pm_test', 'none')
  }
  const records = []
  while (records.length < REQUESTS) records.push(...(await completions(sys, s)))
  t.deepEqual(cookiesOf(records), [0, 1, 2, 3, 4])
  t.true(records.every(({ status }) => status === 0))
  for (const [index, plaintext] of plaintexts.entries())
    t.is(await digest(sys, buffer, index * 4096, 4096), sha256(plaintext))
})
