import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from '@kseries/host'
import test from 'ava'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

/** What makes a folder a kernel. */
const linux: Readonly<Record<string, string>> = {
  Makefile: 'VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 4\nNAME = Test\n',
  Kbuild: 'obj-y += drivers/\n',
  Kconfig: 'mainmenu "Linux"\n',
  MAINTAINERS: 'THE REST\n',
  'init/main.c': 'int main;\n',
  'scripts/kconfig/conf.c': 'int conf;\n',
}

let root = ''
test.before(async () => {
  root = await mkdtemp(join(tmpdir(), 'kseries-import-'))
  for (const [name, text] of Object.entries(linux)) {
    await mkdir(dirname(join(root, 'linux', name)), { recursive: true })
    await writeFile(join(root, 'linux', name), text)
  }
})
test.after.always(() => rm(root, { recursive: true, force: true }))

const importMbox = (...args: string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>(resolve => {
    const env = { ...process.env, KSERIES_CACHE: join(root, 'cache'), CI: '1' }
    const all = [main, 'import', 'given.mbox', '--base', './linux', '--out', 'made/series', ...args]
    execFile(process.execPath, all, { cwd: root, env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    )
  })

const mail = (subject: string, diff: string) =>
  `From mboxrd@z Thu Jan  1 00:00:00 1970\nFrom: Test Person <test@example.org>\nSubject: ${subject}\n\nBecause.\n---\n${diff}-- \n2.39.5\n\n`

const creates = (path: string) =>
  `diff --git a/${path} b/${path}\nnew file mode 100644\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+int new;\n`

const bad: readonly (readonly [name: string, mbox: string, message: RegExp])[] = [
  [
    'a text that is no mbox',
    'int main;\n',
    /^kseries: Cannot import 'given\.mbox': it is no mbox: it must begin with/m,
  ],
  [
    'a thread without 2/3, whose subjects try the terminal',
    ['1/3', '3/3'].map(tag => mail(`[PATCH ${tag}] demo: \x1b[2Jnew`, creates('drivers/new.c'))).join(''),
    /^kseries: Cannot import 'given\.mbox': 2\/3 is not in it$/m,
  ],
  [
    'a path out of the tree, in a mail whose subject tries the terminal',
    mail('[PATCH] demo: \x1b[2Jnew', creates('../../outside.c')),
    /^kseries: Cannot import 'demo: \[2Jnew' \(mail 1 of given\.mbox\): it does not apply: invalid path '\.\.\/\.\.\/outside\.c'$/m,
  ],
]

for (const [name, mbox, message] of bad) {
  test.serial(`${name}: exit 2, one error, nothing made`, async t => {
    await writeFile(join(root, 'given.mbox'), mbox)
    const before = (await readdir(root)).filter(one => one !== 'cache')
    const { code, stdout, stderr } = await importMbox()
    t.is(code, 2, stderr)
    t.regex(stderr, message)
    t.is(stderr.match(/^kseries: /gm)?.length, 1)
    t.false((stdout + stderr).includes('\x1b'))
    t.is(stdout, '')
    t.deepEqual(
      (await readdir(root)).filter(one => one !== 'cache'),
      before,
    )
  })
}

test.serial('a good one becomes a folder, once; --json says why not twice', async t => {
  await writeFile(join(root, 'given.mbox'), mail('[PATCH] demo: new', creates('drivers/new.c')))
  const good = await importMbox('--json')
  t.is(good.code, 0, good.stderr)
  t.deepEqual(await readdir(join(root, 'made')), ['series'])
  const again = await importMbox('--json')
  t.is(again.code, 2)
  t.regex(again.stdout, /"type":"error","exitCode":2,"message":"Cannot import '.*made\/series': it exists already/)
  t.deepEqual(await readdir(join(root, 'made')), ['series'])
})

test.serial('a folder that could not be proven is not left behind', async t => {
  await rm(join(root, 'made'), { recursive: true, force: true })
  const git = async (...args: string[]) =>
    (await run('git', [`--git-dir=${join(root, 'cache/kernel.git')}`, ...args])).stdout
  await writeFile(join(root, 'given.mbox'), mail('[PATCH] demo: other', creates('drivers/other.c')))
  t.is((await importMbox()).code, 0)
  await rm(join(root, 'made'), { recursive: true })
  // Somebody's commit on the branch: generating must not hide it, so there is no proof.
  const [ref = ''] = (await git('for-each-ref', '--format=%(refname)', 'refs/heads/kseries/series')).split('\n')
  const who = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org']
  await git('update-ref', ref, await git(...who, 'commit-tree', '-p', ref, '-m', 'mine', `${ref}^{tree}`))
  const { code, stderr } = await importMbox()
  t.is(code, 2)
  t.regex(stderr, /Cannot move the branch kseries\/series/)
  t.deepEqual(await readdir(join(root, 'made')), [])
})
