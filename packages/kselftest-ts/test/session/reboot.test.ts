import { setTimeout as delay } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { SessionClient } from '../../src/session/client.ts'
import type { SessionOptions } from '../../src/session/options.ts'
import { strayResults } from '../../src/session/stray.ts'
import { Sys } from '../../src/sys/sys.ts'
import { fakeGuest } from '../helpers/fake-guest.ts'
import { fakeSession } from '../helpers/fake-session.ts'
import { rawClient } from '../helpers/raw-client.ts'

/** A session with a test in it. */
const during = async (options: Partial<SessionOptions> = {}, deadline = 30_000) => {
  const fake = await fakeSession(options)
  const client = new SessionClient(fake.session.socketPath)
  const begun = await client.begin('a file', 'reboots', deadline)
  const [record] = fake.session.records
  if (!record) throw new Error('It has no record')
  return {
    ...fake,
    client,
    record,
    test: begun.test,
    interrupted: begun.interrupted,
    sys: new Sys(client, begun.worker),
    reboot: async () => new Sys(client, await client.reboot()),
    next: async () => {
      const { worker, test: number } = await client.begin('a file', 'next', 30_000)
      const pid = await new Sys(client, worker).getpid()
      await client.end(number, {})
      return pid
    },
  }
}

const titles = (findings: readonly { readonly title: string }[]) => findings.map(({ title }) => title)

/** A guest that warns while it boots. */
const warning = async (log: string, text: string) => {
  const guest = await fakeGuest(log)
  const { console: watched } = guest
  const finding = { kind: 'warn', title: text, text }
  return { ...guest, console: { listen: () => () => {}, ...watched, findings: [finding] } }
}

test('the test goes on in another guest, and so does the next one; nobody has died', async t => {
  await using fake = await during({ deaths: 0 })
  const first = await fake.sys.getpid()
  for (const guests of [2, 3]) {
    const sys = await fake.reboot()
    t.not(await sys.getpid(), first)
    t.is(fake.guests.length, guests)
  }
  t.deepEqual(await fake.client.end(fake.test, {}), { findings: [], missing: [] })
  t.true((await fake.next()) > 0)
  t.is(fake.guests.length, 3)
  t.like(fake.record, { died: undefined, hung: undefined, infra: undefined, findings: [] })
  t.deepEqual(await strayResults(fake.session), [])
})

test('its process in the new guest ends with the test', async t => {
  await using fake = await during()
  const pid = await (await fake.reboot()).getpid()
  await fake.client.end(fake.test, {})
  t.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
})

test('what either guest reports is the test’s, also while the new one boots', async t => {
  await using fake = await during({
    reboot: async () => {
      fake.guests[0]?.kill()
      const guest = await warning(fake.guests[0]?.kmsg ?? '', 'WARNING: at boot')
      fake.guests.push(guest)
      return guest
    },
  })
  const log = fake.guests[0]?.kmsg ?? ''
  await fake.sys.writeFile(log, 'WARNING: before\n')
  const sys = await fake.reboot()
  await sys.writeFile(log, 'WARNING: after\n')
  const { findings } = await fake.client.end(fake.test, {})
  t.deepEqual(titles(findings), ['WARNING: before', 'WARNING: at boot', 'WARNING: after'])
  t.deepEqual(fake.session.strayFindings, [])
})

test('its deadline stands still while the guest boots, and goes on after that', async t => {
  const booted = Promise.withResolvers<void>()
  await using fake = await during(
    {
      reboot: async () => {
        await booted.promise
        fake.guests[0]?.kill()
        const guest = await fakeGuest(fake.guests[0]?.kmsg)
        fake.guests.push(guest)
        return guest
      },
    },
    2000,
  )
  const rebooting = fake.reboot()
  await delay(3000)
  t.is(fake.record.hung, undefined)
  booted.resolve()
  await rebooting
  t.is(fake.record.hung, undefined)
  await t.throwsAsync(fake.interrupted, { message: /did not end within 2 s/ })
})

test('where nobody can boot another guest it fails, and the one there is goes on', async t => {
  await using fake = await during({ reboot: undefined })
  await t.throwsAsync(fake.reboot(), { message: /^Cannot reboot the guest: There is no guest/ })
  t.true((await fake.sys.getpid()) > 0)
  await fake.client.end(fake.test, {})
  t.true((await fake.next()) > 0)
  t.is(fake.guests.length, 1)
})

test('a guest that does not come up: it fails, and the next test has another', async t => {
  let isBroken = true
  await using fake = await during({
    reboot: async () => {
      fake.guests[0]?.kill()
      if (isBroken) throw new Error('it burns')
      const guest = await fakeGuest(fake.guests[0]?.kmsg)
      fake.guests.push(guest)
      return guest
    },
  })
  await t.throwsAsync(fake.reboot(), { message: 'Cannot reboot the guest: it burns' })
  isBroken = false
  await fake.client.end(fake.test, {})
  t.true((await fake.next()) > 0)
  t.like(fake.record, { died: undefined, hung: undefined })
})

test('a guest whose line ends while it comes up: it fails, too', async t => {
  await using fake = await during({
    reboot: async () => {
      fake.guests[0]?.kill()
      const guest = await fakeGuest(fake.guests[0]?.kmsg)
      fake.guests.push(guest)
      guest.kill()
      return guest
    },
  })
  await t.throwsAsync(fake.reboot(), { message: /^Cannot reboot the guest: The line to the agent ended/ })
})

test('one at a time', async t => {
  await using fake = await during()
  const both = await Promise.allSettled([fake.reboot(), fake.reboot()])
  t.like(both, [
    { status: 'fulfilled' },
    { status: 'rejected', reason: { message: 'Cannot reboot the guest: it is rebooting' } },
  ])
  t.is(fake.guests.length, 2)
})

test('the new guest may die under the test as any other', async t => {
  await using fake = await during()
  await fake.reboot()
  fake.guests[1]?.kill()
  await t.throwsAsync(fake.interrupted, { message: /^The guest died: the machine ended \(killed\)/ })
  await fake.client.end(fake.test, {})
  t.true((await fake.next()) > 0)
  t.is(fake.guests.length, 3)
})

const until = async (t: ExecutionContext, what: string, holds: () => boolean) => {
  for (let n = 0; !holds(); n++) {
    if (n === 1000) return t.fail(`it did not come to this: ${what}`)
    await delay(10)
  }
}

test('a test process that dies while its guest reboots holds up nobody', async t => {
  await using fake = await fakeSession()
  const raw = rawClient(fake.session.socketPath)
  raw.begin('its process dies')
  await until(t, 'it has begun', () => raw.answers.length === 1)
  raw.reboot()
  await until(t, 'the guest boots', () => fake.guests.length === 2)
  raw.die()
  const marks: string[] = []
  fake.guests[1]?.console?.listen(event => event.kind === 'line' && marks.push(event.line.text))
  const client = new SessionClient(fake.session.socketPath)
  const { worker, test: number } = await client.begin('a file', 'next', 30_000)
  t.true((await new Sys(client, worker).getpid()) > 0)
  await client.end(number, {})
  t.is(fake.guests.length, 2)
  // The one that rebooted comes to its end in the new guest before the next one begins there.
  t.deepEqual(
    marks.map(text => / (begin|go on with|end) \d/.exec(text)?.[0]),
    [' go on with 0', ' end 0', ' begin 1', ' end 1'],
  )
  t.deepEqual(await strayResults(fake.session), [])
})
