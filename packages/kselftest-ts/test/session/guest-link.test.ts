import test from 'ava'
import { AgentSilent } from '../../src/agent/errors.ts'
import { GuestLink } from '../../src/session/guest-link.ts'
import { machineAbi } from '../helpers/local-agent.ts'
import { scriptedAgent } from '../helpers/scripted-agent.ts'

const start = async (workers: number, timeout: number, timeFactor = 1) =>
  await GuestLink.start({
    guest: { transport: scriptedAgent(workers) },
    abi: await machineAbi('x86_64'),
    timeout,
    timeFactor,
    onFinding: () => {},
  })

test('an agent that says who it is and then nothing is silent', async t => {
  await t.throwsAsync(start(0, 300), { instanceOf: AgentSilent })
})

test('a guest whose agent opens no process any more is dead', async t => {
  await using link = await start(2, 5000, 0.02)
  t.is(await link.open(), 2)
  const started = performance.now()
  t.is(await link.open(), undefined)
  t.true(performance.now() - started < 2000, 'the factor is for all deadlines')
  t.true(link.dead)
  t.is((await link.died).reason, 'its agent does not answer')
})

test('a process that is not seen to end is told so, and an agent that does not answer', async t => {
  await using link = await start(2, 5000, 0.02)
  t.false(await link.close((await link.open()) ?? 0))
  t.false(await link.answers())
})
