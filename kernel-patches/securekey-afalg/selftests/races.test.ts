/**
 * Descriptors that are closed while a request is in flight. The provider is told to hold it back, so that "in flight" is
 * certain; where two things have to meet they are tried many times.
 */

import { test } from '@kseries/kselftest-ts'
import { allocate, allocateIn, digest } from '../../securekey/selftests/buffers.ts'
import { fault, inUse, NOTHING_IN_USE, turn, untilInUse } from '../../securekey/selftests/faults.ts'
import { encrypt, random, sha256, zeroes } from '../../securekey/selftests/reference.ts'
import { untilAsleepIn } from '../../securekey/selftests/threads.ts'
import {
  address,
  bound,
  cipherSocket,
  generateKey,
  importKey,
  operation,
  outcome,
  ready,
  request,
} from './securekey.ts'
import { AF_ALG, ALG_SET_SECURE_KEY, POLLERR, POLLIN, POLLNVAL, SOCK_SEQPACKET, SOL_ALG } from './uapi.gen.ts'

const ONE_KEY_IN_USE = 'keys 1\nbuffers 0\nrequests 0\n'

const iv = random(16)
const plaintext = random(4096)
const key = random(16)
const ciphertext = encrypt('cbc(aes)', key, iv, plaintext)

test('close of the operation socket in flight cancels the request and lets everything go', async t => {
  const { sys } = t.context
  const { op, buffer } = await ready(sys, { key })

  await using _ = await fault(sys, 'hang', 1)
  await sys.sendmsg(op, { data: ciphertext, control: request(iv, { fd: buffer, len: 4096 }) })
  t.is(await inUse(sys), 'keys 1\nbuffers 1\nrequests 1\n')

  await sys.close(op)
  t.is(await inUse(sys), NOTHING_IN_USE)
  t.is(await digest(sys, buffer, 0, 4096), zeroes(4096), 'nothing was written')
})

test('close of the dma-buf in flight does not stop the request, which holds the buffer', async t => {
  const { sys } = t.context
  const { op, buffer } = await ready(sys, { key })

  await using _ = await fault(sys, 'hang', 1)
  await sys.sendmsg(op, { data: ciphertext, control: request(iv, { fd: buffer, len: 4096 }) })
  await sys.close(buffer)
  t.is(await inUse(sys), 'keys 1\nbuffers 1\nrequests 1\n')

  await turn(sys, 'hang', 0)
  t.is(await outcome(sys, op), 0)
  t.is(await inUse(sys), ONE_KEY_IN_USE, 'a request of which the end is told holds no buffer')
})

test('another descriptor of a dma-buf that was closed in flight sees the plaintext', async t => {
  const { sys } = t.context
  const buffer = await allocate(sys, 4096)
  const copy = await sys.dup(buffer)
  const op = await operation(sys, 'cbc(aes)', await importKey(sys, key))

  await using _ = await fault(sys, 'hang', 1)
  await sys.sendmsg(op, { data: ciphertext, control: request(iv, { fd: buffer, len: 4096 }) })
  await sys.close(buffer)
  await turn(sys, 'hang', 0)
  t.is(await outcome(sys, op), 0)
  t.is(await digest(sys, copy, 0, 4096), sha256(plaintext))
})

test('close of one of two descriptors of an operation socket in flight changes nothing', async t => {
  const { sys } = t.context
  const { op, buffer } = await ready(sys, { key })
  const copy = await sys.dup(op)

  await using _ = await fault(sys, 'hang', 1)
  await sys.sendmsg(op, { data: ciphertext, control: request(iv, { fd: buffer, len: 4096 }) })
  await sys.close(op)
  await turn(sys, 'hang', 0)
  t.is(await outcome(sys, copy), 0)
  t.is(await digest(sys, buffer, 0, 4096), sha256(plaintext))
})

test('the end of a process in flight cancels its request', async t => {
  const { sys } = t.context
  const blob = await importKey(sys, key)

  await using _ = await fault(sys, 'hang', 1)
  {
    await using child = await sys.process()
    const op = await operation(child, 'cbc(aes)', blob)
    const destination = { fd: await allocate(child, 4096), len: 4096 }
    await child.sendmsg(op, { data: ciphertext, control: request(iv, destination) })
    t.is(await inUse(sys), 'keys 1\nbuffers 1\nrequests 1\n')
  }
  t.is(await inUse(sys), NOTHING_IN_USE)
})

test('poll() that blocks in one thread returns when a request of another completes', async t => {
  const { sys } = t.context
  const { op, buffer } = await ready(sys, { key })
  await using waiter = await sys.thread()
  const tid = await waiter.gettid()

  const waiting = waiter.poll(op, POLLIN | POLLERR, 5000)
  await untilAsleepIn(sys, tid, 'ppoll')
  await sys.sendmsg(op, { data: ciphertext, control: request(iv, { fd: buffer, len: 4096 }) })
  t.is(await waiting, POLLIN)
})

