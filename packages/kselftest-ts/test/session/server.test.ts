import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { SessionClient } from '../../src/session/client.ts'
import { GuestDied, TestHung } from '../../src/session/errors.ts'
import type { Guest } from '../../src/session/guest.ts'
import { serveSession } from '../../src/session/server.ts'
import { strayResults } from '../../src/session/stray.ts'
import { Sys } from '../../src/sys/sys.ts'
import { fakeGuest } from '../helpers/fake-guest.ts'
import { type FakeGuest, fakeSession } from '../helpers/fake-session.ts'
import { machineAbi } from '../helpers/local-agent.ts'
import { rawClient } from '../helpers/raw-client.ts'

const until = async (t: ExecutionContext, what: string, holds: () => boolean) => {
  for (let n = 0; !holds(); n++) {
    if (n === 1000) return t.fail(`it did not come to this: ${what}`)
    await delay(10)
  }
}

const begin = async (client: SessionClient, title: string, deadline = 30_000) => {
  const begun = await client.begin('a file', title, deadline)
  return { ...begun, sys: new Sys(client, begun.worker) }
}

test('a test process that dies while the guest boots, or before its turn, holds up nobody', async t => {
  await using guest = await fakeGuest()
  const booted = Promise.withResolvers<Guest>()
  await using fake = await fakeSession({ guest: booted.promise })
  const first = rawClient(fake.session.socketPath)
  first.begin('its process dies while the guest boots')
  await until(t, 'it waits for the guest', () => fake.session.records.length === 1)
  const second = rawClient(fake.session.socketPath)
  second.begin('its process dies before its turn')
  await delay(50)
  first.die()
  second.die()
  await delay(50)
  booted.resolve(guest)
  const client = new SessionClient(fake.session.socketPath)
  const { sys, test: number } = await begin(client, 'comes after')
  t.true((await sys.getpid()) > 0)
  t.deepEqual(await client.end(number, {}), { findings: [], missing: [] })
  t.deepEqual(
    fake.session.records.map(({ title }) => title),
    ['its process dies while the guest boots', 'comes after'],
  )
})

test('who waits for a guest that does not come up hears why; none is booted for them', async t => {
  const booted = Promise.withResolvers<Guest>()
  let reboots = 0
  await using session = await serveSession({
    guest: booted.promise,
    reboot: () => {
      reboots++
      return Promise.reject(new Error('no other'))
    },
    abi: await machineAbi('x86_64'),
  })
  const waiting = Promise.allSettled([session.link(), session.link()])
  booted.reject(new Error('it burns'))
  for (const one of await waiting) t.like(one, { status: 'rejected', reason: { message: 'it burns' } })
  t.is(reboots, 0)
  await t.throwsAsync(session.link(), { message: 'no other' })
})

test('a test process that dies in the middle of a test ends it', async t => {
  await using fake = await fakeSession()
  const raw = rawClient(fake.session.socketPath)
  raw.begin('its process dies')
  await until(t, 'it has begun', () => raw.answers.length === 1)
  raw.die()
  const { sys } = await begin(new SessionClient(fake.session.socketPath), 'comes after')
  t.true((await sys.getpid()) > 0)
})

test('when a test begins, its mark has been seen', async t => {
  await using fake = await fakeSession()
  const lines: string[] = []
  fake.guests[0]?.console?.listen(event => event.kind === 'line' && lines.push(event.line.text))
  await begin(new SessionClient(fake.session.socketPath), 'a title')
  t.regex(lines.at(-1) ?? '', /^<1>kseries: \w+-1 begin 0: a title$/)
})

test('a guest that dies while a test is taken down is that test’s', async t => {
  await using fake = await fakeSession()
  const client = new SessionClient(fake.session.socketPath)
  const { test: number } = await begin(client, 'kills the guest by ending')
  const ended = client.end(number, {})
  fake.guests[0]?.kill()
  await ended
  t.true(fake.session.records[0]?.died instanceof GuestDied)
  const next = await begin(client, 'next')
  t.true((await next.sys.getpid()) > 0)
  await client.end(next.test, {})
  t.is(fake.session.records[1]?.died, undefined)
  t.deepEqual(await strayResults(fake.session), [])
})

test('a guest that dies without a word between tests is told of, and the next test has another', async t => {
  await using fake = await fakeSession()
  const client = new SessionClient(fake.session.socketPath)
  const first = await begin(client, 'first')
  await client.end(first.test, {})
  fake.guests[0]?.kill()
  // At once: the session knows nothing of the death yet.
  const next = await begin(client, 'next')
  t.true((await next.sys.getpid()) > 0)
  await client.end(next.test, {})
  t.deepEqual(
    fake.session.records.map(({ died, infra }) => died ?? infra),
    [undefined, undefined],
  )
  const [stray, ...more] = await strayResults(fake.session)
  t.is(more.length, 0)
  t.is(stray?.verdict, 'panic')
  t.regex(stray?.message ?? '', /^The guest died: the machine ended \(killed\)$/)
})

