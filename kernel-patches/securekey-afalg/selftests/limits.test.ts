/** What a provider has little of: slots for keys, and room for requests of one key. And how one that refuses or fails is told. */

import { type Sys, test } from '@kseries/kselftest-ts'
import { allocate, digest } from '../../securekey/selftests/buffers.ts'
import { fault, inUse, keyLimit, NOTHING_IN_USE, turn } from '../../securekey/selftests/faults.ts'
import { random, zeroes } from '../../securekey/selftests/reference.ts'
import { bound, cipherSocket, decrypt, generateKey, operation, outcome, ready, request } from './securekey.ts'
import {
  ALG_SET_KEY,
  ALG_SET_SECURE_KEY,
  EBADMSG,
  EIO,
  MSG_DONTWAIT,
  POLLERR,
  POLLIN,
  POLLOUT,
  SOL_ALG,
} from './uapi.gen.ts'

const iv = random(16)
const data = random(64)

const message = (buffer: number) => ({ data, control: request(iv, { fd: buffer, len: 64 }) })

test('no slot for one more key: EAGAIN, and there is room when one has gone', async t => {
  const { sys } = t.context
  const blob = await generateKey(sys)
  await using _ = await fault(sys, 'key_slots', 2)
  const [first] = [await cipherSocket(sys, 'cbc(aes)', blob), await cipherSocket(sys, 'ctr(aes)', blob)]

  const third = await bound(sys, 'skcipher', 'cbc(aes)')
  for (let tries = 0; tries < 3; tries++)
    await t.throwsAsync(sys.setsockopt(third, SOL_ALG, ALG_SET_SECURE_KEY, blob), { code: 'EAGAIN' })
  t.is(await inUse(sys), 'keys 2\nbuffers 0\nrequests 0\n')

  await sys.close(first)
  await sys.setsockopt(third, SOL_ALG, ALG_SET_SECURE_KEY, blob)
  t.is(await inUse(sys), 'keys 2\nbuffers 0\nrequests 0\n')
})

test('a socket that got no key can have a raw one', async t => {
  const { sys } = t.context
  const blob = await generateKey(sys)
  await using _ = await fault(sys, 'key_slots', 1)
  await cipherSocket(sys, 'cbc(aes)', blob)

  const socket = await bound(sys, 'skcipher', 'cbc(aes)')
  await t.throwsAsync(sys.setsockopt(socket, SOL_ALG, ALG_SET_SECURE_KEY, blob), { code: 'EAGAIN' })
  await t.notThrowsAsync(sys.setsockopt(socket, SOL_ALG, ALG_SET_KEY, random(16)))
})

/** Sockets of one key as long as `sockets` says, each with a request in flight, and one more. */
const fill = async (sys: Sys, sockets: number, buffer: number) => {
  const socket = await cipherSocket(sys, 'cbc(aes)', await generateKey(sys))
  const running: number[] = []
  for (let at = 0; at < sockets; at++) {
    const op = await sys.accept(socket)
    await sys.sendmsg(op, message(buffer))
    running.push(op)
  }
  return { running, op: await sys.accept(socket) }
}

test('as many requests as one key may have: EAGAIN and no POLLOUT for it, room for another key', async t => {
  const { sys } = t.context
  await using faults = new AsyncDisposableStack()
  faults.use(await keyLimit(sys, 2))
  faults.use(await fault(sys, 'hang', 1))
  const buffer = await allocate(sys, 4096)
  const { running, op } = await fill(sys, 2, buffer)

  await t.throwsAsync(sys.sendmsg(op, { ...message(buffer), flags: MSG_DONTWAIT }), { code: 'EAGAIN' })
  t.is(await sys.poll(op, POLLIN | POLLOUT | POLLERR, 0), 0)
  const other = await operation(sys, 'cbc(aes)', await generateKey(sys))
  t.is(await sys.poll(other, POLLIN | POLLOUT | POLLERR, 0), POLLOUT)
  t.is(await sys.sendmsg(other, { ...message(buffer), flags: MSG_DONTWAIT }), 64)

  await sys.close(running[0] ?? -1)
  t.is(await sys.poll(op, POLLIN | POLLOUT | POLLERR, 0), POLLOUT)
  t.is(await sys.sendmsg(op, { ...message(buffer), flags: MSG_DONTWAIT }), 64)
  await turn(sys, 'hang', 0)
  t.is(await outcome(sys, op), 0)
})

for (const [code, number] of [
  ['ENOSPC', 28],
  ['EBUSY', 16],
] as const) {
  test(`a provider that takes no request: ${code} by sendmsg(), nothing is left of it`, async t => {
    const { sys } = t.context
    const { op, buffer } = await ready(sys)
    {
      await using _ = await fault(sys, 'refuse', number)
      for (let tries = 0; tries < 100; tries++) await t.throwsAsync(sys.sendmsg(op, message(buffer)), { code })
      t.is(await inUse(sys), 'keys 1\nbuffers 0\nrequests 0\n')
      t.is(await sys.poll(op, POLLIN | POLLOUT | POLLERR, 0), POLLOUT)
    }
    t.is(await decrypt(sys, op, iv, data, { fd: buffer, len: 64 }), 0)
    await sys.close(op)
    t.is(await inUse(sys), NOTHING_IN_USE)
  })
}

test('a provider that fails twice: those two are told of it, and leave nothing', async t => {
  const { sys } = t.context
  const { op, buffer } = await ready(sys)
  await using faults = new AsyncDisposableStack()
  faults.use(await fault(sys, 'fail_times', 2))
  faults.use(await fault(sys, 'fail', EBADMSG))

  const destination = { fd: buffer, len: 64 }
  t.is(await decrypt(sys, op, iv, data, destination), EBADMSG)
  t.is(await decrypt(sys, op, iv, data, destination), EBADMSG)
  t.is(await digest(sys, buffer, 0, 4096), zeroes(4096))
  t.is(await decrypt(sys, op, iv, data, destination), 0)
  await turn(sys, 'fail', EIO)
  t.is(await decrypt(sys, op, iv, data, destination), EIO, 'with 0 left it is for all again')
})
