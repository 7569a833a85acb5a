/** What is bounded: requests in flight, by the provider and over all of its users; and those of a session that were not read yet. */

import { type Sys, test } from '@kseries/kselftest-ts'
import { fault, inUse, turn } from '../../securekey/selftests/faults.ts'
import { random } from '../../securekey/selftests/reference.ts'
import { untilAsleepIn } from '../../securekey/selftests/threads.ts'
import { ready } from './ready.ts'
import { type Completion, completions, session, submit, submitIn } from './session-commands.ts'
import { F_SETFL, O_NONBLOCK, POLLERR, POLLIN, POLLOUT } from './uapi.gen.ts'

const DEPTH = 64
const PENDING = 256
const ANY = POLLIN | POLLOUT | POLLERR

/** As many requests in flight as there is room for, on a session; they must be made to hang before. */
const fill = async (sys: Sys) => {
  const { device, key, s, dst } = await ready(sys)
  const request = { data: random(64), iv: random(16), dst }
  const batch = Array.from({ length: DEPTH }, (_, cookie) => ({ ...request, cookie }))
  await submit(sys, s, ...batch)
  return { device, key, s, request, batch }
}

test('a full queue: no POLLOUT, and with O_NONBLOCK EAGAIN; with room both are gone', async t => {
  const { sys } = t.context
  await using _ = await fault(sys, 'hang', 1)
  const { device, key, s, request } = await fill(sys)
  t.is(await sys.poll(s, ANY, 0), 0)
  await sys.fcntl(s, F_SETFL, O_NONBLOCK)
  await t.throwsAsync(submit(sys, s, request), { code: 'EAGAIN' })

  const other = await session(sys, device, key)
  t.is(await sys.poll(other, ANY, 0), 0, 'the queue is that of all users')

  await turn(sys, 'hang', 0)
  t.is(await sys.poll(other, POLLOUT, 5000), POLLOUT)
  const records: Completion[] = []
  while (records.length < DEPTH) {
    await sys.poll(s, POLLIN, 5000)
    records.push(...(await completions(sys, s)))
  }
  t.is(new Set(records.map(({ cookie }) => cookie)).size, DEPTH)
  t.is(await submit(sys, s, request), 1)
})

test('O_NONBLOCK, more than there is room for: as many as there is are started', async t => {
  const { sys } = t.context
  const { s, dst } = await ready(sys)
  await sys.fcntl(s, F_SETFL, O_NONBLOCK)
  await using _ = await fault(sys, 'hang', 1)
  const batch = Array.from({ length: DEPTH + 10 }, () => ({ data: random(16), iv: random(16), dst }))
  t.is(await submit(sys, s, ...batch), DEPTH)
  t.is(await inUse(sys), `keys 1\nbuffers 1\nrequests ${DEPTH}\n`)
})

test('a full queue makes SUBMIT wait until there is room', async t => {
  const { sys } = t.context
  await using waiter = await sys.thread()
  const tid = await waiter.gettid()
  await using _ = await fault(sys, 'hang', 1)
  const { s, request } = await fill(sys)
  const waiting = submit(waiter, s, { ...request, cookie: 1000 }, { ...request, cookie: 1001 })
  await untilAsleepIn(sys, tid, 'ioctl')
  await turn(sys, 'hang', 0)
  t.is(await waiting, 2)
})

test('O_NONBLOCK while another thread waits to submit: EAGAIN', async t => {
  const { sys } = t.context
  await using waiter = await sys.thread()
  const tid = await waiter.gettid()
  await using _ = await fault(sys, 'hang', 1)
  const { s, request } = await fill(sys)
  const waiting = submit(waiter, s, request)
  await untilAsleepIn(sys, tid, 'ioctl')
  await sys.fcntl(s, F_SETFL, O_NONBLOCK)
  await t.throwsAsync(submit(sys, s, request), { code: 'EAGAIN' })
  await turn(sys, 'hang', 0)
  t.is(await waiting, 1)
})

test('a signal ends the wait for room: EINTR, and the request was never made', async t => {
  const { sys } = t.context
  await using waiter = await sys.thread()
  const tid = await waiter.gettid()
  await using _ = await fault(sys, 'hang', 1)
  const { s, request } = await fill(sys)
  const waiting = t.throwsAsync(submit(waiter, s, request), { code: 'EINTR' })
  await untilAsleepIn(sys, tid, 'ioctl')
  await waiter.cancel()
  await waiting
  t.regex(await sys.readText(`/proc/self/fdinfo/${s}`), new RegExp(`^securekey-pending:\\s*${DEPTH}$`, 'm'))
})

test('the provider leaves while SUBMIT waits for room: ENODEV', async t => {
  const { sys } = t.context
  await using waiter = await sys.thread()
  const tid = await waiter.gettid()
  await using faults = new AsyncDisposableStack()
  faults.use(await fault(sys, 'hang', 1))
  const { s, request } = await fill(sys)
  const waiting = t.throwsAsync(submit(waiter, s, request), { code: 'ENODEV' })
  await untilAsleepIn(sys, tid, 'ioctl')
  faults.use(await fault(sys, 'present', 0))
  await waiting
})

test('as many records as a session keeps: no POLLOUT, EBUSY until some were read, and none is lost', async t => {
  const { sys } = t.context
  const { s, dst } = await ready(sys)
  const batch = Array.from({ length: PENDING / 4 }, () => ({ data: random(16), iv: random(16), dst }))
  for (let round = 0; round < 4; round++) {
    const cookies = batch.map((request, index) => ({ ...request, cookie: round * batch.length + index }))
    t.is(await submit(sys, s, ...cookies), batch.length)
  }
  while ((await inUse(sys)) !== 'keys 1\nbuffers 1\nrequests 0\n') await sys.nanosleep(2)

  const one = { data: random(16), iv: random(16), dst, cookie: 9999 }
  t.is(await sys.poll(s, ANY, 0), POLLIN)
  await t.throwsAsync(submit(sys, s, one), { code: 'EBUSY' })
  const first = await completions(sys, s, 1)
  t.is(await sys.poll(s, ANY, 0), POLLIN | POLLOUT)
  t.is(await submit(sys, s, one, one), 1, 'there is room for one')

  const records = [...first]
  while (records.length <= PENDING) records.push(...(await completions(sys, s, PENDING)))
  const cookies = records.map(({ cookie }) => Number(cookie)).toSorted((a, b) => a - b)
  t.deepEqual(cookies, [...Array.from({ length: PENDING }, (_, index) => index), 9999])
})

test('a count beyond all bounds starts no more than a session takes', async t => {
  const { sys } = t.context
  const { s, dst } = await ready(sys)
  const request = { data: random(16), iv: random(16), dst }
  const batch = Array.from({ length: 8 }, () => request)
  // Behind the eight is whatever the program has there, which names no destination.
  const started = await sys.program(p => submitIn(p, s, batch, { given: { count: 0xffff_ffff } }))
  t.true(started >= 8 && started <= PENDING, `${started}`)
})
