import { execFile } from 'node:child_process'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import test from 'ava'
import { CommandFailed, CommandMissing, Interrupted, type RunOptions, run, spawnDaemon } from '../src/index.ts'

const alive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const gone = async (pid: number) => {
  for (let i = 0; i < 400 && alive(pid); i++) await delay(50)
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

test('names it too where /bin/sh is bash, in any language', async t => {
  const words = 'keeper.sh: Zeile 31: x: Kommando nicht gefunden.'
  await t.throwsAsync(run('sh', ['-c', `echo "${words}" >&2; exit 127`]), { instanceOf: CommandMissing })
})

test('reports lines as they come', async t => {
  const lines: string[] = []
  await run('sh', ['-c', 'echo one; echo two >&2'], { onLine: (line, stream) => lines.push(`${stream}: ${line}`) })
  t.deepEqual(lines.toSorted(), ['stderr: two', 'stdout: one'])
})

test('a deadline ends the command and its descendants', async t => {
  const pids: number[] = []
  const running = run('sh', ['-c', 'sleep 60 & echo $!; wait'], {
    // Long enough for sh to print its line on a busy machine.
    timeout: 5000,
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

test('a command that must not be torn is asked first', async t => {
  const endBy = async (script: string, gentle: number) => {
    const abort = new AbortController()
    const lines: string[] = []
    const onLine = (line: string) => {
      lines.push(line)
      abort.abort()
    }
    await t.throwsAsync(run('sh', ['-c', script], { signal: abort.signal, gentle, onLine }), {
      instanceOf: Interrupted,
    })
    t.true(await gone(Number(lines[0])))
    return lines.slice(1)
  }
  t.deepEqual(await endBy('trap "echo tidied; exit" HUP; sleep 60 & echo $!; wait', 60_000), ['tidied'])
  t.deepEqual(await endBy('trap "" HUP; echo $$; sleep 1; echo done', 60_000), ['done'])
  t.deepEqual(await endBy('trap "" HUP; sleep 60 & echo $!; wait', 300), [])
})

test('a deadline asks first as well', async t => {
  const running = run('sh', ['-c', 'trap "echo tidied; exit" HUP; sleep 60 & wait'], { timeout: 5000, gentle: 60_000 })
  const error = await t.throwsAsync(running, { instanceOf: CommandFailed })
  t.true(error?.timedOut)
  t.is(error?.stdout, 'tidied')
})

/** A caller that is killed as soon as its command has printed its process number. */
const killCaller = async (script: string, options: Pick<RunOptions, 'gentle'> = {}) => {
  const program = `
    import { run } from ${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)}
    await run('sh', ['-c', ${JSON.stringify(script)}], { ...${JSON.stringify(options)}, onLine: line => console.log(line) })`
  const parent = execFile(process.execPath, ['--input-type=module', '-e', program])
  const pid = await new Promise<number>(resolve => parent.stdout?.once('data', data => resolve(Number(data))))
  const wasAlive = alive(pid)
  parent.kill('SIGKILL')
  return { pid, wasAlive }
}

test('kill -9 of the caller leaves nothing running', async t => {
  const { pid, wasAlive } = await killCaller('sleep 60 & echo $!; wait')
  t.true(wasAlive)
  t.true(await gone(pid))
})

test('kill -9 of the caller lets finish what must not be torn, but not for ever', async t => {
  const file = join(await mkdtemp(join(tmpdir(), 'kseries-run-')), 'finished')
  const finishing = await killCaller(`trap "" HUP; echo $$; sleep 1; echo yes > ${file}; sleep 60`, { gentle: 5000 })
  t.true(await gone(finishing.pid))
  t.is(await readFile(file, 'utf8'), 'yes\n')
})

test('a daemon is killed on dispose and says how it ended', async t => {
  let said = () => {}
  const speaking = new Promise<void>(resolve => {
    said = resolve
  })
  const daemon = spawnDaemon('sh', ['-c', 'echo last words >&2; sleep 60'], { onLine: () => said() })
  {
    await using _held = daemon
    await speaking
    t.true(alive(daemon.pid))
  }
  const { signal, stderr } = await daemon.exited
  t.is(signal, 'SIGKILL')
  t.is(stderr, 'last words\n')
})
