/** How the end of a request is told: by poll(), and if it failed by SO_ERROR. */

import { test } from '@kseries/kselftest-ts'
import { allocate, digest } from '../../securekey/selftests/buffers.ts'
import { fault, timeLimit, turn } from '../../securekey/selftests/faults.ts'
import { random, zeroes } from '../../securekey/selftests/reference.ts'
import { untilAsleepIn } from '../../securekey/selftests/threads.ts'
import { control, decrypt, generateKey, keyManager, operation, outcome, ready, request } from './securekey.ts'
import {
  __kernel_sock_timeval,
  ALG_GENERATE_KEY,
  EIO,
  ENODEV,
  ETIMEDOUT,
  F_SETFL,
  MSG_DONTWAIT,
  MSG_MORE,
  O_NONBLOCK,
  POLLERR,
  POLLIN,
  POLLOUT,
  SO_ERROR,
  SO_SNDTIMEO_NEW,
  SOL_SOCKET,
} from './uapi.gen.ts'

const ANY = POLLIN | POLLOUT | POLLERR
const iv = random(16)
const ciphertext = random(64)

test('poll() of a fresh socket: POLLOUT alone', async t => {
  const { sys } = t.context
  const { op } = await ready(sys)
  t.is(await sys.poll(op, ANY, 0), POLLOUT)
})

test('poll() in flight: nothing; at the end: POLLIN and POLLOUT', async t => {
  const { sys } = t.context
  const { op, buffer } = await ready(sys)

  await using _ = await fault(sys, 'hang', 1)
  await sys.sendmsg(op, { data: ciphertext, control: request(iv, { fd: buffer, len: 64 }) })
  t.is(await sys.poll(op, ANY, 0), 0)
  await turn(sys, 'hang', 0)
  t.is(await sys.poll(op, ANY, 5000), POLLIN | POLLOUT)
  t.is(await sys.poll(op, ANY, 0), POLLIN | POLLOUT, 'and so it stays')
})

test('poll() while a message is collected: POLLOUT alone', async t => {
  const { sys } = t.context
  const { op, buffer } = await ready(sys)

  t.is(await decrypt(sys, op, iv, ciphertext, { fd: buffer, len: 64 }), 0)
  await sys.sendmsg(op, { data: ciphertext, control: request(iv, { fd: buffer, len: 4096 }), flags: MSG_MORE })
  t.is(await sys.poll(op, ANY, 0), POLLOUT)
})

test('a request that fails: POLLIN and POLLERR, the error once by SO_ERROR, no plaintext', async t => {
  const { sys } = t.context
  const { op, buffer } = await ready(sys)

  await using _ = await fault(sys, 'fail', EIO)
  await sys.sendmsg(op, { data: ciphertext, control: request(iv, { fd: buffer, len: 64 }) })
  t.is(await sys.poll(op, POLLIN | POLLERR, 5000), POLLIN | POLLERR)
  t.is(await sys.getsockoptInt(op, SOL_SOCKET, SO_ERROR), EIO)
  t.is(await sys.getsockoptInt(op, SOL_SOCKET, SO_ERROR), 0)
  t.is(await sys.poll(op, ANY, 0), POLLOUT, 'POLLIN without POLLERR would mean that it succeeded')
  t.is(await digest(sys, buffer, 0, 4096), zeroes(4096))
})

test('an error that nobody fetched: the next sendmsg() gives it, once', async t => {
  const { sys } = t.context
  const { op, buffer } = await ready(sys)
  const message = { data: ciphertext, control: request(iv, { fd: buffer, len: 64 }) }

  {
    await using _ = await fault(sys, 'fail', EIO)
    await sys.sendmsg(op, message)
    await sys.poll(op, POLLERR, 5000)
  }
  await t.throwsAsync(sys.sendmsg(op, message), { code: 'EIO' })
  t.is(await sys.sendmsg(op, message), 64)
  t.is(await outcome(sys, op), 0)
})

test('a provider that hangs: ETIMEDOUT', async t => {
  const { sys } = t.context
  await using faults = new AsyncDisposableStack()
  faults.use(await timeLimit(sys, 1000))
  faults.use(await fault(sys, 'hang', 1))

  const { op, buffer } = await ready(sys)
  t.is(await decrypt(sys, op, iv, ciphertext, { fd: buffer, len: 64 }), ETIMEDOUT)
  t.is(await digest(sys, buffer, 0, 4096), zeroes(4096))

  await turn(sys, 'hang', 0)
  t.is(await decrypt(sys, op, iv, ciphertext, { fd: buffer, len: 64 }), 0, 'the next request on the same socket works')
})

