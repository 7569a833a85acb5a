import test from 'ava'
import { kseries, lastEvent } from './kseries.ts'

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
