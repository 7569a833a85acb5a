/** Requests that cannot be started: refused by SECUREKEY_DEV_SUBMIT itself, and nothing is written or left behind. */

import { test } from '@kseries/kselftest-ts'
import { allocate, digest } from '../../securekey/selftests/buffers.ts'
import { inUse } from '../../securekey/selftests/faults.ts'
import { encrypt, random, sha256, zeroes } from '../../securekey/selftests/reference.ts'
import { border } from './border.ts'
import { decrypt, ready } from './ready.ts'
import { attach, completions, cookiesOf, type Request, submit, submitIn } from './session-commands.ts'
import {
  POLLERR,
  POLLIN,
  POLLOUT,
  SECUREKEY_DEV_SUBMIT,
  securekey_dev_request,
  securekey_dev_submit,
} from './uapi.gen.ts'

const BUFFER = 8192
const U64_MAX = 2n ** 64n - 1n

const key = random(16)
const iv = random(16)
const plaintext = random(64)
const data = encrypt('cbc(aes)', key, iv, plaintext)

const bad: readonly [string, string, Partial<Request>][] = [
  ['offset + length overflow', 'EOVERFLOW', { offset: U64_MAX - 15n }],
  ['offset + length overflow by one', 'EOVERFLOW', { offset: 16, length: U64_MAX - 15n }],
  ['a range that begins behind the end', 'EINVAL', { offset: BUFFER }],
  ['a range that ends behind the end', 'EINVAL', { offset: BUFFER - 48 }],
  ['a length of 0', 'EINVAL', { length: 0 }],
  ['a misaligned offset, 1', 'EINVAL', { offset: 1 }],
  ['a misaligned offset, 8', 'EINVAL', { offset: 8 }],
  ['no whole number of blocks', 'EINVAL', { length: 63 }],
  ['a flag', 'EINVAL', { flags: 1 }],
  ['another flag', 'EINVAL', { flags: 0x8000_0000 }],
  ['no such destination', 'ENOENT', { dst: 0 }],
]

for (const [what, code, change] of bad) {
  test(`${what}: ${code}`, async t => {
    const { sys } = t.context
    const { s, dst, buffer } = await ready(sys, { key, length: BUFFER })
    await t.throwsAsync(submit(sys, s, { data, iv, dst, ...change }), { code })
    t.is(await sys.poll(s, POLLIN | POLLOUT | POLLERR, 0), POLLOUT)
    t.is(await inUse(sys), 'keys 1\nbuffers 1\nrequests 0\n')
    t.is(await digest(sys, buffer, 0, BUFFER), zeroes(BUFFER))
    t.is(await decrypt(sys, s, { data, iv, dst }), 0, 'the next one works')
    t.is(await digest(sys, buffer, 0, 64), sha256(plaintext))
  })

  test(`${what}, the third of four: two are started, and the error is told when it is the first`, async t => {
    const { sys } = t.context
    const { s, dst } = await ready(sys, { key, length: BUFFER })
    const good = { data, iv, dst }
    const wrong = { ...good, ...change, cookie: 3 }
    t.is(await submit(sys, s, { ...good, cookie: 1 }, { ...good, cookie: 2 }, wrong, { ...good, cookie: 4 }), 2)
    const records = await completions(sys, s, 2)
    if (records.length < 2) records.push(...(await completions(sys, s)))
    t.deepEqual(cookiesOf(records), [1, 2])
    await t.throwsAsync(submit(sys, s, wrong, good), { code })
    t.is(await sys.poll(s, POLLIN, 0), 0)
  })
}

test('more than the provider takes: EMSGSIZE, before any memory is spent on it', async t => {
  const { sys } = t.context
  const { s } = await ready(sys)
  const dst = await attach(sys, s, await allocate(sys, 17 * 1024 * 1024))
  for (const length of [16 * 1024 * 1024 + 16, 17 * 1024 * 1024])
    await t.throwsAsync(submit(sys, s, { data, iv, dst, length }), { code: 'EMSGSIZE' })
})