test('after a test that hung there is a new guest', async t => {
  await using fake = await fakeSession()
  const client = new SessionClient(fake.session.socketPath)
  const { test: number, interrupted } = await begin(client, 'hangs', 50)
  await t.throwsAsync(interrupted, { instanceOf: TestHung })
  await client.end(number, {})
  const next = await begin(client, 'next')
  await client.end(next.test, {})
  t.is(fake.guests.length, 2)
  t.deepEqual(
    fake.session.records.map(({ hung, died }) => [hung !== undefined, died !== undefined]),
    [
      [true, false],
      [false, false],
    ],
  )
  t.deepEqual(await strayResults(fake.session), [])
})

test('where nobody can boot another guest, one that still answers is kept after a hang', async t => {
  await using fake = await fakeSession({ reboot: undefined })
  const client = new SessionClient(fake.session.socketPath)
  const { test: number, interrupted } = await begin(client, 'hangs', 50)
  await t.throwsAsync(interrupted, { instanceOf: TestHung })
  await client.end(number, {})
  const next = await begin(client, 'next')
  t.true((await next.sys.getpid()) > 0)
})

test('slow guests have longer deadlines', async t => {
  await using fake = await fakeSession({ timeFactor: 20 })
  const client = new SessionClient(fake.session.socketPath)
  const { test: number, sys } = await begin(client, 'takes its time', 50)
  await sys.nanosleep(200)
  await client.end(number, {})
  t.is(fake.session.records[0]?.hung, undefined)
})

test('what is waited for in a guest that is lost is told so', async t => {
  await using fake = await fakeSession()
  const link = await fake.session.link()
  const worker = (await link.open()) ?? -1
  const gone = link.agent.gone(worker)
  fake.guests[0]?.kill()
  await t.throwsAsync(gone, { message: 'The line to the agent ended' })
  await t.throwsAsync(link.agent.gone(worker), { message: 'The line to the agent ended' })
  // The next one had been made before.
  await link.open()
  t.is(await link.open(), undefined)
  t.true(await link.close(worker))
})

const say = async (
  { session }: { readonly session: { link(): Promise<{ readonly service: Sys }> } },
  log: FakeGuest,
  text: string,
) => await (await session.link()).service.writeFile(log.kmsg, `${text}\n`)

test('what the kernel says outside of tests, or too late, is a result of its own', async t => {
  await using fake = await fakeSession()
  const [guest] = fake.guests
  if (!guest) return t.fail()
  t.deepEqual(await strayResults(fake.session), [])
  await say(fake, guest, 'WARNING: after nothing')
  const client = new SessionClient(fake.session.socketPath)
  const { test: number, sys } = await begin(client, 'its report comes late')
  await sys.writeFile(guest.kmsg, 'WARNING: in it (late)\n')
  t.deepEqual(await client.end(number, {}), { findings: [], missing: [] })
  await until(t, 'the late report is there', () => fake.session.strayFindings.length === 2)
  // No mark is needed to know of this one: strayResults() makes one.
  await say(fake, guest, 'WARNING: after all')
  const [result] = await strayResults(fake.session)
  t.is(result?.verdict, 'splat')
  t.is(result?.title, "the kernel's messages outside of tests")
  t.is(result?.message, 'WARNING: after nothing\nWARNING: in it (late)\nWARNING: after all')
})

test('a report that a test expected is none against it; one that it missed is', async t => {
  await using fake = await fakeSession()
  const [guest] = fake.guests
  if (!guest) return t.fail()
  const client = new SessionClient(fake.session.socketPath)
  const expected = [{ kind: 'warn', title: { source: 'on purpose', flags: '' } }]
  const one = await begin(client, 'warns')
  await one.sys.writeFile(guest.kmsg, 'WARNING: on purpose\n')
  t.deepEqual(await client.end(one.test, { expected }), { findings: [], missing: [] })
  const two = await begin(client, 'warns of something else')
  await two.sys.writeFile(guest.kmsg, 'WARNING: by accident\n')
  const { findings, missing } = await client.end(two.test, { expected })
  t.deepEqual(
    findings.map(({ title }) => title),
    ['WARNING: by accident'],
  )
  t.is(missing.length, 1)
  t.deepEqual(
    fake.session.records.map(record => [record.findings.length, record.failure?.message]),
    [
      [0, undefined],
      [1, 'no warn that matches /on purpose/ was reported, and one was expected'],
    ],
  )
})

test('where a guest’s memory has what is looked for; a guest whose memory nobody can read says so', async t => {
  await using fake = await fakeSession()
  const client = new SessionClient(fake.session.socketPath)
  await begin(client, 'looks')
  const lamb = Buffer.from('Mary had a little lamb')
  t.deepEqual(await client.find([lamb.subarray(4), randomBytes(16), lamb]), [
    [0x1_0000_0007n, 0x1_0000_0ffcn],
    [],
    [0x1_0000_0003n, 0x1_0000_0ff8n],
  ])
  t.deepEqual(await client.find([]), [])

  await using guest = await fakeGuest()
  await using blind = await serveSession({ guest: { ...guest, memory: undefined }, abi: await machineAbi('x86_64') })
  const other = new SessionClient(blind.socketPath)
  await begin(other, 'looks in vain')
  await t.throwsAsync(other.find([lamb]), { message: /^Cannot search the memory of this guest/ })
})
