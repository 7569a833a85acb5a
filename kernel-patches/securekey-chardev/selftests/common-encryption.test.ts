/** Samples of common encryption: what is in the clear is copied, what is not is decrypted, all of it at its place. */

import { test } from '@kseries/kselftest-ts'
import * as fc from 'fast-check'
import { digest } from '../../securekey/selftests/buffers.ts'
import { type Pattern, protect, SCHEMES, type Subsample } from '../../securekey/selftests/common-encryption.ts'
import { inUse } from '../../securekey/selftests/faults.ts'
import { encrypt, random, sha256, zeroes } from '../../securekey/selftests/reference.ts'
import { query } from './commands.ts'
import { decrypt, ready } from './ready.ts'
import { completions, type Request, submit, submitIn } from './session-commands.ts'
import {
  SECUREKEY_DEV_REQUEST_SIZE_VER0,
  SECUREKEY_SCHEME_CBC1,
  SECUREKEY_SCHEME_CBCS,
  SECUREKEY_SCHEME_CENC,
  SECUREKEY_SCHEME_CENS,
  SECUREKEY_SUBSAMPLES_MAX,
  securekey_dev_request,
} from './uapi.gen.ts'

type Name = keyof typeof SCHEMES

const NUMBERS: Readonly<Record<Name, number>> = {
  cenc: SECUREKEY_SCHEME_CENC,
  cbc1: SECUREKEY_SCHEME_CBC1,
  cens: SECUREKEY_SCHEME_CENS,
  cbcs: SECUREKEY_SCHEME_CBCS,
}
const NAMES = Object.keys(NUMBERS) as Name[]

const lengthOf = (subsamples: readonly Subsample[]) =>
  subsamples.reduce((sum, { clear_len, protected_len }) => sum + clear_len + protected_len, 0)

const subsamplesOf = (name: Name) =>
  fc.array(
    fc
      .record({
        clear_len: fc.nat({ max: 300 }),
        protected_len: fc.nat({ max: 1000 }).map(n => (SCHEMES[name].wholeSubsamples ? n - (n % 16) : n)),
      })
      .filter(({ clear_len, protected_len }) => clear_len + protected_len > 0),
    { minLength: 1, maxLength: 20 },
  )

const patternOf = (name: Name): fc.Arbitrary<Pattern> =>
  SCHEMES[name].pattern
    ? fc.record({ crypt: fc.integer({ min: 1, max: 15 }), skip: fc.nat({ max: 15 }) })
    : fc.constant({ crypt: 0, skip: 0 })

for (const name of NAMES) {
  test(`${name}: any sample lands where it should, and nothing beside it`, async t => {
    const { sys } = t.context
    const scheme = SCHEMES[name]
    const BUFFER = 65_536
    await fc.assert(
      fc.asyncProperty(subsamplesOf(name), patternOf(name), fc.nat({ max: 1000 }), async (subsamples, pattern, at) => {
        const [key, iv, offset] = [random(16), random(16), at * 16]
        const sample = random(lengthOf(subsamples))
        const { s, dst, buffer } = await ready(sys, { cipher: scheme.cipher, key, length: BUFFER })
        const data = protect(scheme, key, iv, sample, subsamples, pattern)
        const raw = { scheme: NUMBERS[name] }

        t.is(await decrypt(sys, s, { data, iv, dst, offset, subsamples, pattern, raw }), 0)
        t.is(await digest(sys, buffer, offset, sample.length), sha256(sample))
        t.is(await digest(sys, buffer, 0, offset), zeroes(offset))
        const behind = offset + sample.length
        t.is(await digest(sys, buffer, behind, BUFFER - behind), zeroes(BUFFER - behind))
        await sys.close(s)
        await sys.close(buffer)
      }),
      { numRuns: 8 },
    )
  })

  test(`${name}: a sample without subsamples is protected as a whole`, async t => {
    const { sys } = t.context
    const [scheme, key, iv, sample] = [SCHEMES[name], random(16), random(16), random(1003)]
    const pattern = scheme.pattern ? { crypt: 1, skip: 9 } : { crypt: 0, skip: 0 }
    const { s, dst, buffer } = await ready(sys, { cipher: scheme.cipher, key })
    const data = protect(scheme, key, iv, sample, [], pattern)
    t.is(await decrypt(sys, s, { data, iv, dst, pattern, raw: { scheme: NUMBERS[name] } }), 0)
    t.is(await digest(sys, buffer, 0, sample.length), sha256(sample))
  })
}

test(`${SECUREKEY_SUBSAMPLES_MAX} subsamples are one request, and the device says so`, async t => {
  const { sys } = t.context
  const subsamples = Array.from({ length: SECUREKEY_SUBSAMPLES_MAX }, (_, n) => ({
    clear_len: n % 7,
    protected_len: 1 + (n % 13),
  }))
  const [key, iv, sample] = [random(32), random(16), random(lengthOf(subsamples))]
  const { device, s, dst, buffer } = await ready(sys, { cipher: 'ctr(aes)', key, length: 65_536 })
  const { schemes, max_subsamples } = await query(sys, device)
  t.is(max_subsamples, SECUREKEY_SUBSAMPLES_MAX)
  t.deepEqual(
    NAMES.filter(name => (schemes & (1 << NUMBERS[name])) !== 0),
    NAMES,
  )

  const data = protect(SCHEMES.cenc, key, iv, sample, subsamples)
  t.is(await decrypt(sys, s, { data, iv, dst, subsamples, raw: { scheme: SECUREKEY_SCHEME_CENC } }), 0)
  t.is(await digest(sys, buffer, 0, sample.length), sha256(sample))

  const more = [...subsamples, { clear_len: 1, protected_len: 0 }]
  const request = { data: Buffer.concat([data, random(1)]), iv, dst, subsamples: more }
  await t.throwsAsync(submit(sys, s, { ...request, raw: { scheme: SECUREKEY_SCHEME_CENC } }), { code: 'EMSGSIZE' })
})

