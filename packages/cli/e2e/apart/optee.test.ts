import { join } from 'node:path'
import test from 'ava'
import { events, kseries, lastEvent, root } from '../kseries.ts'

test('securekey on a real OP-TEE, a short form: keys, both front ends, refusals, an application that dies', async t => {
  const titles = [
    'it has the application*',
    'a key is made by ALG_GENERATE_KEY*',
    '*plaintext goes to the dma-buf*',
    'any bit of the header flipped*',
    'ordinary memory under a key for protected memory only*',
    'the application dies*',
    'a sample of 65536 bytes*',
    'read() gives records and never plaintext*',
  ]
  // Without a name it is the series that is about the machine.
  const args = [
    'run',
    '--machine',
    'qemu-arm64-optee',
    '--fresh',
    '--json',
    ...titles.flatMap(glob => ['--test', glob]),
  ]
  const { exitCode, stdout, stderr } = await kseries(args)
  t.is(exitCode, 0, `${stdout.slice(-4000)}\n${stderr}`)
  t.like(lastEvent(stdout, 'verdict'), {
    kind: 'pass',
    series: 'securekey-tee',
    counts: { pass: titles.length, fail: 0, skip: 0 },
  })
})

const peers = join(root, 'packages/cli/e2e/fixtures/optee-peers')
const onlySdp = ['run', peers, '--machine', 'qemu-arm64-optee', '--fresh', '--json', '--test', 'xtest, --sdp*']

/** Why the one test was skipped. */
const skippedBecause = async (args: readonly string[]) => {
  const { exitCode, stdout } = await kseries(args)
  const result = events(stdout).find(({ type }) => type === 'test')
  return { exitCode, stdout, why: JSON.stringify(result) }
}

test('a program of a Debian package runs in the guest, with its libraries: xtest says what it was built with', async t => {
  const packages = ['optee-test-qemu', 'tee-supplicant'].flatMap(name => ['--guest-package', name])
  const { exitCode, stdout, why } = await skippedBecause([...onlySdp, ...packages])
  t.is(exitCode, 0, stdout.slice(-4000))
  t.regex(why, /this xtest is built without the tests of the secure data path/)
  t.regex(stdout, /optee-test-qemu \d\S*, tee-supplicant \d\S* and \d+ that they need/)
})

test('without the package its tests say what to run them with', async t => {
  const { exitCode, why } = await skippedBecause(onlySdp)
  t.is(exitCode, 0)
  t.regex(why, /no \/usr\/bin\/xtest in this guest: run with --guest-package optee-test-qemu/)
})
