import { execFile } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import test from 'ava'
import { CommandFailed, CommandMissing, Interrupted, run, spawnDaemon } from '../src/index.ts'

const alive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const gone = async (pid: number) => {
  for (let i = 0; i < 100 && alive(pid); i++) await delay(50)
  return !alive(pid)
}

test('passes input, output and exit codes through', async t => {
  t.is((await run('cat', [], { input: 'a line\n' })).stdout, 'a line')
  t.deepEqual(
    (await run('cat', [], { input: new Uint8Array([0, 255, 10]), binary: true })).bytes,
    new Uint8Array([0, 255, 10]),
  )
  t.is((await run('sh', ['-c', 'exit 7'], { okCodes: [7] })).exitCode, 7)
  const error = await t.throwsAsync(run('sh', ['-c', 'echo because >&2; exit 7']), { instanceOf: CommandFailed })
  t.is(error?.code, 7)
  t.regex(error?.message ?? '', /exited with 7:\nbecause/)
})

test('names a program that is not there', async t => {
  const error = await t.throwsAsync(run('no-such-program', []), { instanceOf: CommandMissing })
  t.is(error?.command, 'no-such-program')
})

test('reports lines as they come', async t => {
  const lines: string[] = []
  await run('sh', ['-c', 'echo one; echo two >&2'], { onLine: (line, stream) => lines.push(`${stream}: ${line}`) })
  t.deepEqual(lines.toSorted(), ['stderr: two', 'stdout: one'])
})

test('a deadline ends the command and its descendants', async t => {
  const pids: number[] = []
  const running = run('sh', ['-c', 'sleep 60 & echo $!; wait'], {
    timeout: 500,
    onLine: line => pids.push(Number(line)),
  })
  t.true((await t.throwsAsync(running, { instanceOf: CommandFailed }))?.timedOut)
  t.is(pids.length, 1)
  t.true(await gone(pids[0] ?? 0))
})

test('an abort ends the command and its descendants', async t => {
  const abort = new AbortController()
  const pids: number[] = []
  const running = run('sh', ['-c', 'sleep 60 & echo $!; wait'], {
    signal: abort.signal,
    onLine: line => {
      pids.push(Number(line))
      abort.abort()
    },
  })
  await t.throwsAsync(running, { instanceOf: Interrupted })
  t.true(await gone(pids[0] ?? 0))
})

test('kill -9 of the caller leaves nothing running', async t => {
  const program = `
    import { run } from ${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)}
    await run('sh', ['-c', 'sleep 60 & echo $!; wait'], { onLine: line => console.log(line) })`
  const parent = execFile(process.execPath, ['--input-type=module', '-e', program])
  const grandchild = await new Promise<number>(resolve => parent.stdout?.once('data', data => resolve(Number(data))))
  t.true(alive(grandchild))
  parent.kill('SIGKILL')
  t.true(await gone(grandchild))
})

test('a daemon is killed on dispose and says how it ended', async t => {
  const daemon = spawnDaemon('sh', ['-c', 'echo last words >&2; sleep 60'])
  {
    await using _held = daemon
    await delay(300)
    t.true(alive(daemon.pid))
  }
  const { signal, stderr } = await daemon.exited
  t.is(signal, 'SIGKILL')
  t.is(stderr, 'last words\n')
})
