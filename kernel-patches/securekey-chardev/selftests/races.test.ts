/**
 * Descriptors that are closed while requests are in flight. The provider is told to hold them back, so that "in flight" is
 * certain; where two things have to meet they are tried many times.
 */

import { test } from '@kseries/kselftest-ts'
import { allocate, allocateIn, digest } from '../../securekey/selftests/buffers.ts'
import { fault, inUse, NOTHING_IN_USE, turn, untilInUse } from '../../securekey/selftests/faults.ts'
import { encrypt, random, sha256, zeroes } from '../../securekey/selftests/reference.ts'
import { untilAsleepIn } from '../../securekey/selftests/threads.ts'
import { debugFolder } from '../../securekey/selftests/under-test.ts'
import { openDevice } from './commands.ts'
import { generate, load } from './key-commands.ts'
import { ready } from './ready.ts'
import { attach, attachIn, completions, sessionIn, submit, submitIn } from './session-commands.ts'
import { O_RDWR, POLLIN, SECUREKEY_DEV_DETACH, securekey_dev_detach } from './uapi.gen.ts'

const iv = random(16)
const plaintext = random(2048)
const key = random(16)
const data = encrypt('cbc(aes)', key, iv, plaintext)

/** How much later than the one thread the other begins, in milliseconds; each is tried ROUNDS times. */
const DELAYS = [0, 0.05, 0.1, 0.2, 0.4]
const ROUNDS = 30

test('close of a session in flight cancels its requests and lets everything go', async t => {
  const { sys } = t.context
  const { device, key: k, s, dst, buffer } = await ready(sys, { key })
  await using _ = await fault(sys, 'hang', 1)
  await submit(sys, s, ...Array.from({ length: 8 }, () => ({ data, iv, dst })))
  t.is(await inUse(sys), 'keys 1\nbuffers 1\nrequests 8\n')
  await sys.close(k)
  await sys.close(device)
  await sys.close(s)
  t.is(await inUse(sys), NOTHING_IN_USE)
  t.is(await digest(sys, buffer, 0, 4096), zeroes(4096), 'nothing was written')
})

test('close of the key, of the device and of the dma-buf in flight changes nothing', async t => {
  const { sys } = t.context
  const { device, key: k, s, dst, buffer } = await ready(sys, { key })
  const copy = await sys.dup(buffer)
  await using _ = await fault(sys, 'hang', 1)
  await submit(sys, s, { data, iv, dst, cookie: 1 })
  for (const fd of [k, device, buffer]) await sys.close(fd)
  await turn(sys, 'hang', 0)
  t.deepEqual(await completions(sys, s), [{ cookie: 1n, status: 0 }])
  t.is(await digest(sys, copy, 0, 2048), sha256(plaintext))
})

test('close of one of two descriptors of a session in flight changes nothing', async t => {
  const { sys } = t.context
  const { s, dst } = await ready(sys, { key })
  const copy = await sys.dup(s)
  await using _ = await fault(sys, 'hang', 1)
  await submit(sys, s, { data, iv, dst, cookie: 1 })
  await sys.close(s)
  await turn(sys, 'hang', 0)
  t.deepEqual(await completions(sys, copy), [{ cookie: 1n, status: 0 }])
})

test('a session is shared with a child, and outlives whoever made it', async t => {
  const { sys } = t.context
  const { s, dst } = await ready(sys, { key })
  await using child = await sys.process()
  await using _ = await fault(sys, 'hang', 1)
  await submit(sys, s, { data, iv, dst, cookie: 1 })
  await sys.close(s)
  await turn(sys, 'hang', 0)
  t.deepEqual(await completions(child, s), [{ cookie: 1n, status: 0 }])
})

test('the end of a process in flight cancels its requests', async t => {
  const { sys } = t.context
  await using _ = await fault(sys, 'hang', 1)
  {
    await using child = await sys.process()
    const { s, dst } = await ready(child, { key })
    await submit(child, s, { data, iv, dst }, { data, iv, dst })
    t.is(await inUse(sys), 'keys 1\nbuffers 1\nrequests 2\n')
  }
  t.is(await inUse(sys), NOTHING_IN_USE)
})

test('read() that waits in one thread holds the session that another closes', async t => {
  const { sys } = t.context
  const { s, dst, device, key: k } = await ready(sys, { key })
  await using waiter = await sys.thread()
  const tid = await waiter.gettid()
  await using _ = await fault(sys, 'hang', 1)
  await submit(sys, s, { data, iv, dst, cookie: 1 })
  const reading = completions(waiter, s)
  await untilAsleepIn(sys, tid, 'read')
  for (const fd of [s, device, k]) await sys.close(fd)
  await turn(sys, 'hang', 0)
  t.deepEqual(await reading, [{ cookie: 1n, status: 0 }])
  t.is(await untilInUse(sys, NOTHING_IN_USE), NOTHING_IN_USE, 'the end of read() was the end of the session')
})

