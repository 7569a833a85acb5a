import { randomInt } from 'node:crypto'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { spawnDaemon } from '@kseries/host'
import test from 'ava'
import { copyOfSeries, edit, kseries, lastEvent, root } from './kseries.ts'

const core = 'securekey/patches/03-core/tree/drivers/securekey/provider.c'

/** Processes whose command line has a text. */
const running = async (text: string) => {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)
  const all = await Promise.all(
    pids.map(async pid => ({ pid: Number(pid), line: await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '') })),
  )
  return all
    .filter(({ line }) => line.includes(text))
    .map(({ pid, line }) => ({ pid, line: line.replaceAll('\0', ' ') }))
}

test('killed with -9 five times at random moments: nothing stays running, and the next run is whole', async t => {
  const folder = await copyOfSeries()
  const series = join(folder, 'securekey-afalg')
  await edit(join(folder, core), old => `${old}\n/* ${folder} */\n`)
  for (let round = 0; round < 5; round++) {
    const started = spawnDaemon(process.execPath, [join(root, 'packages/cli/src/main.ts'), 'run', series, '--fresh'])
    await delay(randomInt(100, 12_000))
    // Only the command itself: what it started must notice by itself.
    const itself = (await running(`main.ts\0run\0${series}`)).find(({ line }) => line.startsWith(process.execPath))
    if (itself) process.kill(itself.pid, 'SIGKILL')
    await started.exited
    await delay(1_500)
    t.deepEqual(await running(folder), [], `round ${round}`)
  }
  const whole = await kseries(['run', series, '--json'])
  t.is(whole.exitCode, 0, whole.stderr)
  t.is(lastEvent(whole.stdout, 'verdict')['kind'], 'pass')
  await rm(folder, { recursive: true })
})

test('Ctrl-C: exit 130, nothing stays running', async t => {
  const folder = await copyOfSeries()
  await edit(join(folder, core), old => `${old}\n/* ${folder} */\n`)
  const abort = spawnDaemon(join(root, 'kseries'), ['run', join(folder, 'securekey-afalg'), '--fresh'])
  await delay(4_000)
  process.kill(-abort.pid, 'SIGINT')
  const { exitCode, signal } = await abort.exited
  t.true(exitCode === 130 || signal === 'SIGKILL', `${exitCode} ${signal}`)
  await delay(1_000)
  t.deepEqual(await running(folder), [])
  await rm(folder, { recursive: true })
})
