import { Interrupted } from '@kseries/host'
import test from 'ava'
import { GuestDied, TestHung } from '../../src/session/errors.ts'
import { SyscallError } from '../../src/sys/errors.ts'
import { fakeSession } from '../helpers/fake-session.ts'

const work = { group: 'ours', title: 'a piece of work', deadline: 20_000 }

test('gives what the work gives, and a record', async t => {
  await using fake = await fakeSession()
  const { record, value } = await fake.session.attend(work, async sys => await sys.getpid())
  t.true((value ?? 0) > 0)
  t.like(record, { file: 'ours', title: 'a piece of work', died: undefined, hung: undefined, findings: [] })
  t.true(record.duration > 0)
})

test('throws what the work throws, and lets the next one begin', async t => {
  await using fake = await fakeSession()
  await t.throwsAsync(
    fake.session.attend(work, async sys => await sys.close(77)),
    { instanceOf: SyscallError, code: 'EBADF' },
  )
  t.is((await fake.session.attend(work, async () => 5)).value, 5)
})

test('each has a process of its own', async t => {
  await using fake = await fakeSession()
  const open = async () => await fake.session.attend(work, async sys => await sys.open('/dev/null', 'O_RDWR'))
  t.is((await open()).value, (await open()).value)
})

test('work under which the guest dies has died, and the next has a new guest', async t => {
  await using fake = await fakeSession()
  const { record, value } = await fake.session.attend(work, async sys => {
    fake.guests[0]?.kill()
    await sys.nanosleep(60_000)
  })
  t.is(value, undefined)
  t.true(record.died instanceof GuestDied)
  t.is((await fake.session.attend(work, async () => 5)).value, 5)
  t.is(fake.guests.length, 2)
  t.deepEqual(fake.session.strayFindings, [])
})

test('work that does not end has hung, and the next has a new guest', async t => {
  await using fake = await fakeSession()
  const { record } = await fake.session.attend({ ...work, deadline: 50 }, async sys => await sys.nanosleep(60_000))
  t.true(record.hung instanceof TestHung)
  t.is(record.died, undefined)
  t.is((await fake.session.attend(work, async () => 5)).value, 5)
  t.is(fake.guests.length, 2)
})

test('its deadline is longer for a slow guest', async t => {
  await using fake = await fakeSession({ timeFactor: 20 })
  const { record } = await fake.session.attend({ ...work, deadline: 50 }, async sys => await sys.nanosleep(200))
  t.is(record.hung, undefined)
})

test('what the kernel reports meanwhile is its', async t => {
  await using fake = await fakeSession()
  const { record } = await fake.session.attend(
    work,
    async sys => await sys.writeFile(fake.guests[0]?.kmsg ?? '', 'WARNING: of this work\n'),
  )
  t.deepEqual(
    record.findings.map(({ title }) => title),
    ['WARNING: of this work'],
  )
  t.deepEqual(fake.session.strayFindings, [])
})

test('ends when the session is told to', async t => {
  const stop = new AbortController()
  await using fake = await fakeSession({ signal: stop.signal })
  const working = fake.session.attend(work, async sys => {
    stop.abort()
    await sys.nanosleep(60_000)
  })
  await t.throwsAsync(working, { instanceOf: Interrupted })
})
