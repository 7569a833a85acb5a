import test from 'ava'
import { WorkerGone } from '../../src/agent/errors.ts'
import { ProgramCancelled } from '../../src/sys/errors.ts'
import { localAgent } from '../helpers/local-agent.ts'

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString()

for (const abi of ['x86_64', 'i386'] as const) {
  test(`${abi}: a thread blocks, its process and the link do not`, async t => {
    await using local = await localAgent({ abi })
    const { sys } = local
    const [reading, writing] = await sys.pipe2()
    await using thread = await sys.thread()
    const waiting = thread.poll(reading, 'POLLIN', -1)
    t.not(await sys.gettid(), await sys.getpid().then(pid => pid + 1_000_000))
    await sys.write(writing, 'now')
    t.is(await waiting, sys.constant('POLLIN'))
    t.is(await thread.getpid(), await sys.getpid())
    t.not(await thread.gettid(), await sys.gettid())
    t.is(text(await thread.read(reading, 10)), 'now', 'descriptors are shared')
  })

  test(`${abi}: memory and descriptors are a thread's, too, and a copy in a process`, async t => {
    await using local = await localAgent({ abi })
    const { sys } = local
    await using buffer = await sys.alloc(Buffer.from('before'))
    await using thread = await sys.thread()
    await using child = await sys.process()
    await thread.poke(buffer.address, Buffer.from('thread'))
    t.is(text(await sys.peek(buffer.address, 6)), 'thread')
    t.is(text(await child.peek(buffer.address, 6)), 'before')
    const fd = await thread.memfd_create('x')
    await sys.write(fd, 'y')
    await t.throwsAsync(child.write(fd, 'y'), { code: 'EBADF' })
  })

  test(`${abi}: cancel() ends a blocked call with EINTR, and the worker goes on`, async t => {
    await using local = await localAgent({ abi })
    const { sys } = local
    await using thread = await sys.thread()
    for (let round = 0; round < 20; round++) {
      const waiting = thread.poll([], -1)
      const after = thread.getpid()
      // At once, too: before it blocks.
      if (round % 2 === 0) await sys.nanosleep(1)
      await thread.cancel()
      const error = await t.throwsAsync(waiting)
      t.is((error as Error & { code: string }).code, 'EINTR')
      t.is(await after, await sys.getpid(), 'the program behind it is not touched')
    }
  })

  test(`${abi}: cancel() ends a program between its calls, too`, async t => {
    await using local = await localAgent({ abi })
    const { sys } = local
    const looping = sys.program(p => p.repeat(1_000_000_000, () => p.settled(p.getpid())))
    await new Promise(resolve => setTimeout(resolve, 20))
    await sys.cancel()
    await t.throwsAsync(looping, { instanceOf: ProgramCancelled })
    t.true((await sys.getpid()) > 0)
  })

  test(`${abi}: barriers let both go at once, again and again`, async t => {
    await using local = await localAgent({ abi })
    const { sys } = local
    await using thread = await sys.thread()
    const gate = sys.barrier(2)
    const [reading, writing] = await sys.pipe2('O_NONBLOCK')
    const rounds = (fd: number) => ({
      first: sys.program(p =>
        p.repeat(500, () => {
          p.barrier(gate)
          p.write(fd, 'a')
        }),
      ),
      second: thread.program(p =>
        p.repeat(500, () => {
          p.barrier(gate)
          p.write(fd, 'b')
        }),
      ),
    })
    const { first, second } = rounds(writing)
    await Promise.all([first, second])
    const got = text(await sys.read(reading, 2000))
    t.is(got.length, 1000)
    for (let pair = 0; pair < 499; pair++) {
      // Whoever is first through one barrier cannot be two ahead.
      t.true(Math.abs(got.slice(0, 2 * pair).replaceAll('b', '').length - pair) <= 1)
    }
  })

  test(`${abi}: a barrier that nobody comes to can be cancelled, and used by others`, async t => {
    await using local = await localAgent({ abi })
    const { sys } = local
    const gate = sys.barrier(2)
    const waiting = sys.program(p => p.barrier(gate))
    await new Promise(resolve => setTimeout(resolve, 20))
    await sys.cancel()
    await t.throwsAsync(waiting, { code: 'EINTR' })
    await using thread = await sys.thread()
    await Promise.all([sys.program(p => p.barrier(gate)), thread.program(p => p.barrier(gate))])
    t.pass()
  })

  test(`${abi}: threads come and go`, async t => {
    await using local = await localAgent({ abi })
    const { sys } = local
    for (let round = 0; round < 100; round++) {
      await using one = await sys.thread()
      await using two = await sys.thread()
      t.is(await one.getpid(), await two.getpid())
    }
    // Disposing waits for the answer, not for the kernel to take the thread down.
    let threads = await sys.readDir('/proc/self/task')
    for (let n = 0; n < 1000 && threads.length > 1; n++) {
      await sys.nanosleep(10)
      threads = await sys.readDir('/proc/self/task')
    }
    t.is(threads.length, 1, threads.join(' '))
  })

  test(`${abi}: a thread that blocks is disposed of all the same`, async t => {
    await using local = await localAgent({ abi })
    const { sys } = local
    {
      await using thread = await sys.thread()
      thread.poll([], -1).catch(() => {})
    }
    t.true((await sys.getpid()) > 0)
  })

  test(`${abi}: a process that ends, is killed, or dies of its own doing`, async t => {
    await using local = await localAgent({ abi })
    const { sys } = local
    const one = await sys.process()
    const call = one.syscall('exit_group', 7)
    await t.throwsAsync(call, { instanceOf: WorkerGone, message: /exited with 7/ })
    t.deepEqual(await one.exited, { code: 7 })
    const two = await sys.process()
    const waiting = two.poll([], -1)
    t.deepEqual(await two.end(), { signal: 9 })
    await t.throwsAsync(waiting, { instanceOf: WorkerGone })
    const three = await sys.process()
    await t.throwsAsync(three.kill(await three.getpid(), 'SIGSEGV'), { instanceOf: WorkerGone })
    t.deepEqual(await three.exited, { signal: 11 })
    t.true((await sys.getpid()) > 0)
  })

  test(`${abi}: a test that closes what is not its own ends alone`, async t => {
    await using local = await localAgent({ abi })
    const { sys } = local
    const careless = await sys.process()
    await careless.syscall('close_range', 3, 0xffffffff, 0).catch(() => {})
    t.deepEqual(await careless.exited, { code: 125 })
    await t.throwsAsync(careless.getpid(), { instanceOf: WorkerGone })
    t.true((await sys.getpid()) > 0)
  })
}

