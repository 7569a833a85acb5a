/** Messages that begin no request, or one that cannot be carried out: refused by sendmsg() itself, not by poll() later. */

import { type Sys, test } from '@kseries/kselftest-ts'
import { type Cipher, random } from '../../securekey/selftests/reference.ts'
import { type ControlMessage, control, ready, setIv, setMemFd, setOp, u32 } from './securekey.ts'
import {
  ALG_GENERATE_KEY,
  ALG_OP_ENCRYPT,
  ALG_SET_AEAD_ASSOCLEN,
  ALG_SET_IV,
  ALG_SET_KEY,
  ALG_SET_MEM_FD,
  ALG_SET_OP,
  af_alg_iv,
  af_alg_mem_fd,
  MSG_MORE,
} from './uapi.gen.ts'

const iv = setIv(random(16))

/** An operation socket, and a destination for it. */
const open = async (sys: Sys, cipher: Cipher = 'cbc(aes)', length = 4096) => {
  const { op, buffer } = await ready(sys, { cipher, length })
  return { op, destination: setMemFd({ fd: buffer, len: length }) }
}

/** Messages that are no good whatever else is in them: [what it is, error, its control data]. */
const bad: readonly [string, string, (destination: ControlMessage) => ControlMessage[]][] = [
  ['no control data at all', 'EDESTADDRREQ', () => []],
  ['no destination', 'EDESTADDRREQ', () => [setOp(), iv]],
  ['no initialization vector', 'EINVAL', destination => [setOp(), destination]],
  ['an initialization vector of 12 bytes', 'EINVAL', destination => [setOp(), setIv(random(12)), destination]],
  ['an initialization vector of 17 bytes', 'EINVAL', destination => [setOp(), setIv(random(17)), destination]],
  [
    'an initialization vector longer than its control message',
    'EINVAL',
    destination => [control(ALG_SET_IV, af_alg_iv.encode({ ivlen: 16, iv: random(16) }).subarray(0, 19)), destination],
  ],
  ['encryption', 'EKEYREJECTED', destination => [setOp(ALG_OP_ENCRYPT), iv, destination]],
  ['an unknown operation', 'EINVAL', destination => [setOp(2), iv, destination]],
  ['an operation of 3 bytes', 'EINVAL', destination => [control(ALG_SET_OP, new Uint8Array(3)), iv, destination]],
  ['the operation twice', 'EINVAL', destination => [setOp(), setOp(), iv, destination]],
  ['the vector twice', 'EINVAL', destination => [iv, iv, destination]],
  ['the destination twice', 'EINVAL', destination => [iv, destination, destination]],
  [
    'a destination one byte short',
    'EINVAL',
    ({ data }) => [iv, control(ALG_SET_MEM_FD, data.subarray(0, af_alg_mem_fd.size - 1))],
  ],
  [
    'a destination with more behind it',
    'EINVAL',
    ({ data }) => [iv, control(ALG_SET_MEM_FD, Uint8Array.from([...data, ...new Uint8Array(8)]))],
  ],
  ['ALG_SET_AEAD_ASSOCLEN', 'EINVAL', destination => [iv, destination, control(ALG_SET_AEAD_ASSOCLEN, u32(0))]],
  ['ALG_SET_KEY as a control message', 'EINVAL', destination => [iv, destination, control(ALG_SET_KEY, random(16))]],
  ['a command for key managers', 'EINVAL', destination => [iv, destination, control(ALG_GENERATE_KEY)]],
  ['an unknown control message', 'EINVAL', destination => [iv, destination, control(4711)]],
]

for (const [what, code, controlOf] of bad) {
  test(`${what}: ${code}`, async t => {
    const { sys } = t.context
    const { op, destination } = await open(sys)
    await t.throwsAsync(sys.sendmsg(op, { data: random(64), control: controlOf(destination) }), { code })
  })
}

test('encryption with a key that does not forbid it: EOPNOTSUPP', async t => {
  const { sys } = t.context
  const { op, buffer } = await ready(sys, { given: { flags: 0 } })
  const message = { data: random(64), control: [setOp(ALG_OP_ENCRYPT), iv, setMemFd({ fd: buffer, len: 64 })] }
  await t.throwsAsync(sys.sendmsg(op, message), { code: 'EOPNOTSUPP' })
})

