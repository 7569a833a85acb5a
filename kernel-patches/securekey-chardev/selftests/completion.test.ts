/** How the end of requests is told: by read(), and that there is something to read by poll(). */

import { test } from '@kseries/kselftest-ts'
import { allocate, digest } from '../../securekey/selftests/buffers.ts'
import { fault, inUse, timeLimit, turn } from '../../securekey/selftests/faults.ts'
import { random, zeroes } from '../../securekey/selftests/reference.ts'
import { untilAsleepIn } from '../../securekey/selftests/threads.ts'
import { openDevice, query } from './commands.ts'
import { generate, load } from './key-commands.ts'
import { decrypt, ready } from './ready.ts'
import { attach, completions, cookiesOf, detach, session, submit } from './session-commands.ts'
import {
  EIO,
  ENODEV,
  ETIMEDOUT,
  F_SETFL,
  O_NONBLOCK,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  securekey_dev_completion,
} from './uapi.gen.ts'

const ANY = POLLIN | POLLOUT | POLLERR
const request = { data: random(64), iv: random(16) }

test('poll(): POLLOUT; nothing more in flight; POLLIN at the end, until it was read', async t => {
  const { sys } = t.context
  const { s, dst } = await ready(sys)
  t.is(await sys.poll(s, ANY, 0), POLLOUT)

  await using _ = await fault(sys, 'hang', 1)
  await submit(sys, s, { ...request, dst, cookie: 1 })
  t.is(await sys.poll(s, ANY, 0), POLLOUT)
  await turn(sys, 'hang', 0)
  t.is(await sys.poll(s, POLLIN, 5000), POLLIN)
  t.is(await sys.poll(s, ANY, 0), POLLIN | POLLOUT, 'and so it stays')
  t.deepEqual(await completions(sys, s), [{ cookie: 1n, status: 0 }])
  t.is(await sys.poll(s, ANY, 0), POLLOUT)
})

test('a request that fails: POLLERR until its record was read, which has the error; no plaintext', async t => {
  const { sys } = t.context
  const { s, dst, buffer } = await ready(sys)
  {
    await using _ = await fault(sys, 'fail', EIO)
    await submit(sys, s, { ...request, dst, cookie: 1 })
    t.is(await sys.poll(s, POLLIN, 5000), POLLIN | POLLERR)
  }
  await submit(sys, s, { ...request, dst, cookie: 2, offset: 64 })
  while ((await inUse(sys)).includes('requests 1')) await sys.nanosleep(1)
  t.is(await sys.poll(s, ANY, 0), POLLIN | POLLOUT | POLLERR)
  t.deepEqual(await completions(sys, s, 1), [{ cookie: 1n, status: -EIO }])
  t.is(await sys.poll(s, POLLIN, 5000), POLLIN, 'the one that is left has succeeded')
  t.deepEqual(await completions(sys, s), [{ cookie: 2n, status: 0 }])
  t.is(await digest(sys, buffer, 0, 64), zeroes(64))
})

test('each request of a batch has an error of its own', async t => {
  const { sys } = t.context
  const { s, dst } = await ready(sys, { length: 65_536 })
  await using _ = await fault(sys, 'hang', 1)
  await submit(sys, s, { ...request, dst, cookie: 1 }, { ...request, dst, cookie: 2 })
  {
    await using __ = await fault(sys, 'fail', EIO)
    await turn(sys, 'hang', 0)
    const bad = [...(await completions(sys, s, 1)), ...(await completions(sys, s, 1))]
    t.deepEqual(cookiesOf(bad), [1, 2])
    t.true(bad.every(({ status }) => status === -EIO))
  }
  t.is(await decrypt(sys, s, { ...request, dst }), 0)
})

test('read() with room for less than a record: EINVAL, and nothing is lost', async t => {
  const { sys } = t.context
  const { s, dst } = await ready(sys)
  await submit(sys, s, { ...request, dst, cookie: 1 })
  await sys.poll(s, POLLIN, 5000)
  for (const room of [0, 1, securekey_dev_completion.size - 1])
    await t.throwsAsync(sys.read(s, room), { code: 'EINVAL' }, `${room}`)
  t.is((await sys.read(s, securekey_dev_completion.size + 1)).length, securekey_dev_completion.size)
})

test('read() to memory that is not there: EFAULT, and nothing is lost', async t => {
  const { sys } = t.context
  const { s, dst } = await ready(sys)
  await submit(sys, s, { ...request, dst, cookie: 1 })
  await sys.poll(s, POLLIN, 5000)
  await t.throwsAsync(sys.syscall('read', s, 0, 64), { code: 'EFAULT' })
  t.deepEqual(await completions(sys, s), [{ cookie: 1n, status: 0 }])
})

test('read() waits for the end of a request', async t => {
  const { sys } = t.context
  const { s, dst } = await ready(sys)
  await using waiter = await sys.thread()
  const tid = await waiter.gettid()
  const reading = completions(waiter, s)
  await untilAsleepIn(sys, tid, 'read')
  await submit(sys, s, { ...request, dst, cookie: 9 })
  t.deepEqual(await reading, [{ cookie: 9n, status: 0 }])
})