test('ending the process that the host opened ends all that came of it', async t => {
  await using local = await localAgent()
  const { worker } = await local.agent.open()
  const { Sys } = await import('../../src/sys/sys.ts')
  const root = new Sys(local.agent, worker)
  const child = await root.process()
  const grandchild = await child.process()
  await root.end()
  t.deepEqual(await child.exited, { signal: 9 })
  t.deepEqual(await grandchild.exited, { signal: 9 })
  t.true((await local.sys.getpid()) > 0, 'but not others')
})

const asRoot = process.getuid?.() === 0 ? test : test.skip

asRoot('other credentials: a user, its groups', async t => {
  await using local = await localAgent()
  await using nobody = await local.sys.process({ uid: 65_534, gid: 65_533, groups: [7, 8] })
  const status = await nobody.readText('/proc/self/status')
  t.regex(status, /^Uid:\t65534\t65534\t65534\t65534$/m)
  t.regex(status, /^Gid:\t65533\t65533\t65533\t65533$/m)
  t.regex(status, /^Groups:\t7 8 $/m)
  t.regex(status, /^CapEff:\t0+$/m)
  await t.throwsAsync(nobody.open('/etc/shadow', 'O_RDONLY'), { code: 'EACCES' })
  await t.throwsAsync(
    nobody.program(p => p.setresuid(0, 0, 0)),
    { code: 'EPERM' },
  )
})

asRoot('other credentials: capabilities of its own', async t => {
  await using local = await localAgent()
  await using admin = await local.sys.process({ uid: 1000, caps: ['CAP_NET_ADMIN'] })
  const status = await admin.readText('/proc/self/status')
  t.regex(status, /^CapEff:\t0000000000001000$/m)
  t.regex(status, /^CapPrm:\t0000000000001000$/m)
  t.regex(status, /^CapBnd:\t0000000000001000$/m)
  await using bare = await local.sys.process({ caps: [] })
  t.regex(await bare.readText('/proc/self/status'), /^CapEff:\t0+$/m)
  t.is(await bare.getuid(), 0)
})

asRoot('other credentials: root of a user namespace of its own', async t => {
  await using local = await localAgent()
  await using root = await local.sys.process({ uid: 65_534, gid: 65_534, userns: true, netns: true })
  t.is(await root.getuid(), 0)
  t.regex(await root.readText('/proc/self/uid_map'), /^\s*0\s+65534\s+1\n$/)
  t.not(await root.syscall('readlinkat', 'AT_FDCWD', Buffer.from('/proc/self/ns/net\0'), new Uint8Array(64), 64), 0)
})
