import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silent } from '@kseries/host'
import test from 'ava'
import { guestPackages, packagesText } from '../../src/run/guest-packages.ts'
import { parsePackages } from '../../src/run/options.ts'
import { type Made, verdictInputs } from '../../src/run/verdict-inputs.ts'

let cache: string
test.before(async () => {
  cache = await mkdtemp(join(tmpdir(), 'kseries-packages-'))
  process.env['KSERIES_CACHE'] = cache
})
test.after.always(() => rm(cache, { recursive: true, force: true }))

test('without the option nothing is asked for', async t => {
  const options = { report: silent, signal: AbortSignal.timeout(1000), apt: { etc: '/no/such/folder' } }
  t.is(await guestPackages({ arch: 'arm64' }, options), undefined)
})

test('with it, the archive is asked', async t => {
  const options = { report: silent, signal: AbortSignal.timeout(30_000), apt: { etc: '/no/such/folder' } }
  await t.throwsAsync(guestPackages({ arch: 'arm64', guestPackage: ['no-such-package-of-tests'] }, options), {
    message: /no\/such\/folder/,
  })
})

test('a stage names those that were asked for, and counts the others', t => {
  const root = { key: '', folder: '', suite: 'sid', packages: ['libc6 2.43-7', 'prog 1:1.0', 'prog-data 3'] }
  t.is(packagesText(root, ['prog']), 'prog 1:1.0 and 2 that they need (sid)')
  t.is(packagesText({ ...root, packages: ['prog 1:1.0'] }, ['prog']), 'prog 1:1.0 (sid)')
})

test('names are gathered; what is more than a name is refused', t => {
  t.deepEqual(parsePackages('libc6', parsePackages('g++')), ['g++', 'libc6'])
  for (const name of ['', 'a', 'Prog', 'prog=1', 'prog/sid', '-x', 'prog.*', '../x'])
    t.throws(() => parsePackages(name), { message: /--guest-package/ }, name)
})

test('a verdict depends on them', t => {
  const made = { image: 'i', firmware: undefined, layouts: 'l', agent: 'a', accelerator: { kind: 'tcg', why: '' } }
  const inputs = (packages: string | undefined) =>
    verdictInputs({ ...made, packages } as Made, {} as Parameters<typeof verdictInputs>[1])
  t.notDeepEqual(inputs('one'), inputs('other'))
  t.notDeepEqual(inputs('one'), inputs(undefined))
})
