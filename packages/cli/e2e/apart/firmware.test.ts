import { join } from 'node:path'
import { exists } from '@kseries/host'
import test from 'ava'
import { events, kseries, lastEvent, root, scratch, text } from '../kseries.ts'

const machine = join(root, 'packages/cli/e2e/fixtures/optee-machine')
const echo = join(root, 'packages/firmware/test/fixtures/ta/echo')
const onMachine = ['--machine', 'qemu-arm64-optee', '--ta', echo, '--json'] as const

interface TestEvent {
  readonly title: string
  readonly verdict: string
  readonly message?: string
}

test.serial('kseries firmware: built once, then known; says what of and where', async t => {
  const first = await kseries(['firmware', '--ta', echo, '--json'])
  t.is(first.exitCode, 0, `${first.stdout.slice(-2000)}\n${first.stderr}`)
  const { bios, tas, origins } = lastEvent(first.stdout, 'firmware') as unknown as {
    readonly bios: string
    readonly tas: readonly { readonly name: string; readonly uuid: string }[]
    readonly origins: Readonly<Record<string, string>>
  }
  t.true(await exists(bios))
  t.deepEqual(tas, [{ name: 'echo', uuid: '8f1c3f4a-2d6e-4e0b-9a57-1f0c5b7d9e21' }])
  t.regex(origins['optee'] ?? '', /^Debian optee-os 4\./)
  const again = await kseries(['firmware', '--ta', echo, '--json'])
  t.like(lastEvent(again.stdout, 'firmware'), { bios, wasBuilt: true })
})

test.serial(
  'the machine boots it: /dev/tee0 answers, protected memory is there, a TA answers and may panic',
  async t => {
    const folder = join(await scratch(), 'results')
    const { exitCode, stdout, stderr } = await kseries([
      'run',
      machine,
      ...onMachine,
      '--fresh',
      '--results',
      folder,
      ...['OP-TEE answers*', 'its protected memory*', 'a trusted application*', 'one that panics*'].flatMap(glob => [
        '--test',
        glob,
      ]),
    ])
    t.is(exitCode, 0, `${stdout.slice(-4000)}\n${stderr}`)
    t.like(lastEvent(stdout, 'verdict'), { kind: 'pass', counts: { pass: 4, fail: 0, skip: 0 } })
    const secure = await text(join(folder, 'secure-console.log'))
    // Each line with the seconds since power-on.
    t.regex(secure, /^ +\d+\.\d{3} I\/TC: OP-TEE version: .*4\.\d+/m)
    t.regex(secure, /TA panicked with code 0xabcd/)
  },
)

test.serial('a TA panic that no test expected fails it as a splat; one that was expected must come', async t => {
  const { exitCode, stdout, stderr } = await kseries([
    'run',
    machine,
    ...onMachine,
    '--fresh',
    '--test',
    'a panic that*',
  ])
  t.is(exitCode, 1, `${stdout.slice(-4000)}\n${stderr}`)
  const results = events(stdout).filter(({ type }) => type === 'test') as unknown as readonly TestEvent[]
  const of = (title: string) => results.find(result => result.title === title)
  t.like(of('a panic that nobody expected'), { verdict: 'splat' })
  t.regex(of('a panic that nobody expected')?.message ?? '', /TA panicked with code 0x77 \(8f1c3f4a-/)
  t.like(of('a panic that was expected and does not come'), { verdict: 'fail' })
  t.regex(of('a panic that was expected and does not come')?.message ?? '', /no ta-panic was reported/)
})

test.serial('over the console UART, which U-Boot has first', async t => {
  const args = ['--fresh', '--transport', 'console', '--test', 'OP-TEE answers*', '--test', 'one that panics*']
  const { exitCode, stdout, stderr } = await kseries(['run', machine, ...onMachine, ...args])
  t.is(exitCode, 0, `${stdout.slice(-4000)}\n${stderr}`)
  t.like(lastEvent(stdout, 'verdict'), { kind: 'pass', counts: { pass: 2, fail: 0, skip: 0 } })
})