test('a provider that goes away: ENODEV, in flight and ever after', async t => {
  const { sys } = t.context
  const blob = await generateKey(sys)
  const op = await operation(sys, 'cbc(aes)', blob)
  const manager = await keyManager(sys)
  const message = { data: ciphertext, control: request(iv, { fd: await allocate(sys, 4096), len: 64 }) }

  {
    await using faults = new AsyncDisposableStack()
    faults.use(await fault(sys, 'hang', 1))
    await sys.sendmsg(op, message)
    faults.use(await fault(sys, 'present', 0))

    t.is(await outcome(sys, op), ENODEV)
    await t.throwsAsync(sys.sendmsg(op, message), { code: 'ENODEV' })
    await t.throwsAsync(sys.sendmsg(manager, { control: [control(ALG_GENERATE_KEY)] }), { code: 'ENODEV' })
    await t.throwsAsync(keyManager(sys), { code: 'ENOENT' })
    await t.throwsAsync(operation(sys, 'cbc(aes)', blob), { code: 'ENODEV' }, 'the blob is not damaged')
  }

  await t.throwsAsync(sys.sendmsg(op, message), { code: 'ENODEV' }, 'sockets from before do not come back to life')
  await t.notThrowsAsync(operation(sys, 'cbc(aes)', blob), 'but the blob is as good as before')
  const fresh = await ready(sys)
  t.is(await decrypt(sys, fresh.op, iv, ciphertext, { fd: fresh.buffer, len: 64 }), 0)
})

test('a message while a request is in flight waits for it', async t => {
  const { sys } = t.context
  const { op, buffer } = await ready(sys)
  const message = { data: ciphertext, control: request(iv, { fd: buffer, len: 64 }) }

  await using waiter = await sys.thread()
  const tid = await waiter.gettid()

  await using _ = await fault(sys, 'hang', 1)
  await sys.sendmsg(op, message)
  const second = waiter.sendmsg(op, message)
  await untilAsleepIn(sys, tid, 'sendmsg')
  await turn(sys, 'hang', 0)
  t.is(await second, 64)
  t.is(await outcome(sys, op), 0)
})

test('MSG_DONTWAIT while a request is in flight: EAGAIN', async t => {
  const { sys } = t.context
  const { op, buffer } = await ready(sys)
  const message = { data: ciphertext, control: request(iv, { fd: buffer, len: 64 }) }

  await using _ = await fault(sys, 'hang', 1)
  await sys.sendmsg(op, message)
  await t.throwsAsync(sys.sendmsg(op, { ...message, flags: MSG_DONTWAIT }), { code: 'EAGAIN' })
})

test('O_NONBLOCK while a request is in flight: EAGAIN', async t => {
  const { sys } = t.context
  const { op, buffer } = await ready(sys)
  const message = { data: ciphertext, control: request(iv, { fd: buffer, len: 64 }) }

  await using _ = await fault(sys, 'hang', 1)
  await sys.sendmsg(op, message)
  await sys.fcntl(op, F_SETFL, O_NONBLOCK)
  await t.throwsAsync(sys.sendmsg(op, message), { code: 'EAGAIN' })
})

test('a signal ends the wait for a request in flight: EINTR', async t => {
  const { sys } = t.context
  const { op, buffer } = await ready(sys)
  const message = { data: ciphertext, control: request(iv, { fd: buffer, len: 64 }) }
  await using waiter = await sys.thread()
  const tid = await waiter.gettid()

  await using _ = await fault(sys, 'hang', 1)
  await sys.sendmsg(op, message)
  const waiting = t.throwsAsync(waiter.sendmsg(op, message), { code: 'EINTR' })
  await untilAsleepIn(sys, tid, 'sendmsg')
  await waiter.cancel()
  await waiting
})

test('SO_SNDTIMEO limits the wait for a request in flight: EAGAIN', async t => {
  const { sys } = t.context
  const { op, buffer } = await ready(sys)
  const message = { data: ciphertext, control: request(iv, { fd: buffer, len: 64 }) }
  await sys.setsockopt(op, SOL_SOCKET, SO_SNDTIMEO_NEW, __kernel_sock_timeval.encode({ tv_sec: 0n, tv_usec: 10_000n }))

  await using _ = await fault(sys, 'hang', 1)
  await sys.sendmsg(op, message)
  await t.throwsAsync(sys.sendmsg(op, message), { code: 'EAGAIN' })
})
