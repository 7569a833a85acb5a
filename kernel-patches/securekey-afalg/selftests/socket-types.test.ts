/** ALG_SET_SECURE_KEY belongs to skcipher sockets that have not been accepted from. */

import { test } from '@kseries/kselftest-ts'
import { allocate, digest } from '../../securekey/selftests/buffers.ts'
import { inUse, NOTHING_IN_USE } from '../../securekey/selftests/faults.ts'
import { encrypt, random, sha256 } from '../../securekey/selftests/reference.ts'
import { address, bound, cipherSocket, decrypt, generateKey, importKey, operation, setIv, setOp } from './securekey.ts'
import { AF_ALG, ALG_SET_KEY, ALG_SET_SECURE_KEY, SOCK_SEQPACKET, SOL_ALG } from './uapi.gen.ts'

const others: readonly [string, string][] = [
  ['hash', 'sha256'],
  ['aead', 'ccm(aes)'],
  ['securekey', 'soft'],
]

for (const [type, name] of others) {
  test(`ALG_SET_SECURE_KEY on a socket of type ${type}: ENOPROTOOPT`, async t => {
    const { sys } = t.context
    const blob = await generateKey(sys)
    const socket = await bound(sys, type, name)
    await t.throwsAsync(sys.setsockopt(socket, SOL_ALG, ALG_SET_SECURE_KEY, blob), { code: 'ENOPROTOOPT' })
  })
}

test('ALG_SET_SECURE_KEY on a socket that is not bound: ENOPROTOOPT', async t => {
  const { sys } = t.context
  const blob = await generateKey(sys)
  const socket = await sys.socket(AF_ALG, SOCK_SEQPACKET, 0)
  await t.throwsAsync(sys.setsockopt(socket, SOL_ALG, ALG_SET_SECURE_KEY, blob), { code: 'ENOPROTOOPT' })
})

test('ALG_SET_SECURE_KEY after accept(): EBUSY', async t => {
  const { sys } = t.context
  const blob = await generateKey(sys)
  const socket = await cipherSocket(sys, 'cbc(aes)', blob)
  const op = await sys.accept(socket)
  await t.throwsAsync(sys.setsockopt(socket, SOL_ALG, ALG_SET_SECURE_KEY, blob), { code: 'EBUSY' })

  await sys.close(op)
  await t.notThrowsAsync(
    sys.setsockopt(socket, SOL_ALG, ALG_SET_SECURE_KEY, blob),
    'until nothing is accepted any more',
  )
})

test('ALG_SET_SECURE_KEY after accept() without any key: EBUSY', async t => {
  const { sys } = t.context
  const blob = await generateKey(sys)
  const socket = await bound(sys, 'skcipher', 'cbc(aes)')
  await sys.accept(socket)
  await t.throwsAsync(sys.setsockopt(socket, SOL_ALG, ALG_SET_SECURE_KEY, blob), { code: 'EBUSY' })
})

test('ALG_SET_SECURE_KEY on an operation socket: EOPNOTSUPP', async t => {
  const { sys } = t.context
  const blob = await generateKey(sys)
  const op = await operation(sys, 'cbc(aes)', blob)
  await t.throwsAsync(sys.setsockopt(op, SOL_ALG, ALG_SET_SECURE_KEY, blob), { code: 'EOPNOTSUPP' })
})

test('an option that nobody knows on a socket with a secure key: ENOPROTOOPT', async t => {
  const { sys } = t.context
  const socket = await cipherSocket(sys, 'cbc(aes)', await generateKey(sys))
  await t.throwsAsync(sys.setsockopt(socket, SOL_ALG, 4711, new Uint8Array(8)), { code: 'ENOPROTOOPT' })
})

test('a second ALG_SET_SECURE_KEY replaces the first', async t => {
  const { sys } = t.context
  const [first, second, iv, plaintext] = [random(16), random(32), random(16), random(64)]
  const buffer = await allocate(sys, 4096)
  const socket = await cipherSocket(sys, 'cbc(aes)', await importKey(sys, first))
  await sys.setsockopt(socket, SOL_ALG, ALG_SET_SECURE_KEY, await importKey(sys, second))
  t.is(await inUse(sys), 'keys 1\nbuffers 0\nrequests 0\n')

  const ciphertext = encrypt('cbc(aes)', second, iv, plaintext)
  t.is(await decrypt(sys, await sys.accept(socket), iv, ciphertext, { fd: buffer, len: 64 }), 0)
  t.is(await digest(sys, buffer, 0, 64), sha256(plaintext))
})

test('a secure key replaces a raw one, bind() anew goes back to raw keys', async t => {
  const { sys } = t.context
  const [key, iv, plaintext] = [random(16), random(16), random(64)]
  const socket = await bound(sys, 'skcipher', 'cbc(aes)')
  await sys.setsockopt(socket, SOL_ALG, ALG_SET_KEY, key)
  await sys.setsockopt(socket, SOL_ALG, ALG_SET_SECURE_KEY, await generateKey(sys))
  await sys.bind(socket, address('skcipher', 'cbc(aes)'))
  await sys.setsockopt(socket, SOL_ALG, ALG_SET_KEY, key)
  t.is(await inUse(sys), NOTHING_IN_USE)

  const op = await sys.accept(socket)
  await sys.sendmsg(op, { data: encrypt('cbc(aes)', key, iv, plaintext), control: [setOp(), setIv(iv)] })
  t.is(sha256(await sys.read(op, 64)), sha256(plaintext))
})

test('ALG_SET_SECURE_KEY from bad memory: EFAULT', async t => {
  const { sys } = t.context
  const socket = await bound(sys, 'skcipher', 'cbc(aes)')
  const set = sys.syscall('setsockopt', socket, SOL_ALG, ALG_SET_SECURE_KEY, 8, 128)
  await t.throwsAsync(set, { code: 'EFAULT' })
})

test('ALG_SET_KEY after ALG_SET_SECURE_KEY: ENOPROTOOPT', async t => {
  const { sys } = t.context
  const socket = await cipherSocket(sys, 'cbc(aes)', await generateKey(sys))
  await t.throwsAsync(sys.setsockopt(socket, SOL_ALG, ALG_SET_KEY, random(16)), { code: 'ENOPROTOOPT' })
})

test('a socket of type securekey has no setsockopt() of its own: ENOPROTOOPT', async t => {
  const { sys } = t.context
  const socket = await bound(sys, 'securekey', 'soft')
  await t.throwsAsync(sys.setsockopt(socket, SOL_ALG, ALG_SET_KEY, random(16)), { code: 'ENOPROTOOPT' })
})

test('the type that sockets with secure keys go over to cannot be bound to: ENOENT', async t => {
  await t.throwsAsync(bound(t.context.sys, 'securecipher', 'cbc(aes)'), { code: 'ENOENT' })
})
