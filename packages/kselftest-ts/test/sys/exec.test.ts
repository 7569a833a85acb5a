import { readFile } from 'node:fs/promises'
import test from 'ava'
import { buildAgent } from '../../src/agent/build.ts'
import { localAgent } from '../helpers/local-agent.ts'

test('a binary of the guest, with arguments, environment, input', async t => {
  await using local = await localAgent()
  const script = 'echo "$1 $WHO"; cat; echo oops >&2; exit 3'
  const result = await local.sys.exec({
    file: '/bin/sh',
    args: ['-c', script, 'sh', 'hello'],
    env: { WHO: 'you' },
    stdin: 'input',
  })
  t.deepEqual(result, { exitCode: 3, signal: undefined, timedOut: false, stdout: 'hello you\ninput', stderr: 'oops\n' })
})

test('a binary that is uploaded', async t => {
  await using local = await localAgent()
  // The agent itself will do: at the end of its input it ends.
  const result = await local.sys.exec({ file: await readFile(await buildAgent({ abi: 'x86_64' })) })
  t.is(result.exitCode, 0)
})

test('large output, and nothing on its input', async t => {
  await using local = await localAgent()
  const { stdout, exitCode } = await local.sys.exec({
    file: '/bin/sh',
    args: ['-c', 'head -c 300000 /dev/zero | tr "\\0" x; cat'],
  })
  t.is(stdout.length, 300_000)
  t.is(exitCode, 0)
})

test('what a grandchild writes when the child has ended is read to its end', async t => {
  await using local = await localAgent()
  const script = 'echo done; { head -c 10000000 /dev/zero | tr "\\0" x; } & exit 0'
  const { stdout, exitCode } = await local.sys.exec({ file: '/bin/sh', args: ['-c', script] })
  t.is(stdout.length, 10_000_000 + 'done\n'.length)
  t.is(exitCode, 0)
})

test('a grandchild that writes for ever is left when the time is up', async t => {
  await using local = await localAgent()
  const result = await local.sys.exec({ file: '/bin/sh', args: ['-c', 'yes & exit 3'], timeout: 500 })
  t.like(result, { exitCode: 3, timedOut: true })
  t.true(result.stdout.startsWith('y\ny\n'))
})

test('what is none, what dies, what does not end', async t => {
  await using local = await localAgent()
  const { sys } = local
  const before = await sys.readDir('/proc/self/fd')
  await t.throwsAsync(sys.exec({ file: '/no/such/file' }), { code: 'ENOENT' })
  await t.throwsAsync(sys.exec({ file: Buffer.from('not a program') }), { code: 'ENOEXEC' })
  t.like(await sys.exec({ file: '/bin/sh', args: ['-c', 'kill -ABRT $$'] }), {
    exitCode: undefined,
    signal: 6,
    timedOut: false,
  })
  t.like(await sys.exec({ file: '/bin/sh', args: ['-c', 'echo begun; exec sleep 60'], timeout: 2000 }), {
    signal: 9,
    timedOut: true,
    stdout: 'begun\n',
  })
  // Whoever holds the pipe longer than the child lives is not waited for.
  const left = sys.exec({ file: '/bin/sh', args: ['-c', 'sleep 600 & echo $! >&2; echo done'] })
  const { stdout, stderr } = await left
  t.is(stdout, 'done\n')
  t.is(await sys.kill(Number(stderr), 'SIGKILL'), 0, 'it runs still')
  t.deepEqual(await sys.readDir('/proc/self/fd'), before, 'nothing is left open')
})