test('a signal ends the wait of read(): EINTR', async t => {
  const { sys } = t.context
  const { s } = await ready(sys)
  await using waiter = await sys.thread()
  const tid = await waiter.gettid()
  const reading = t.throwsAsync(completions(waiter, s), { code: 'EINTR' })
  await untilAsleepIn(sys, tid, 'read')
  await waiter.cancel()
  await reading
})

test('O_NONBLOCK, nothing to read: EAGAIN', async t => {
  const { sys } = t.context
  const { s, dst } = await ready(sys)
  await sys.fcntl(s, F_SETFL, O_NONBLOCK)
  await t.throwsAsync(completions(sys, s), { code: 'EAGAIN' })
  await using _ = await fault(sys, 'hang', 1)
  await submit(sys, s, { ...request, dst })
  await t.throwsAsync(completions(sys, s), { code: 'EAGAIN' })
})

test('poll() that blocks in one thread returns when a request of another has ended', async t => {
  const { sys } = t.context
  const { s, dst } = await ready(sys)
  await using waiter = await sys.thread()
  const tid = await waiter.gettid()
  const waiting = waiter.poll(s, POLLIN, 5000)
  await untilAsleepIn(sys, tid, 'ppoll')
  await submit(sys, s, { ...request, dst })
  t.is(await waiting, POLLIN)
})

test('a buffer that was detached in flight is written to all the same, and let go of then', async t => {
  const { sys } = t.context
  const { s, dst, buffer } = await ready(sys)
  await using _ = await fault(sys, 'hang', 1)
  await submit(sys, s, { ...request, dst, cookie: 1 })
  await detach(sys, s, dst)
  t.regex(await inUse(sys), /buffers 1/)
  await turn(sys, 'hang', 0)
  t.deepEqual(await completions(sys, s), [{ cookie: 1n, status: 0 }])
  t.not(await digest(sys, buffer, 0, 64), zeroes(64))
  t.regex(await inUse(sys), /buffers 0/)
})

test('a provider that hangs: ETIMEDOUT', async t => {
  const { sys } = t.context
  await using faults = new AsyncDisposableStack()
  faults.use(await timeLimit(sys, 500))
  faults.use(await fault(sys, 'hang', 1))
  const { device, s, dst, buffer } = await ready(sys)
  t.is((await query(sys, device)).timeout_ms, 500)
  t.is(await decrypt(sys, s, { ...request, dst }), -ETIMEDOUT)
  t.is(await digest(sys, buffer, 0, 4096), zeroes(4096))
  await turn(sys, 'hang', 0)
  t.is(await decrypt(sys, s, { ...request, dst }), 0, 'the next one works')
})

test('a provider that goes away: ENODEV of what is in flight, and of all that is asked then', async t => {
  const { sys } = t.context
  const { device, key, s, dst, buffer } = await ready(sys)
  const blob = await generate(sys, device)
  {
    await using faults = new AsyncDisposableStack()
    faults.use(await fault(sys, 'hang', 1))
    await submit(sys, s, { ...request, dst, cookie: 1 }, { ...request, dst, cookie: 2 })
    faults.use(await fault(sys, 'present', 0))

    t.is(await sys.poll(s, POLLIN, 0), POLLIN | POLLERR | POLLHUP)
    const records = await completions(sys, s)
    t.deepEqual(cookiesOf(records), [1, 2])
    t.true(records.every(({ status }) => status === -ENODEV))
    t.is(await sys.poll(s, POLLIN, 0), POLLERR | POLLHUP)
    await t.throwsAsync(completions(sys, s), { code: 'ENODEV' }, 'read() does not wait for what never comes')
  }
  await t.throwsAsync(submit(sys, s, { ...request, dst }), { code: 'ENODEV' })
  await t.throwsAsync(attach(sys, s, buffer), { code: 'ENODEV' })
  await t.throwsAsync(session(sys, device, key), { code: 'ENODEV' })
  await t.throwsAsync(load(sys, device, blob), { code: 'ENODEV' })
  await t.throwsAsync(completions(sys, s), { code: 'ENODEV' })
  await t.notThrowsAsync(detach(sys, s, dst))

  const again = await openDevice(sys)
  const fresh = await session(sys, again, await load(sys, again, blob))
  t.is(await decrypt(sys, fresh, { ...request, dst: await attach(sys, fresh, await allocate(sys, 4096)) }), 0)
})

test('read() and poll() that wait when the provider leaves do not wait any more', async t => {
  const { sys } = t.context
  const { s } = await ready(sys)
  await using reader = await sys.thread()
  await using poller = await sys.thread()
  const tids = [await reader.gettid(), await poller.gettid()] as const
  const reading = t.throwsAsync(completions(reader, s), { code: 'ENODEV' })
  const polling = poller.poll(s, POLLIN, 20_000)
  await untilAsleepIn(sys, tids[0], 'read')
  await untilAsleepIn(sys, tids[1], 'ppoll')
  await using _ = await fault(sys, 'present', 0)
  await reading
  t.is(await polling, POLLERR | POLLHUP)
})