test('ciphertext that is not there, or ends too early: EFAULT', async t => {
  const { sys } = t.context
  const { s, dst, buffer } = await ready(sys, { length: 16_384 })
  const end = await border(sys)
  for (const src of [0n, end, end - 2048n, 2n ** 63n, U64_MAX - 15n]) {
    await using request = await sys.alloc(securekey_dev_request.encode({ src, len: 4096, dst, iv }))
    const bytes = securekey_dev_submit.encode({
      size: securekey_dev_submit.size,
      requests: request.address,
      request_size: securekey_dev_request.size,
      count: 1,
    })
    await t.throwsAsync(sys.ioctl(s, SECUREKEY_DEV_SUBMIT, bytes), { code: 'EFAULT' })
  }
  t.is(await digest(sys, buffer, 0, 16_384), zeroes(16_384))
  t.is(await inUse(sys), 'keys 1\nbuffers 1\nrequests 0\n')
})

test('requests that are not there: EFAULT; behind some that are: those are started', async t => {
  const { sys } = t.context
  const { s, dst } = await ready(sys)
  await using source = await sys.alloc(64)
  const size = securekey_dev_request.size
  const end = await border(sys)
  const request = securekey_dev_request.encode({ src: source.address, len: 64, dst, iv })
  await sys.poke(end - BigInt(2 * size), Buffer.concat([request, request]))
  const of = (requests: bigint) =>
    securekey_dev_submit.encode({ size: securekey_dev_submit.size, requests, request_size: size, count: 64 })
  await t.throwsAsync(sys.ioctl(s, SECUREKEY_DEV_SUBMIT, of(end)), { code: 'EFAULT' })
  t.is((await sys.ioctl(s, SECUREKEY_DEV_SUBMIT, of(end - BigInt(2 * size)))).value, 2)
})

test('no requests: EINVAL', async t => {
  const { sys } = t.context
  const { s } = await ready(sys)
  await t.throwsAsync(submit(sys, s), { code: 'EINVAL' })
})

test('requests that are longer than those of this kernel, with nothing behind, are the same', async t => {
  const { sys } = t.context
  const { s, dst, buffer } = await ready(sys, { key })
  const requests = [
    { data, iv, dst },
    { data, iv, dst, offset: 64 },
  ]
  t.is(await sys.program(p => submitIn(p, s, requests, { tail: new Uint8Array(24) })), 2)
  while ((await sys.poll(s, POLLIN, 1000)) === POLLIN) {
    if ((await completions(sys, s)).some(({ status }) => status !== 0)) t.fail()
    if ((await sys.readText(`/proc/self/fdinfo/${s}`)).includes('securekey-pending:\t0')) break
  }
  t.is(await digest(sys, buffer, 0, 128), sha256(Buffer.concat([plaintext, plaintext])))
})

test('requests that are longer, with anything behind: E2BIG, after those that have nothing', async t => {
  const { sys } = t.context
  const { s, dst } = await ready(sys, { key })
  const tail = new Uint8Array(24).fill(1, 23)
  await t.throwsAsync(
    sys.program(p => submitIn(p, s, [{ data, iv, dst }], { tail })),
    { code: 'E2BIG' },
  )
  t.is(await sys.poll(s, POLLIN, 0), 0)
})

for (const [code, request_size] of [
  ['EINVAL', 0],
  ['EINVAL', 55],
  ['E2BIG', 4097],
  ['E2BIG', 0xffff_ffff],
] as const) {
  test(`requests of ${request_size} bytes: ${code}`, async t => {
    const { sys } = t.context
    const { s, dst } = await ready(sys)
    await t.throwsAsync(
      sys.program(p => submitIn(p, s, [{ data, iv, dst }], { given: { request_size } })),
      { code },
    )
  })
}
