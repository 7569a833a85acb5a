import { randomInt } from 'node:crypto'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Daemon, spawnDaemon } from '@kseries/host'
import test from 'ava'
import { copyOfSeries, edit, kseries, lastEvent, root } from './kseries.ts'

const core = 'securekey/patches/03-core/tree/drivers/securekey/provider.c'

/** Processes with this in their environment: all that a marked command started, compilers and QEMU too. */
const marked = async (mark: string) => {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name))
  const all = await Promise.all(
    pids.map(async pid => ({
      pid: Number(pid),
      environment: await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => ''),
      line: (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' '),
    })),
  )
  return all.filter(({ environment }) => environment.includes(mark)).map(({ pid, line }) => ({ pid, line }))
}

/** Whether nothing of it runs any more, soon. */
const allGone = async (mark: string) => {
  let left = await marked(mark)
  for (let tries = 0; left.length > 0 && tries < 50; tries++) {
    await delay(100)
    left = await marked(mark)
  }
  return left.map(({ line }) => line)
}

/** Starts a run whose processes can be found by `mark`. @returns it, and the pid of the command itself. */
const startRun = async (series: string, mark: string): Promise<{ run: Daemon; pid: number }> => {
  const run = spawnDaemon(process.execPath, [join(root, 'packages/cli/src/main.ts'), 'run', series, '--fresh'], {
    env: { KSERIES_MARK: mark },
  })
  for (;;) {
    // The keeper and setpriv have the same words behind other ones.
    const itself = (await marked(mark)).find(({ line }) => line.startsWith(`${process.execPath} `))
    if (itself) return { run, pid: itself.pid }
    await delay(20)
  }
}

test('killed with -9 five times at random moments: nothing stays running, and the next run is whole', async t => {
  const folder = await copyOfSeries()
  const series = join(folder, 'securekey-afalg')
  await edit(join(folder, core), old => `${old}\n/* ${folder} */\n`)
  for (let round = 0; round < 5; round++) {
    const mark = `${folder}-${round}`
    const { run, pid } = await startRun(series, mark)
    const after = randomInt(100, 12_000)
    await delay(after)
    process.kill(pid, 'SIGKILL')
    await run.exited
    t.deepEqual(await allGone(mark), [], `round ${round}, after ${after} ms`)
  }
  const whole = await kseries(['run', series, '--json'])
  t.is(whole.exitCode, 0, whole.stderr)
  t.is(lastEvent(whole.stdout, 'verdict')['kind'], 'pass')
  await rm(folder, { recursive: true })
})

for (const [moment, wait] of [
  ['early', 1_000],
  ['later', 7_000],
] as const) {
  test(`Ctrl-C, ${moment}: exit 130, nothing stays running`, async t => {
    const folder = await copyOfSeries()
    await edit(join(folder, core), old => `${old}\n/* ${folder} */\n`)
    const { run, pid } = await startRun(join(folder, 'securekey-afalg'), folder)
    await delay(wait)
    process.kill(pid, 'SIGINT')
    const { exitCode, stderr } = await run.exited
    t.is(exitCode, 130, stderr)
    t.regex(stderr, /SIGINT: ending what was started/)
    t.notRegex(stderr, /defect/)
    t.deepEqual(await allGone(folder), [])
    await rm(folder, { recursive: true })
  })
}
