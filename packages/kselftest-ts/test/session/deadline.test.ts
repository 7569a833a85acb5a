import { setTimeout as delay } from 'node:timers/promises'
import test from 'ava'
import { Deadline } from '../../src/session/deadline.ts'

const deadline = (milliseconds: number) => {
  const { promise, resolve } = Promise.withResolvers<'late'>()
  return { deadline: new Deadline(milliseconds, () => resolve('late')), late: promise }
}
/** What has come of it by then. */
const within = async (milliseconds: number, late: Promise<'late'>) =>
  await Promise.race([late, delay(milliseconds, 'in time' as const)])

test('calls when the time is up, and not when it was stopped', async t => {
  t.is(await within(5000, deadline(10).late), 'late')
  const { deadline: stopped, late } = deadline(10)
  stopped.stop()
  t.is(await within(100, late), 'in time')
})

test('a pause does not count, and what was left is left after it', async t => {
  const { deadline: paused, late } = deadline(300)
  await delay(200)
  paused.pause()
  paused.pause()
  t.is(await within(400, late), 'in time')
  const resumed = performance.now()
  paused.resume()
  t.is(await within(5000, late), 'late')
  // A busy machine may take longer for either part, so that less was left.
  t.true(performance.now() - resumed < 290)
})
