/** What AF_ALG did before, it still does: these pass without the series too, save those that name new options. */

import { test } from '@kseries/kselftest-ts'
import { allocate } from '../../securekey/selftests/buffers.ts'
import { encrypt, hex, random, sha256 } from '../../securekey/selftests/reference.ts'
import { bound, control, setIv, setMemFd, setOp } from './securekey.ts'
import {
  AF_ALG,
  ALG_OP_ENCRYPT,
  ALG_SET_AEAD_AUTHSIZE,
  ALG_SET_KEY,
  MSG_MORE,
  POLLIN,
  POLLOUT,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_ALG,
} from './uapi.gen.ts'

const key = random(16)
const iv = random(16)

test('cbc(aes) with a raw key: ciphertext by sendmsg(), plaintext by read()', async t => {
  const { sys } = t.context
  const plaintext = random(4096)
  const socket = await bound(sys, 'skcipher', 'cbc(aes)')
  await sys.setsockopt(socket, SOL_ALG, ALG_SET_KEY, key)
  const op = await sys.accept(socket)

  await sys.sendmsg(op, { data: encrypt('cbc(aes)', key, iv, plaintext), control: [setOp(), setIv(iv)] })
  t.is(hex(await sys.read(op, 4096)), hex(plaintext))
})

test('ctr(aes) with a raw key encrypts in pieces', async t => {
  const { sys } = t.context
  const plaintext = random(1000)
  const socket = await bound(sys, 'skcipher', 'ctr(aes)')
  await sys.setsockopt(socket, SOL_ALG, ALG_SET_KEY, key)
  const op = await sys.accept(socket)

  const begin = { data: plaintext.subarray(0, 333), control: [setOp(ALG_OP_ENCRYPT), setIv(iv)], flags: MSG_MORE }
  await sys.sendmsg(op, begin)
  await sys.send(op, plaintext.subarray(333), 0)
  t.is(hex(await sys.read(op, 1000)), hex(encrypt('ctr(aes)', key, iv, plaintext)))
})

test('poll() of a fresh operation socket with a raw key: POLLIN and POLLOUT', async t => {
  const { sys } = t.context
  const socket = await bound(sys, 'skcipher', 'cbc(aes)')
  await sys.setsockopt(socket, SOL_ALG, ALG_SET_KEY, key)
  t.is(await sys.poll(await sys.accept(socket), POLLIN | POLLOUT, 0), POLLIN | POLLOUT)
})

test('ALG_SET_MEM_FD on a socket with a raw key: EINVAL', async t => {
  const { sys } = t.context
  const destination = setMemFd({ fd: await allocate(sys, 4096), len: 4096 })
  const socket = await bound(sys, 'skcipher', 'cbc(aes)')
  await sys.setsockopt(socket, SOL_ALG, ALG_SET_KEY, key)
  const op = await sys.accept(socket)
  const message = { data: random(64), control: [setOp(), setIv(iv), destination] }
  await t.throwsAsync(sys.sendmsg(op, message), { code: 'EINVAL' })
})

test('a hash looks at no control data, so neither at ALG_SET_MEM_FD', async t => {
  const { sys } = t.context
  const destination = setMemFd({ fd: await allocate(sys, 4096), len: 4096 })
  const op = await sys.accept(await bound(sys, 'hash', 'sha256'))
  t.is(await sys.sendmsg(op, { data: random(64), control: [destination] }), 64)
})

test('an unknown control message on a socket with a raw key: EINVAL', async t => {
  const { sys } = t.context
  const socket = await bound(sys, 'skcipher', 'cbc(aes)')
  await sys.setsockopt(socket, SOL_ALG, ALG_SET_KEY, key)
  const op = await sys.accept(socket)
  await t.throwsAsync(sys.sendmsg(op, { data: random(64), control: [control(4711)] }), { code: 'EINVAL' })
})

test('an operation socket without a key: ENOKEY, until its parent has one', async t => {
  const { sys } = t.context
  const plaintext = random(64)
  const socket = await bound(sys, 'skcipher', 'cbc(aes)')
  const op = await sys.accept(socket)
  const message = { data: encrypt('cbc(aes)', key, iv, plaintext), control: [setOp(), setIv(iv)] }

  await t.throwsAsync(sys.sendmsg(op, message), { code: 'ENOKEY' })
  await sys.setsockopt(socket, SOL_ALG, ALG_SET_KEY, key)
  await sys.sendmsg(op, message)
  t.is(hex(await sys.read(op, 64)), hex(plaintext))
})

test('ALG_SET_KEY of a length that AES has not: EINVAL', async t => {
  const { sys } = t.context
  const socket = await bound(sys, 'skcipher', 'cbc(aes)')
  await t.throwsAsync(sys.setsockopt(socket, SOL_ALG, ALG_SET_KEY, random(17)), { code: 'EINVAL' })
})

test('ALG_SET_KEY after accept(): EBUSY', async t => {
  const { sys } = t.context
  const socket = await bound(sys, 'skcipher', 'cbc(aes)')
  await sys.setsockopt(socket, SOL_ALG, ALG_SET_KEY, key)
  await sys.accept(socket)
  await t.throwsAsync(sys.setsockopt(socket, SOL_ALG, ALG_SET_KEY, key), { code: 'EBUSY' })
})

test('an option that a type has not: ENOPROTOOPT', async t => {
  const { sys } = t.context
  const cipher = await bound(sys, 'skcipher', 'cbc(aes)')
  await t.throwsAsync(sys.setsockopt(cipher, SOL_ALG, ALG_SET_AEAD_AUTHSIZE, new Uint8Array(16)), {
    code: 'ENOPROTOOPT',
  })
  await t.throwsAsync(sys.setsockopt(cipher, SOL_ALG, 4711, new Uint8Array(16)), { code: 'ENOPROTOOPT' })
})

test('a hash', async t => {
  const { sys } = t.context
  const data = random(1000)
  const op = await sys.accept(await bound(sys, 'hash', 'sha256'))
  await sys.send(op, data, 0)
  t.is(hex(await sys.read(op, 32)), sha256(data))
})

test('bind() to a type or a name that is not there: ENOENT', async t => {
  const { sys } = t.context
  await t.throwsAsync(bound(sys, 'nonesuch', 'cbc(aes)'), { code: 'ENOENT' })
  await t.throwsAsync(bound(sys, 'skcipher', 'nonesuch(aes)'), { code: 'ENOENT' })
})

test('accept() before bind(): EINVAL', async t => {
  const { sys } = t.context
  const socket = await sys.socket(AF_ALG, SOCK_SEQPACKET, 0)
  await t.throwsAsync(sys.accept(socket), { code: 'EINVAL' })
})

test('a socket of another kind: ESOCKTNOSUPPORT, EPROTONOSUPPORT', async t => {
  const { sys } = t.context
  await t.throwsAsync(sys.socket(AF_ALG, SOCK_STREAM, 0), { code: 'ESOCKTNOSUPPORT' })
  await t.throwsAsync(sys.socket(AF_ALG, SOCK_SEQPACKET, 1), { code: 'EPROTONOSUPPORT' })
})
