/** The provider's queue is as long as it is for all users together: 64 for "soft". */

import { type Sys, test } from '@kseries/kselftest-ts'
import { allocate } from '../../securekey/selftests/buffers.ts'
import { fault, turn } from '../../securekey/selftests/faults.ts'
import { random } from '../../securekey/selftests/reference.ts'
import { untilAsleepIn } from '../../securekey/selftests/threads.ts'
import { cipherSocket, decrypt, generateKey, outcome, ready, request } from './securekey.ts'
import {
  __kernel_sock_timeval,
  MSG_DONTWAIT,
  POLLERR,
  POLLIN,
  POLLOUT,
  SO_SNDTIMEO_NEW,
  SOL_SOCKET,
} from './uapi.gen.ts'

const DEPTH = 64

/** As many requests in flight as there is room for, none of which ends, and one more operation socket. */
const fill = async (sys: Sys) => {
  const socket = await cipherSocket(sys, 'cbc(aes)', await generateKey(sys))
  const message = { data: random(64), control: request(random(16), { fd: await allocate(sys, 4096), len: 64 }) }
  const running = await sys.program(p =>
    Array.from({ length: DEPTH }, () => {
      const op = p.accept(socket)
      p.sendmsg(op, message)
      return op
    }),
  )
  return { running, message, op: await sys.accept(socket) }
}

test('a full queue: no POLLOUT, and with MSG_DONTWAIT EAGAIN; with room both are gone', async t => {
  const { sys } = t.context
  await using _ = await fault(sys, 'hang', 1)
  const { running, message, op } = await fill(sys)

  t.is(await sys.poll(op, POLLIN | POLLOUT | POLLERR, 0), 0)
  await t.throwsAsync(sys.sendmsg(op, { ...message, flags: MSG_DONTWAIT }), { code: 'EAGAIN' })
  t.is(await sys.poll(op, POLLIN | POLLOUT | POLLERR, 0), 0)

  await sys.close(running[0] ?? -1)
  t.is(await sys.poll(op, POLLIN | POLLOUT | POLLERR, 0), POLLOUT)
  t.is(await sys.sendmsg(op, { ...message, flags: MSG_DONTWAIT }), 64)
})

test('a full queue: poll() for POLLOUT waits until there is room', async t => {
  const { sys } = t.context
  await using waiter = await sys.thread()
  const tid = await waiter.gettid()
  await using _ = await fault(sys, 'hang', 1)
  const { running, op } = await fill(sys)

  const waiting = waiter.poll(op, POLLOUT, 10_000)
  await untilAsleepIn(sys, tid, 'ppoll')
  await sys.close(running[DEPTH - 1] ?? -1)
  t.is(await waiting, POLLOUT)
})

test('a full queue: a request that has ended is told of all the same', async t => {
  const { sys } = t.context
  const { op: done, buffer } = await ready(sys)
  t.is(await decrypt(sys, done, random(16), random(64), { fd: buffer, len: 64 }), 0)
  await using _ = await fault(sys, 'hang', 1)
  await fill(sys)
  t.is(await sys.poll(done, POLLIN | POLLOUT | POLLERR, 0), POLLIN)
})

test('SO_SNDTIMEO limits the wait for room: EAGAIN, and the request is as good as never made', async t => {
  const { sys } = t.context
  await using waiter = await sys.thread()
  const tid = await waiter.gettid()
  await using _ = await fault(sys, 'hang', 1)
  const { running, message, op } = await fill(sys)
  await sys.setsockopt(op, SOL_SOCKET, SO_SNDTIMEO_NEW, __kernel_sock_timeval.encode({ tv_sec: 1n, tv_usec: 0n }))

  const sending = waiter.sendmsg(op, message)
  sending.catch(() => {})
  await untilAsleepIn(sys, tid, 'sendmsg')
  await t.throwsAsync(sending, { code: 'EAGAIN' })
  await sys.close(running[0] ?? -1)
  t.is(await sys.sendmsg(op, message), 64)
})

test('a full queue makes sendmsg() wait until there is room', async t => {
  const { sys } = t.context
  await using waiter = await sys.thread()
  const tid = await waiter.gettid()
  await using _ = await fault(sys, 'hang', 1)
  const { running, message, op } = await fill(sys)

  const sending = waiter.sendmsg(op, message)
  await untilAsleepIn(sys, tid, 'sendmsg')
  await sys.close(running[DEPTH / 2] ?? -1)
  t.is(await sending, 64)
  await turn(sys, 'hang', 0)
  t.is(await outcome(sys, op), 0)
})

test('a signal ends the wait for room: EINTR, and the request is as good as never made', async t => {
  const { sys } = t.context
  await using waiter = await sys.thread()
  const tid = await waiter.gettid()
  await using _ = await fault(sys, 'hang', 1)
  const { message, op } = await fill(sys)

  const sending = t.throwsAsync(waiter.sendmsg(op, message), { code: 'EINTR' })
  await untilAsleepIn(sys, tid, 'sendmsg')
  await waiter.cancel()
  await sending
  t.is(await sys.poll(op, POLLIN | POLLOUT | POLLERR, 0), 0)
})
