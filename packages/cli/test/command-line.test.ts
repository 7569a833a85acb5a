import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import test from 'ava'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

const kseries = (...args: string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>(resolve => {
    execFile(process.execPath, [main, ...args], (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    )
  })

test('--help has every command, examples and exit codes', async t => {
  const { code, stdout } = await kseries('--help')
  t.is(code, 0)
  for (const word of [
    'run',
    'build',
    'watch',
    'check',
    'generate',
    'mail',
    'fold',
    'tree',
    'firmware',
    'doctor',
    'setup',
    'Examples:',
    'Exit status:',
    'KSERIES_CACHE',
  ]) {
    t.true(stdout.includes(word), word)
  }
})

test('--version says one', async t => {
  const { code, stdout } = await kseries('--version')
  t.is(code, 0)
  t.regex(stdout, /^\d+\.\d+\.\d+\n$/)
})

test('usage errors: exit 2, and what is wrong', async t => {
  for (const [args, message] of [
    [['frobnicate'], /unknown command 'frobnicate'/],
    [['run', '--arch', 'vax'], /vax/],
    [['run', '--noise', '7'], /--noise.*0 to 0\.1.*'7'/],
    [['run', '--board', 'virt'], /--board.*microvm, q35.*'virt'/],
    [['run', '--machine', 'toaster'], /--machine.*qemu-arm64-optee/],
    [['run', '--machine', 'qemu-arm64-optee', '--board', 'virt'], /--machine.*cannot be used with.*--board/],
    [['run', '--ta', './x'], /--ta.*with '--machine' only/],
    [['run', '--guest-package', 'xtest=4.10'], /--guest-package.*a Debian package's name.*'xtest=4\.10'/],
    [['build', '--guest-package', 'xtest'], /unknown option '--guest-package'/],
    [['firmware', '--optee', '4.10'], /'4\.10' as sources of firmware/],
    [['firmware', '--ta', './no-such-ta', '--quiet'], /no-such-ta in: it has no Makefile/],
    [['generate', '-v', 'two'], /--reroll.*'two'/],
    [['tree', 'not a tree'], /'not a tree'/],
    [['mail'], /missing required argument 'series'/],
    [['mail', 'securekey'], /no folder for them/],
    [['mail', 'securekey', '--to', 'somebody'], /--to.*'somebody'/],
    [['mail', 'securekey', '--cc', 'a@example.org, b@example.org'], /--cc.*one mail address/],
    [['mail', 'securekey', '--in-reply-to', 'x'], /--in-reply-to.*Message-ID.*'x'/],
    [['check', '--b4', 'prep', '--allmodconfig'], /--b4.*cannot be used with.*--allmodconfig/],
    [['check', 'no-such-series'], /Cannot find the series 'no-such-series'/],
    [['check', 'a..b', '--repo', '/no/such/folder'], /no folder \/no\/such\/folder/],
    [['run', 'no-such-series'], /Cannot find the series 'no-such-series'/],
  ] as const) {
    const { code, stderr } = await kseries(...args)
    t.is(code, 2, args.join(' '))
    t.regex(stderr, message)
  }
})

test('doctor says what it looked at, and nothing is changed', async t => {
  const { stdout } = await kseries('doctor', '--json')
  const findings = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as { what: string; state: string })
  t.true(findings.some(({ what, state }) => what === 'Node' && state === 'ok'))
  for (const tool of ['clang', 'smatch'])
    t.true(
      findings.some(({ what, state }) => what === tool && state !== 'missing'),
      'nothing needs it',
    )
  t.true(findings.every(({ state }) => ['ok', 'missing', 'note'].includes(state)))
})

test('--json tells a failure on standard output, too', async t => {
  const { code, stdout } = await kseries('run', 'no-such-series', '--json')
  t.is(code, 2)
  t.like(JSON.parse(stdout), { type: 'error', exitCode: 2 })
})
