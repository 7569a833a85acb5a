import { setTimeout as delay } from 'node:timers/promises'
import test from 'ava'
import { Sys } from '../../src/sys/sys.ts'
import { localAgent } from '../helpers/local-agent.ts'

const open = async (local: Awaited<ReturnType<typeof localAgent>>) =>
  new Sys(local.agent, (await local.agent.open()).worker)

test('a worker that dies before it has woken the agent does not silence the others', async t => {
  await using local = await localAgent()
  const { sys } = local
  const dying = await open(local)
  // The word that says a wake-up is on its way is the first that all workers share.
  const shared = /^([0-9a-f]+)-\S+ rw-s .*\/dev\/zero/m.exec(await dying.readText('/proc/self/maps'))?.[1]
  await dying
    .program(p => {
      p.poke(BigInt(`0x${shared}`), Buffer.from([1, 0, 0, 0]))
      p.syscall('exit_group', 0)
    })
    .catch(() => {})
  t.deepEqual(await dying.exited, { code: 0 })
  // Long enough that nothing else happens on the line.
  t.is(await Promise.race([sys.nanosleep(500), delay(60_000, 'silence', { ref: false })]), 0)
})

test('places of workers whose creator is killed while it makes them are used again', async t => {
  await using local = await localAgent()
  const { agent } = local
  const killer = local.sys
  const gate = killer.barrier(2)
  for (let round = 0; round < 100; round++) {
    const creator = await open(local)
    const pid = await creator.getpid()
    const making = creator.program(p => {
      p.barrier(gate)
      for (let n = 0; n < 20; n++) p.cloneWorker(n % 4 !== 3, 0)
    })
    const made = making.catch(() => {})
    await killer.program(p => {
      p.barrier(gate)
      // A while, a little longer each time: to be in the middle of things.
      p.repeat(2 + 40 * round, () => p.getpid())
      // The group: what it has made is to go, too.
      p.kill(-pid, 'SIGKILL')
    })
    await made
    await creator.exited
  }
  const workers: number[] = []
  for (let n = 0; n < agent.info.slots - 1; n++) {
    // The last of the killed may still be going.
    for (let tries = 0; ; tries++) {
      const worker = await agent.open().catch(() => undefined)
      if (worker) {
        workers.push(worker.worker)
        break
      }
      if (tries > 400) return t.fail(`${workers.length} places are left`)
      await delay(50)
    }
  }
  t.is(new Set(workers).size, agent.info.slots - 1)
})

test('the last result of a thread is told, also when its place is wanted and the line is full', async t => {
  await using local = await localAgent()
  const talkers = await Promise.all(Array.from({ length: 4 }, async () => await open(local)))
  const buffers = await Promise.all(talkers.map(async sys => await sys.alloc(60_000)))
  const owner = await open(local)
  const rival = await open(local)
  for (let round = 0; round < 20; round++) {
    const threads = await Promise.all(Array.from({ length: 10 }, async () => await owner.thread()))
    const talk = buffers.flatMap(buffer => [buffer.read(), buffer.read(), buffer.read()])
    const ends = threads.map(async thread => await thread[Symbol.asyncDispose]())
    const others = Promise.all(Array.from({ length: 10 }, async () => await rival.thread()))
    const all = Promise.all([...talk, ...ends])
    t.not(await Promise.race([all, delay(60_000, 'silence', { ref: false })]), 'silence')
    await Promise.all((await others).map(async thread => await thread[Symbol.asyncDispose]()))
  }
})

test('cancel() of a program that is just ending does not hit the next', async t => {
  await using local = await localAgent()
  const { sys } = local
  await using thread = await sys.thread()
  let cancelled = 0
  for (let round = 0; round < 150; round++) {
    let over = false
    const first = thread
      .nanosleep(6 + (round % 10) / 50)
      .catch(() => {})
      .finally(() => (over = true))
    const next = thread.nanosleep(3)
    await delay(round % 7)
    if (!over) {
      cancelled++
      await thread.cancel()
    }
    await first
    t.is(await next, 0)
  }
  t.true(cancelled > 0)
})