test('close of a session at the moment of its batch, 150 times', async t => {
  const { sys } = t.context
  const device = await openDevice(sys)
  const k = await load(sys, device, await generate(sys, device))
  const buffer = await allocate(sys, 4096)
  await using closer = await sys.thread()

  // A new descriptor is always the lowest that is free, so the other thread knows it beforehand.
  const s = await sys.program(p => sessionIn(p, device, k))
  await sys.close(s)

  for (const delay of DELAYS) {
    const gate = sys.barrier(2)
    await Promise.all([
      sys.program(p =>
        p.repeat(ROUNDS, () => {
          sessionIn(p, device, k)
          const dst = attachIn(p, s, buffer)
          p.barrier(gate)
          p.settled(
            submitIn(
              p,
              s,
              Array.from({ length: 4 }, () => ({ data, iv, dst })),
            ),
          )
          p.barrier(gate)
        }),
      ),
      closer.program(p =>
        p.repeat(ROUNDS, () => {
          p.barrier(gate)
          p.nanosleep(delay)
          p.close(s)
          p.barrier(gate)
        }),
      ),
    ])
  }
  await sys.close(k)
  t.is(await untilInUse(sys, NOTHING_IN_USE), NOTHING_IN_USE)
})

test('DETACH at the moment of a request, 150 times: ENOENT, or it is started', async t => {
  const { sys } = t.context
  const { s, buffer } = await ready(sys, { key })
  await using other = await sys.thread()
  let id = await attach(sys, s, buffer)

  for (const delay of DELAYS) {
    for (let round = 0; round < ROUNDS; round++) {
      const gate = sys.barrier(2)
      const bytes = securekey_dev_detach.encode({ size: securekey_dev_detach.size, id })
      const [started] = await Promise.all([
        sys.program(p => {
          p.barrier(gate)
          return p.settled(submitIn(p, s, [{ data, iv, dst: id }]))
        }),
        other.program(p => {
          p.barrier(gate)
          p.nanosleep(delay)
          p.syscall('ioctl', s, SECUREKEY_DEV_DETACH, bytes)
        }),
      ])
      if (started.status === 'rejected') t.is(started.reason.code, 'ENOENT')
      else t.is((await completions(sys, s))[0]?.status, 0)
      id = await attach(sys, s, buffer)
    }
  }
  t.is(await untilInUse(sys, 'keys 1\nbuffers 2\nrequests 0\n'), 'keys 1\nbuffers 2\nrequests 0\n')
})

test('close of the dma-buf at the moment it is attached, 150 times: EBADF, or it is attached', async t => {
  const { sys } = t.context
  const { s } = await ready(sys, { key })
  await using closer = await sys.thread()
  const buffer = await allocate(sys, 4096)
  await sys.close(buffer)

  for (const delay of DELAYS) {
    const gate = sys.barrier(2)
    const [attached] = await Promise.all([
      sys.program(p =>
        p.repeat(ROUNDS, () => {
          allocateIn(sys, p, 4096)
          p.barrier(gate)
          const result = p.settled(attachIn(p, s, buffer))
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
    if (attached.status === 'rejected') t.is(attached.reason.code, 'EBADF')
  }
})

test('two threads read at the same time: each record once', async t => {
  const { sys } = t.context
  const { s, dst } = await ready(sys, { key })
  await using other = await sys.thread()
  const seen: bigint[] = []
  const read = async (who: typeof sys): Promise<void> => {
    while (seen.length < 192) {
      if ((await who.poll(s, POLLIN, 200)) === 0) continue
      const settled = await who.program(p => p.settled(p.read(s, 48)))
      if (settled.status === 'fulfilled') {
        const view = new DataView(Uint8Array.from(settled.value).buffer)
        for (let at = 0; at < settled.value.length; at += 16) seen.push(view.getBigUint64(at, true))
      }
    }
  }
  await sys.fcntl(s, 'F_SETFL', 'O_NONBLOCK')
  for (let round = 0; round < 6; round++) {
    const batch = Array.from({ length: 32 }, (_, index) => ({
      data: data.subarray(0, 64),
      iv,
      dst,
      cookie: round * 32 + index,
    }))
    t.is(await submit(sys, s, ...batch), 32)
    if (round % 2 === 1) while ((await inUse(sys)) !== 'keys 1\nbuffers 1\nrequests 0\n') await sys.nanosleep(2)
  }
  await Promise.all([read(sys), read(other)])
  t.deepEqual(
    seen.toSorted((a, b) => Number(a - b)),
    Array.from({ length: 192 }, (_, index) => BigInt(index)),
  )
})

test('the provider leaves and comes back at the moment of a batch, 30 times', async t => {
  const { sys } = t.context
  await using other = await sys.thread()
  for (let round = 0; round < 30; round++) {
    const { s, dst, device, key: k, buffer } = await ready(sys, { key })
    const gate = sys.barrier(2)
    const [started] = await Promise.all([
      sys.program(p => {
        p.barrier(gate)
        return p.settled(
          submitIn(
            p,
            s,
            Array.from({ length: 8 }, (_, cookie) => ({ data, iv, dst, cookie })),
          ),
        )
      }),
      other.program(p => {
        const present = p.open(`${debugFolder(sys)}/present`, O_RDWR)
        p.barrier(gate)
        p.nanosleep((round % 6) * 0.05)
        p.write(present, '0')
        p.write(present, '1')
        p.close(present)
      }),
    ])
    const count = started.status === 'fulfilled' ? started.value : 0
    if (started.status === 'rejected') t.is(started.reason.code, 'ENODEV')
    let ended = 0
    while (ended < count) ended += (await completions(sys, s)).length
    t.is(ended, count)
    await t.throwsAsync(completions(sys, s), { code: 'ENODEV' })
    for (const fd of [s, device, k, buffer]) await sys.close(fd)
  }
  t.is(await inUse(sys), NOTHING_IN_USE)
})