test('control messages of other levels are skipped', async t => {
  const { sys } = t.context
  const { op, destination } = await open(sys)
  const other = { level: 4711, type: 1, data: new Uint8Array(4) }
  t.is(await sys.sendmsg(op, { data: random(64), control: [other, iv, destination] }), 64)
})

test('write() without a request: EDESTADDRREQ', async t => {
  const { sys } = t.context
  const { op } = await open(sys)
  await t.throwsAsync(sys.write(op, random(64)), { code: 'EDESTADDRREQ' })
})

test('data from bad memory: EFAULT, and nothing of the message is taken', async t => {
  const { sys } = t.context
  const { op, destination } = await open(sys, 'cbc(aes)', 8192)
  const nowhere = { address: 8n, size: 48 }
  await t.throwsAsync(sys.sendmsg(op, { data: nowhere, control: [iv, destination] }), { code: 'EFAULT' })

  t.is(await sys.sendmsg(op, { data: random(4000), control: [iv, destination], flags: MSG_MORE }), 4000)
  await t.throwsAsync(sys.sendmsg(op, { data: [random(200), nowhere] }), { code: 'EFAULT' })
  t.is(await sys.send(op, random(4192)), 4192, 'together as much as the destination holds')
})

test('no data: EINVAL', async t => {
  const { sys } = t.context
  const { op, destination } = await open(sys)
  await t.throwsAsync(sys.sendmsg(op, { control: [iv, destination] }), { code: 'EINVAL' })
})

test('cbc(aes), data that is no whole number of blocks: EINVAL', async t => {
  const { sys } = t.context
  const { op, destination } = await open(sys)
  await t.throwsAsync(sys.sendmsg(op, { data: random(63), control: [iv, destination] }), { code: 'EINVAL' })
})

test('ctr(aes), data that is no whole number of blocks will do', async t => {
  const { sys } = t.context
  const { op, destination } = await open(sys, 'ctr(aes)')
  t.is(await sys.sendmsg(op, { data: random(63), control: [iv, destination] }), 63)
})

test('more data than a socket takes at once: EMSGSIZE', async t => {
  const { sys } = t.context
  const LIMIT = 8 * 1024 * 1024
  const { op, destination } = await open(sys, 'ctr(aes)', 2 * LIMIT)

  t.is(await sys.sendmsg(op, { data: random(16), control: [iv, destination], flags: MSG_MORE }), 16)
  // The same memory again and again is as good as much memory.
  await using memory = await sys.alloc(LIMIT / 16)
  await t.throwsAsync(sys.sendmsg(op, { data: Array.from({ length: 16 }, () => memory) }), { code: 'EMSGSIZE' })
})

test('MSG_MORE: data beyond the destination is refused, what was sent before stays', async t => {
  const { sys } = t.context
  const { op, destination } = await open(sys)

  t.is(await sys.sendmsg(op, { data: random(4080), control: [iv, destination], flags: MSG_MORE }), 4080)
  await t.throwsAsync(sys.send(op, random(32)), { code: 'EMSGSIZE' })
  t.is(await sys.send(op, random(16)), 16)
})

test('MSG_MORE: control data discards what was sent before and begins anew', async t => {
  const { sys } = t.context
  const { op, destination } = await open(sys)

  t.is(await sys.sendmsg(op, { data: random(4080), control: [iv, destination], flags: MSG_MORE }), 4080)
  t.is(await sys.sendmsg(op, { data: random(4096), control: [iv, destination] }), 4096)
})

test('read() of nothing: 0, as for any socket', async t => {
  const { sys } = t.context
  const { op } = await open(sys)
  t.is((await sys.read(op, 0)).length, 0)
})

for (const call of ['read', 'recv', 'recvmsg', 'splice'] as const) {
  test(`${call}() from an operation socket: EOPNOTSUPP`, async t => {
    const { sys } = t.context
    const { op } = await open(sys)
    const calls = {
      read: async () => await sys.read(op, 16),
      recv: async () => await sys.recv(op, 16),
      recvmsg: async () => await sys.recvmsg(op, { length: 16 }),
      splice: async () => await sys.syscall('splice', op, 0, (await sys.pipe2(0))[1], 0, 16, 0),
    }
    await t.throwsAsync(calls[call](), { code: 'EOPNOTSUPP' })
  })
}
