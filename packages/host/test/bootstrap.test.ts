import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { run } from '../src/index.ts'

const script = fileURLToPath(new URL('../../../kseries', import.meta.url))
const tools = ['sh', 'env', 'id', 'uname', 'readlink', 'dirname', 'cmp', 'cp', 'flock', 'mkdir', 'chmod', 'cat']

/** A clone of the repository, and a machine with the given programs and few others. */
const machine = async (t: ExecutionContext, programs: Readonly<Record<string, string>>) => {
  const dir = await mkdtemp(join(tmpdir(), 'kseries-bootstrap-'))
  t.teardown(() => rm(dir, { recursive: true }))
  const [clone, bin] = [join(dir, 'clone'), join(dir, 'bin')]
  await Promise.all([clone, bin].map(folder => mkdir(folder)))
  await copyFile(script, join(clone, 'kseries'))
  await writeFile(join(clone, 'package-lock.json'), '{}\n')
  for (const tool of tools) await symlink((await run('which', [tool])).stdout, join(bin, tool))
  for (const [name, text] of Object.entries(programs)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
  }
  const call = (file: string) => run('env', ['-C', dir, `PATH=${bin}`, file, '--exec', 'node'], { okCodes: [0, 4] })
  return { dir, clone, call }
}

const withoutNode = 'mkdir -p node_modules'
const withNode = `case $(uname -m) in aarch64) n=arm64 ;; *) n=x64 ;; esac
  mkdir -p node_modules/node-linux-$n/bin; echo npm >> calls
  echo 'echo this is node' > node_modules/node-linux-$n/bin/node; chmod 755 node_modules/node-linux-$n/bin/node`

test('brings Node once, also when called through a link', async t => {
  const { dir, clone, call } = await machine(t, { npm: withNode })
  await symlink(join('clone', 'kseries'), join(dir, 'link'))
  for (const file of ['./link', './clone/kseries', 'clone/kseries']) t.is((await call(file)).stdout, 'this is node')
  t.is(await readFile(join(clone, 'calls'), 'utf8'), 'npm\n')
})

test('does not take an installation without Node for one', async t => {
  const { clone, call } = await machine(t, { npm: withoutNode })
  for (const _ of ['first', 'again']) {
    const { exitCode, stderr } = await call('clone/kseries')
    t.is(exitCode, 4)
    t.regex(stderr, /kseries: npm did not bring .*node_modules\/node-linux-.*\/node; check the network/)
  }
  await t.throwsAsync(readFile(join(clone, 'node_modules/.kseries-lock')), { code: 'ENOENT' })
})

test('says when npm fails, and when there is none and apt cannot bring it', async t => {
  const failing = await machine(t, { npm: 'exit 1' })
  t.like(await failing.call('clone/kseries'), { exitCode: 4 })
  const none = await machine(t, { sudo: '"$@"', 'apt-get': 'echo "E: no network" >&2; exit 100' })
  const { exitCode, stderr } = await none.call('clone/kseries')
  t.is(exitCode, 4)
  t.regex(stderr, /E: no network\nkseries: apt-get could not install npm/)
})