test('poll() that blocks in one thread holds the socket that another closes', async t => {
  const { sys } = t.context
  const { op, buffer } = await ready(sys, { key })
  await using waiter = await sys.thread()
  const tid = await waiter.gettid()

  await using _ = await fault(sys, 'hang', 1)
  await sys.sendmsg(op, { data: ciphertext, control: request(iv, { fd: buffer, len: 4096 }) })
  const waiting = waiter.poll(op, POLLIN | POLLERR, 5000)
  await untilAsleepIn(sys, tid, 'ppoll')
  await sys.close(op)
  await turn(sys, 'hang', 0)

  // poll() has its own reference, so the request goes on. When it completes poll() looks the descriptor up again.
  t.is(await waiting, POLLNVAL)
  t.is(await digest(sys, buffer, 0, 4096), sha256(plaintext))
  t.is(await untilInUse(sys, NOTHING_IN_USE), NOTHING_IN_USE, 'the end of poll() was the end of the socket')
})

/** How much later than the one thread the other begins, in milliseconds; each is tried ROUNDS times. */
const DELAYS = [0, 0.05, 0.1, 0.2, 0.4]
const ROUNDS = 30

test('close of the operation socket at the moment of its request, 150 times', async t => {
  const { sys } = t.context
  const socket = await cipherSocket(sys, 'cbc(aes)', await importKey(sys, key))
  const destination = { fd: await allocate(sys, 4096), len: 4096 }
  await using closer = await sys.thread()

  // A new descriptor is always the lowest that is free, so the other thread knows it beforehand.
  const op = await sys.accept(socket)
  await sys.close(op)

  for (const delay of DELAYS) {
    const gate = sys.barrier(2)
    await Promise.all([
      sys.program(p =>
        p.repeat(ROUNDS, () => {
          p.accept(socket)
          p.barrier(gate)
          p.settled(p.sendmsg(op, { data: ciphertext, control: request(iv, destination) }))
          p.barrier(gate)
        }),
      ),
      closer.program(p =>
        p.repeat(ROUNDS, () => {
          p.barrier(gate)
          p.nanosleep(delay)
          p.close(op)
          p.barrier(gate)
        }),
      ),
    ])
  }
  await sys.close(socket)
  t.is(await inUse(sys), NOTHING_IN_USE)
})

test('close of the dma-buf at the moment it is named as the destination, 150 times', async t => {
  const { sys } = t.context
  const op = await operation(sys, 'cbc(aes)', await importKey(sys, key))
  await using closer = await sys.thread()

  const buffer = await allocate(sys, 4096)
  await sys.close(buffer)

  for (const delay of DELAYS) {
    const gate = sys.barrier(2)
    const [sent] = await Promise.all([
      sys.program(p =>
        p.repeat(ROUNDS, () => {
          allocateIn(sys, p, 4096)
          p.barrier(gate)
          const result = p.settled(p.sendmsg(op, { data: ciphertext, control: request(iv, { fd: buffer, len: 4096 }) }))
          p.barrier(gate)
          return result
        }),
      ),
      closer.program(p =>
        p.repeat(ROUNDS, () => {
          p.barrier(gate)
          p.nanosleep(delay)
          p.close(buffer)
          p.barrier(gate)
        }),
      ),
    ])
    if (sent.status === 'rejected') t.is(sent.reason.code, 'EBADF', 'the close came first')
    else t.is(await outcome(sys, op), 0)
  }
  t.is(await untilInUse(sys, ONE_KEY_IN_USE), ONE_KEY_IN_USE)
})

test('accept() at the moment a key is set, 150 times', async t => {
  const { sys } = t.context
  const blob = await generateKey(sys)
  await using other = await sys.thread()

  const socket = await bound(sys, 'skcipher', 'cbc(aes)')
  await sys.close(socket)

  for (const delay of DELAYS) {
    const gate = sys.barrier(2)
    const [set] = await Promise.all([
      sys.program(p =>
        p.repeat(ROUNDS, () => {
          p.socket(AF_ALG, SOCK_SEQPACKET, 0)
          p.bind(socket, address('skcipher', 'cbc(aes)'))
          p.barrier(gate)
          const result = p.settled(p.setsockopt(socket, SOL_ALG, ALG_SET_SECURE_KEY, blob))
          p.barrier(gate)
          p.close(socket)
          return result
        }),
      ),
      other.program(p =>
        p.repeat(ROUNDS, () => {
          p.barrier(gate)
          p.nanosleep(delay)
          p.close(p.accept(socket))
          p.barrier(gate)
        }),
      ),
    ])
    if (set.status === 'rejected') t.is(set.reason.code, 'EBUSY', 'accept() came first')
  }
  t.is(await inUse(sys), NOTHING_IN_USE)
})
