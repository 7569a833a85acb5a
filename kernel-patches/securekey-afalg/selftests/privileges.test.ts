/**
 * Who may use secure keys: CAP_NET_ADMIN or CAP_SYS_ADMIN of the initial user namespace, at any level of the sysctl
 * crypto.af_alg_restrict. Others are told that there is no such provider (ENOENT) and no such option (ENOPROTOOPT). Whom the
 * sysctl lets bind to the ciphers is another matter, and kernels before 7.3 have none and let everybody. Operation sockets may
 * be passed on to anybody.
 */

import { NOBODY, type SelftestContext, type Sys, test } from '@kseries/kselftest-ts'
import { allocate, digest } from '../../securekey/selftests/buffers.ts'
import { encrypt, random, sha256 } from '../../securekey/selftests/reference.ts'
import { address, bound, cipherSocket, decrypt, generateKey, importKey, operation } from './securekey.ts'
import { AF_ALG, ALG_SET_SECURE_KEY, SOCK_SEQPACKET, SOL_ALG } from './uapi.gen.ts'

const RESTRICT = '/proc/sys/crypto/af_alg_restrict'

const hasRestriction = async (sys: Sys): Promise<boolean> =>
  (await sys.readDir('/proc/sys/crypto').catch((): string[] => [])).includes('af_alg_restrict')

const needsRestriction = async (context: SelftestContext): Promise<void> => {
  context.needs(await hasRestriction(context.sys), 'kernels before 7.3 have no af_alg_restrict')
}

const unprivileged = {
  'an ordinary user': NOBODY,
  'root without capabilities': { caps: [] },
  'root of a user namespace': { ...NOBODY, userns: true },
  'root of a user namespace with a network of its own': { ...NOBODY, userns: true, netns: true },
}

for (const [who, credentials] of Object.entries(unprivileged)) {
  test(`${who}, bind() to a provider: ENOENT`, async t => {
    await using user = await t.context.sys.process(credentials)
    await t.throwsAsync(bound(user, 'securekey', 'soft'), { code: 'ENOENT' })
  })

  test(`${who}, ALG_SET_SECURE_KEY: ENOENT from bind() already, before 7.3 ENOPROTOOPT`, async t => {
    const { sys } = t.context
    const code = (await hasRestriction(sys)) ? 'ENOENT' : 'ENOPROTOOPT'
    const blob = await generateKey(sys)
    await using user = await sys.process(credentials)
    await t.throwsAsync(cipherSocket(user, 'cbc(aes)', blob), { code })
    await t.throwsAsync(cipherSocket(user, 'ctr(aes)', blob), { code })
  })
}

for (const capability of ['CAP_NET_ADMIN', 'CAP_SYS_ADMIN'] as const) {
  test(`an ordinary user with ${capability} alone may`, async t => {
    await using user = await t.context.sys.process({ ...NOBODY, caps: [capability] })
    await t.notThrowsAsync(cipherSocket(user, 'cbc(aes)', await generateKey(user)))
  })
}

test('a cipher that is open to everybody takes no secure key: ENOPROTOOPT', async t => {
  const { sys } = t.context
  const blob = await generateKey(sys)
  await using user = await sys.process(NOBODY)
  const socket = await bound(user, 'skcipher', 'xts(aes)')
  await t.throwsAsync(user.setsockopt(socket, SOL_ALG, ALG_SET_SECURE_KEY, blob), { code: 'ENOPROTOOPT' })
})

test('a bound cipher that was handed to an ordinary user takes no secure key: ENOPROTOOPT', async t => {
  const { sys } = t.context
  const blob = await generateKey(sys)
  const socket = await bound(sys, 'skcipher', 'cbc(aes)')
  await using user = await sys.process(NOBODY)
  await t.throwsAsync(user.setsockopt(socket, SOL_ALG, ALG_SET_SECURE_KEY, blob), { code: 'ENOPROTOOPT' })
  await t.notThrowsAsync(sys.setsockopt(socket, SOL_ALG, ALG_SET_SECURE_KEY, blob))
})

test('an ordinary user decrypts with descriptors that were handed to it', async t => {
  const { sys } = t.context
  const [key, iv, plaintext] = [random(16), random(16), random(4096)]
  const op = await operation(sys, 'cbc(aes)', await importKey(sys, key))
  const buffer = await allocate(sys, 4096)

  await using user = await sys.process(NOBODY)
  t.is(await decrypt(user, op, iv, encrypt('cbc(aes)', key, iv, plaintext), { fd: buffer, len: 4096 }), 0)
  t.is(await digest(sys, buffer, 0, 4096), sha256(plaintext))
})

/** Sets the sysctl for the length of a block. */
const restrict = async (sys: Sys, level: number): Promise<AsyncDisposable> => {
  const before = await sys.readText(RESTRICT)
  await sys.writeFile(RESTRICT, `${level}`)
  return { [Symbol.asyncDispose]: async () => await sys.writeFile(RESTRICT, before) }
}

test('af_alg_restrict is 1 unless changed', async t => {
  await needsRestriction(t.context)
  t.is(await t.context.sys.readText(RESTRICT), '1\n')
})

for (const [who, credentials] of Object.entries(unprivileged)) {
  test(`af_alg_restrict=0 does not help ${who}: ENOENT, ENOPROTOOPT`, async t => {
    await needsRestriction(t.context)
    const { sys } = t.context
    const blob = await generateKey(sys)
    await using _ = await restrict(sys, 0)
    await using user = await sys.process(credentials)
    await t.throwsAsync(bound(user, 'securekey', 'soft'), { code: 'ENOENT' })
    const socket = await bound(user, 'skcipher', 'cbc(aes)')
    await t.throwsAsync(user.setsockopt(socket, SOL_ALG, ALG_SET_SECURE_KEY, blob), { code: 'ENOPROTOOPT' })
  })
}

test('af_alg_restrict=0: privileged users may, as ever', async t => {
  await needsRestriction(t.context)
  const { sys } = t.context
  await using _ = await restrict(sys, 0)
  await t.notThrowsAsync(cipherSocket(sys, 'cbc(aes)', await generateKey(sys)))
})

test('af_alg_restrict=2: not even root, EAFNOSUPPORT', async t => {
  await needsRestriction(t.context)
  const { sys } = t.context
  await using _ = await restrict(sys, 2)
  await t.throwsAsync(sys.socket(AF_ALG, SOCK_SEQPACKET, 0), { code: 'EAFNOSUPPORT' })
})

test('af_alg_restrict=2: bind() on a socket from before: ENOENT', async t => {
  await needsRestriction(t.context)
  const { sys } = t.context
  const socket = await sys.socket(AF_ALG, SOCK_SEQPACKET, 0)
  await using _ = await restrict(sys, 2)
  await t.throwsAsync(sys.bind(socket, address('securekey', 'soft')), { code: 'ENOENT' })
})
