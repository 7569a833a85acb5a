import { readFileSync } from 'node:fs'
import test from 'ava'
import { connectAgent } from '../../src/agent/agent.ts'
import { buildAgent } from '../../src/agent/build.ts'
import { AgentLost, AgentSilent, WorkerGone } from '../../src/agent/errors.ts'
import { binary, shared } from '../../src/framing/codec.ts'
import { encodeFrame } from '../../src/framing/frame.ts'
import { Sys } from '../../src/sys/sys.ts'
import { childStream, localAgent, machineAbi } from '../helpers/local-agent.ts'

const noisy = (rate: number) => {
  return (chunk: Buffer): Buffer => {
    const out = Buffer.from(chunk)
    for (let at = 0; at < out.length; at++) {
      if (Math.random() < rate) out[at] = (out[at] ?? 0) ^ (1 << Math.floor(Math.random() * 8))
    }
    return out
  }
}

test('says what it is', async t => {
  await using local = await localAgent()
  t.like(local.agent.info, { protocol: 1, abi: 'x86_64', isInit: false, pid: local.pid })
})

for (const codec of [binary, shared]) {
  test(`${codec.name}: with one byte in a hundred flipped in both directions all programs complete`, async t => {
    await using local = await localAgent({ codec, through: noisy(0.01) })
    const pid = await local.sys.getpid()
    const data = Buffer.from(Array.from({ length: 4000 }, (_, n) => (n * 7) % 256))
    for (let round = 0; round < 20; round++) {
      t.is(await local.sys.getpid(), pid)
      await using buffer = await local.sys.alloc(data.subarray(0, 100 * round + 1))
      t.deepEqual(Buffer.from(await buffer.read()), data.subarray(0, 100 * round + 1))
    }
    t.true(local.agent.statistics.damaged > 10, 'there was noise')
  })
}

test('a session can begin in the middle of what the agent tells somebody else', async t => {
  const stream = childStream(await buildAgent({ abi: 'x86_64' }), binary)
  const abi = await machineAbi('x86_64')
  // The first session is left in the middle of large answers, and of a frame to the agent.
  const writes: Buffer[] = []
  const first = await connectAgent({
    transport: { readable: splitter(stream), write: (bytes: Uint8Array) => stream.write(bytes), close: () => {} },
    abi,
  })
  const { worker } = await first.open()
  const sys = new Sys(first, worker)
  const buffer = await sys.alloc(60_000)
  void Promise.all([buffer.read(), buffer.read(), buffer.read()]).catch(() => {})
  await new Promise(resolve => setTimeout(resolve, 2))
  await first[Symbol.asyncDispose]()
  stream.write(
    encodeFrame(
      {
        type: 0,
        push: false,
        nack: false,
        round: 0,
        echo: 0,
        session: 9,
        seq: 0,
        ack: 0,
        payload: Buffer.alloc(300, 1),
      },
      binary,
    ).subarray(0, 150),
  )
  t.is(writes.length, 0)

  await using second = await connectAgent({ transport: stream, abi, timeout: 10_000 })
  const opened = await second.open()
  t.is(await new Sys(second, opened.worker).getpid(), opened.pid)
  await t.throwsAsync(sys.getpid(), { instanceOf: AgentLost })
})

/** Passes on what comes until it is no longer asked; then the stream is free for another listener. */
async function* splitter(stream: NodeJS.ReadableStream): AsyncGenerator<Uint8Array> {
  const waiting: Uint8Array[] = []
  let wake = () => {}
  stream.on('data', (chunk: Uint8Array) => {
    waiting.push(chunk)
    wake()
  })
  for (;;) {
    const chunk = waiting.shift()
    if (chunk) yield chunk
    else await new Promise<void>(resolve => (wake = resolve))
  }
}