test('subsamples and ciphertext may be written over as soon as they were submitted', async t => {
  const { sys } = t.context
  const [key, iv, sample] = [random(16), random(16), random(4096)]
  const subsamples = [{ clear_len: 96, protected_len: 4000 }]
  const { s, dst, buffer } = await ready(sys, { cipher: 'ctr(aes)', key })
  const data = protect(SCHEMES.cenc, key, iv, sample, subsamples)
  t.is(await submit(sys, s, { data, iv, dst, subsamples, raw: { scheme: SECUREKEY_SCHEME_CENC } }), 1)
  // The memory of a program is used for the next one.
  await sys.write(await sys.memfd_create('other', 0), random(8192))
  t.is((await completions(sys, s))[0]?.status, 0)
  t.is(await digest(sys, buffer, 0, 4096), sha256(sample))
})

const LENGTH = 64
const whole = [{ clear_len: 16, protected_len: 48 }]
const cbcs = { scheme: SECUREKEY_SCHEME_CBCS }

const bad: readonly [string, string, Partial<Request>][] = [
  ['no such scheme', 'EINVAL', { raw: { scheme: 5 } }],
  ['no such scheme, far away', 'EINVAL', { raw: { scheme: 0xffff_ffff } }],
  ['a scheme of another mode', 'EINVAL', { subsamples: whole, raw: { scheme: SECUREKEY_SCHEME_CENC } }],
  ['subsamples without a scheme', 'EINVAL', { subsamples: whole }],
  ['a pattern without a scheme', 'EINVAL', { pattern: { crypt: 1, skip: 9 } }],
  [
    'a pattern for a scheme that has none',
    'EINVAL',
    { pattern: { crypt: 1, skip: 9 }, raw: { scheme: SECUREKEY_SCHEME_CBC1 } },
  ],
  ['a pattern that encrypts nothing', 'EINVAL', { pattern: { crypt: 0, skip: 9 }, raw: cbcs }],
  ['a pattern that is too long', 'EINVAL', { pattern: { crypt: 16, skip: 1 }, raw: cbcs }],
  ['an empty subsample', 'EINVAL', { subsamples: [...whole, { clear_len: 0, protected_len: 0 }], raw: cbcs }],
  ['subsamples that are too short', 'EINVAL', { subsamples: [{ clear_len: 16, protected_len: 47 }], raw: cbcs }],
  ['subsamples that are too long', 'EINVAL', { subsamples: [{ clear_len: 17, protected_len: 48 }], raw: cbcs }],
  [
    'subsamples whose sum is right modulo 2^32 only',
    'EINVAL',
    { subsamples: [{ clear_len: 0xffff_ffff, protected_len: 1 }, ...whole], raw: cbcs },
  ],
  [
    'a protected range of cbc1 that is no whole number of blocks',
    'EINVAL',
    {
      subsamples: [
        { clear_len: 32, protected_len: 31 },
        { clear_len: 1, protected_len: 0 },
      ],
      raw: { scheme: SECUREKEY_SCHEME_CBC1 },
    },
  ],
  ['more subsamples than there may be', 'EMSGSIZE', { raw: { ...cbcs, nr_subsamples: SECUREKEY_SUBSAMPLES_MAX + 1 } }],
  ['subsamples at a bad address', 'EFAULT', { raw: { ...cbcs, nr_subsamples: 1, subsamples: 8n } }],
  ['a reserved member', 'EINVAL', { raw: { reserved: 1 } }],
  ['associated data for cbc', 'EINVAL', { aad: random(16) }],
]

for (const [what, code, change] of bad) {
  test(`${what}: ${code}`, async t => {
    const { sys } = t.context
    const [key, iv] = [random(16), random(16)]
    const { s, dst, buffer } = await ready(sys, { key })
    const request = { data: random(LENGTH), iv, dst }
    await t.throwsAsync(submit(sys, s, { ...request, ...change }), { code })
    t.is(await inUse(sys), 'keys 1\nbuffers 1\nrequests 0\n')
    t.is(await digest(sys, buffer, 0, 4096), zeroes(4096))
    t.is(await decrypt(sys, s, request), 0, 'the next one works')
  })
}

test('a program that does not know of samples, with its shorter structure, decrypts as ever', async t => {
  t.true(SECUREKEY_DEV_REQUEST_SIZE_VER0 < securekey_dev_request.size)
  const { sys } = t.context
  const [key, iv, plaintext] = [random(16), random(16), random(64)]
  const { s, dst, buffer } = await ready(sys, { key })
  const request = { cookie: 3, data: encrypt('cbc(aes)', key, iv, plaintext), iv, dst }
  const count = await sys.program(p =>
    submitIn(p, s, [request], { given: { request_size: SECUREKEY_DEV_REQUEST_SIZE_VER0 } }),
  )
  t.is(count, 1)
  t.deepEqual(await completions(sys, s), [{ cookie: 3n, status: 0 }])
  t.is(await digest(sys, buffer, 0, 64), sha256(plaintext))
})
