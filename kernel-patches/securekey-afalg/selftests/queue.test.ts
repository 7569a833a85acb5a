/** The provider's queue is as long as it is for all users together: 64 for "soft". */

import { type Sys, test } from '@kseries/kselftest-ts'
import { fault, turn } from './faults.ts'
import { allocate } from './heap.ts'
import { random } from './reference.ts'
import { cipherSocket, generateKey, outcome, request } from './securekey.ts'
import { untilAsleepIn } from './threads.ts'
import { MSG_DONTWAIT, POLLERR, POLLIN, POLLOUT } from './uapi.gen.ts'

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

test('a full queue with MSG_DONTWAIT: EAGAIN, though POLLOUT is set', async t => {
  const { sys } = t.context
  await using _ = await fault(sys, 'hang', 1)
  const { message, op } = await fill(sys)

  t.is(await sys.poll(op, POLLIN | POLLOUT | POLLERR, 0), POLLOUT)
  await t.throwsAsync(sys.sendmsg(op, { ...message, flags: MSG_DONTWAIT }), { code: 'EAGAIN' })
  t.is(await sys.poll(op, POLLIN | POLLOUT | POLLERR, 0), POLLOUT)
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
  t.is(await sys.poll(op, POLLIN | POLLOUT | POLLERR, 0), POLLOUT)
})