test('processes of an earlier session are ended by the next', async t => {
  const stream = childStream(await buildAgent({ abi: 'x86_64' }), binary)
  const abi = await machineAbi('x86_64')
  const first = await connectAgent({
    transport: { readable: splitter(stream), write: (bytes: Uint8Array) => stream.write(bytes), close: () => {} },
    abi,
  })
  const { pid } = await first.open()
  await first[Symbol.asyncDispose]()
  await using second = await connectAgent({ transport: stream, abi })
  await second.ping()
  t.true(await dies(pid))
})

const isAlive = (pid: number) => {
  try {
    // A zombie that nobody has fetched yet is dead.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

const dies = async (pid: number) => {
  for (let n = 0; n < 2000 && isAlive(pid); n++) await new Promise(resolve => setTimeout(resolve, 10))
  return !isAlive(pid)
}

test('workers end with an agent that is killed', async t => {
  const local = await localAgent()
  const pid = await local.sys.getpid()
  process.kill(local.pid, 'SIGKILL')
  t.is((await local.agent.lost).kind, 'closed')
  await t.throwsAsync(local.sys.getpid(), { instanceOf: AgentLost })
  t.true(await dies(pid))
})

test('workers end with an agent whose line is closed', async t => {
  const local = await localAgent()
  const pid = await local.sys.getpid()
  await local[Symbol.asyncDispose]()
  t.true(await dies(pid))
})

test('nobody at the other end is an error in time', async t => {
  const transport = {
    readable: (async function* () {
      await new Promise(() => {})
      yield new Uint8Array()
    })(),
    write: () => {},
    close: () => {},
  }
  const abi = await machineAbi('x86_64')
  const error = await t.throwsAsync(connectAgent({ transport, abi, timeout: 50 }), { instanceOf: AgentSilent })
  t.regex(error.message, /within 0\.05 s/)
  await t.throwsAsync(connectAgent({ transport, abi, signal: AbortSignal.timeout(20) }), { message: /Interrupted/ })
})

test('a fresh worker, again and again: each has a name and a process of its own', async t => {
  await using local = await localAgent()
  const names = new Set<number>()
  const begun = performance.now()
  for (let round = 0; round < 30; round++) {
    const { worker, pid } = await local.agent.open()
    t.is(await new Sys(local.agent, worker).getpid(), pid)
    local.agent.kill(worker)
    await local.agent.gone(worker)
    names.add(worker)
  }
  t.is(names.size, 30)
  t.log(`${((performance.now() - begun) / 30).toFixed(2)} ms each`)
})

test('a worker that ends is told of, and so is whoever asks later', async t => {
  await using local = await localAgent()
  local.agent.kill(local.sys.worker)
  t.deepEqual(await local.sys.exited, { signal: 9 })
  t.deepEqual(await local.agent.gone(local.sys.worker), { signal: 9 })
  await t.throwsAsync(local.sys.getpid(), { instanceOf: WorkerGone, message: /signal 9/ })
})

test('more workers than there are places are refused, and places are used again', async t => {
  await using local = await localAgent()
  const workers: number[] = []
  for (let n = 0; n < local.agent.info.slots - 1; n++) workers.push((await local.agent.open()).worker)
  await t.throwsAsync(local.agent.open(), { message: /refused/ })
  for (const worker of workers) local.agent.kill(worker)
  await Promise.all(workers.map(async worker => await local.agent.gone(worker)))
  const { worker } = await local.agent.open()
  t.false(workers.includes(worker), 'a name is not used twice')
})

test('thousands of programs can be given at once', async t => {
  await using local = await localAgent()
  const pids = await Promise.all(Array.from({ length: 3000 }, async () => await local.sys.getpid()))
  t.is(new Set(pids).size, 1)
})

test('large answers of many workers at once get through', async t => {
  await using local = await localAgent()
  const workers = await Promise.all(
    Array.from({ length: 10 }, async () => new Sys(local.agent, (await local.agent.open()).worker)),
  )
  const sums = await Promise.all(
    workers.map(async (sys, n) => {
      const buffer = await sys.alloc(Buffer.alloc(300_000, n))
      return (await buffer.read()).every(byte => byte === n)
    }),
  )
  t.true(sums.every(Boolean))
})
