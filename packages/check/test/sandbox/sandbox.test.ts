import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { CommandFailed, exists } from '@kseries/host'
import test from 'ava'
import { type Limits, SandboxUnavailable, sandboxed } from '../../src/index.ts'
import { withSandbox } from '../with-sandbox.ts'

const limits: Limits = { processes: 60, memory: 2 ** 30, time: 60_000 }

/** A tree whose Makefile is FAKE and hostile, a build folder beside it, and make in a sandbox around the two. */
const hostile = async (rules: string) => {
  const home = await mkdtemp(join(tmpdir(), 'kseries-hostile-'))
  const [tree, output] = [join(home, 'tree'), join(home, 'output')]
  await Promise.all([mkdir(tree), mkdir(output)])
  await writeFile(join(tree, 'Makefile'), rules)
  await writeFile(join(home, 'secret'), 'a secret\n')
  const run = sandboxed({ readable: [tree], writable: [output] }, limits)
  return { home, tree, output, make: () => run('make', ['--directory', tree, `O=${output}`, 'all']) }
}

withSandbox('a Makefile writes into the build folder and nowhere else', async t => {
  const { home, tree, output, make } = await hostile(
    `all:
	echo built > $(O)/object
	-echo owned > $(CURDIR)/Makefile
	-echo owned > $(CURDIR)/../owned
	-echo owned > $(O)/../owned-too
	-echo owned > /usr/owned
	-echo owned > /etc/owned
	-cat $(O)/../secret > $(O)/stolen-secret
	-ls -a $(O)/.. > $(O)/neighbours
`,
  )
  t.teardown(() => rm(home, { recursive: true, force: true }))
  await make()
  t.is(await readFile(join(output, 'object'), 'utf8'), 'built\n')
  t.regex(await readFile(join(tree, 'Makefile'), 'utf8'), /^all:/)
  t.deepEqual((await readdir(home)).toSorted(), ['output', 'secret', 'tree'])
  t.false(await exists('/usr/owned'))
  t.false(await exists('/etc/owned'))
  t.is(await readFile(join(output, 'stolen-secret'), 'utf8'), '')
  t.notRegex(await readFile(join(output, 'neighbours'), 'utf8'), /secret/)
})

withSandbox('a Makefile reaches no network and sees no process, home or variable of ours', async t => {
  let connections = 0
  const server = createServer(socket => {
    connections++
    socket.destroy()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as { port: number }
  process.env['KSERIES_TEST_TOKEN'] = 'a token'
  const connect = `use IO::Socket::INET; exit(IO::Socket::INET->new(q(127.0.0.1:${port})) ? 0 : 7)`
  // The same words get through without a sandbox: the test can fail.
  const { run } = await import('@kseries/host')
  await run('/usr/bin/perl', ['-e', connect.replaceAll('$$', '$')])
  t.is(connections, 1)
  const { home, output, make } = await hostile(
    `all:
	perl -e '${connect}'; echo $$? > $(O)/connected
	env > $(O)/environment
	ls -d /proc/[0-9]* | wc -l > $(O)/processes
	-ls -A /root /home > $(O)/homes
`,
  )
  t.teardown(() => rm(home, { recursive: true, force: true }))
  await make()
  t.is(await readFile(join(output, 'connected'), 'utf8'), '7\n')
  t.is(connections, 1)
  t.notRegex(await readFile(join(output, 'environment'), 'utf8'), /KSERIES_TEST_TOKEN|a token/)
  t.true(Number(await readFile(join(output, 'processes'), 'utf8')) < 15)
  t.is(await readFile(join(output, 'homes'), 'utf8'), '')
})

withSandbox('a fork bomb, bounded here, meets the limit', async t => {
  const bomb =
    'for (1 .. 200) { my $$pid = fork; last unless defined $$pid; if (!$$pid) { sleep 60; exit } $$n++ } print $$n'
  const { home, output, make } = await hostile(`all:\n\tperl -e '${bomb}' > $(O)/forked\n`)
  t.teardown(() => rm(home, { recursive: true, force: true }))
  await make()
  const forked = Number(await readFile(join(output, 'forked'), 'utf8'))
  t.true(forked > 5 && forked < limits.processes, `${forked} processes`)
})

withSandbox('what goes on for ever ends at the deadline, with all it started', async t => {
  const { home, tree, output } = await hostile('all:\n\t(while :; do date > $(O)/alive; sleep 0.1; done) & sleep 600\n')
  t.teardown(() => rm(home, { recursive: true, force: true }))
  const run = sandboxed({ readable: [tree], writable: [output] }, { ...limits, time: 3_000 })
  const error = await t.throwsAsync(run('make', ['--directory', tree, `O=${output}`]), { instanceOf: CommandFailed })
  t.true(error?.timedOut)
  // Its file system went with it: whoever still held that would have the folder's name on the command line.
  const { run: plain } = await import('@kseries/host')
  const holders = async () =>
    (await plain('sh', ['-c', 'for p in /proc/[0-9]*; do tr "\\0" " " < $p/cmdline 2>/dev/null; echo; done'])).stdout
  for (let tries = 0; tries < 100 && (await holders()).includes(output); tries++) await delay(100)
  t.false((await holders()).includes(output))
})

test('where namespaces cannot be made nothing is run, and it is said why', async t => {
  const dir = await mkdtemp(join(tmpdir(), 'kseries-bwrap-'))
  t.teardown(() => rm(dir, { recursive: true, force: true }))
  await writeFile(join(dir, 'bwrap'), '#!/bin/sh\necho "bwrap: No permissions to create new namespace" >&2\nexit 1\n', {
    mode: 0o755,
  })
  const { run: plain } = await import('@kseries/host')
  const marker = join(dir, 'ran')
  const script = `import { sandboxed } from '@kseries/check'
    await sandboxed({ readable: [], writable: [] })('touch', ['${marker}']).catch(error => console.log(error.name, error.message))`
  const env = { PATH: `${dir}:${process.env['PATH']}` }
  const { stdout } = await plain(process.execPath, ['--input-type=module', '-e', script], {
    env,
    cwd: import.meta.dirname,
  })
  t.regex(stdout, /^SandboxUnavailable .*does not let us make namespaces.*No permissions to create new namespace/)
  t.false(await exists(marker))
  t.is(new SandboxUnavailable('x', undefined).exitCode, 4)
})
