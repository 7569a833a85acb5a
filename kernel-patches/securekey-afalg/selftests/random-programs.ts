/** Random programs on sockets for keys and for decryption. */

import { NOBODY, type Sys } from '@kseries/kselftest-ts'
import * as fc from 'fast-check'
import { allocate } from '../../securekey/selftests/buffers.ts'
import { type Fuzzed, long, rarely, variant, variants, word } from '../../securekey/selftests/fuzz.ts'
import { random } from '../../securekey/selftests/reference.ts'
import { type Arg, type Step, StepList } from '../../securekey/selftests/steps.ts'
import { underTest } from '../../securekey/selftests/under-test.ts'
import { address, cipherSocket, importKey, params, prepareKey } from './securekey.ts'
import {
  AF_ALG,
  ALG_DELETE_KEY,
  ALG_GENERATE_KEY,
  ALG_IMPORT_KEY,
  ALG_OP_DECRYPT,
  ALG_OP_ENCRYPT,
  ALG_PREPARE_KEY,
  ALG_SET_AEAD_ASSOCLEN,
  ALG_SET_IV,
  ALG_SET_KEY,
  ALG_SET_KEY_BY_KEY_SERIAL,
  ALG_SET_MEM_FD,
  ALG_SET_OP,
  ALG_SET_SECURE_KEY,
  af_alg_mem_fd,
  F_SETFL,
  MSG_DONTWAIT,
  MSG_MORE,
  O_NONBLOCK,
  POLLIN,
  POLLOUT,
  SECUREKEY_MODE_CBC,
  SECUREKEY_MODE_CTR,
  SECUREKEY_MODE_DERIVE,
  SECUREKEY_MODE_GCM,
  SECUREKEY_MODE_XTS,
  SO_ERROR,
  SOCK_SEQPACKET,
  SOL_ALG,
  SOL_SOCKET,
} from './uapi.gen.ts'

/** One of those of its kind that there are, by a number that may be any. */
const pick = fc.nat({ max: 5 })

const control = fc.oneof(
  fc.record({ type: fc.constant(ALG_SET_OP), value: word(ALG_OP_DECRYPT, ALG_OP_DECRYPT, ALG_OP_ENCRYPT) }),
  fc.record({ type: fc.constant(ALG_SET_IV), value: word(16, 16, 12, 0), room: fc.constantFrom(16, 16, 15, 0) }),
  fc.record({ type: fc.constant(ALG_SET_AEAD_ASSOCLEN), value: word(0, 16) }),
  fc.record({
    type: fc.constant(ALG_SET_MEM_FD),
    buffer: pick,
    off: long(0, 0, 16, 8176),
    len: long(16, 64, 4096, 8192),
    flags: word(0),
    cut: rarely(fc.nat({ max: 40 })),
  }),
  fc.record({ type: fc.integer({ min: 0, max: 20 }), bytes: fc.uint8Array({ maxLength: 64 }) }),
)

type Control = typeof control extends fc.Arbitrary<infer T> ? T : never

const operation = fc.oneof(
  fc.record({ do: fc.constant('manager' as const), name: fc.constantFrom('own', 'own', 'none', '') }),
  fc.record({
    do: fc.constant('command' as const),
    manager: pick,
    type: fc.constantFrom(ALG_GENERATE_KEY, ALG_IMPORT_KEY, ALG_PREPARE_KEY, ALG_DELETE_KEY, 14, ALG_SET_OP),
    params: rarely(
      fc.record({
        algorithm: word(1),
        key_bits: word(128, 256),
        modes: word(SECUREKEY_MODE_CBC, SECUREKEY_MODE_GCM),
        flags: word(3),
        form: word(1, 2),
      }),
    ),
    data: fc.oneof(variants(6), fc.constantFrom(0, 16, 32, 33)),
  }),
  fc.record({
    do: fc.constant('cipher' as const),
    name: fc.constantFrom('cbc(aes)', 'cbc(aes)', 'ctr(aes)', 'ecb(aes)', 'none'),
    type: fc.constantFrom('skcipher', 'skcipher', 'aead', 'hash'),
  }),
  fc.record({
    do: fc.constant('key' as const),
    cipher: pick,
    option: fc.constantFrom(ALG_SET_SECURE_KEY, ALG_SET_SECURE_KEY, ALG_SET_KEY, ALG_SET_KEY_BY_KEY_SERIAL, 9, 11),
    blob: variants(6),
  }),
  fc.record({ do: fc.constant('accept' as const), cipher: pick }),
  fc.record({
    do: fc.constant('send' as const),
    op: pick,
    controls: fc.array(control, { maxLength: 5 }),
    usual: fc.boolean(),
    size: fc.constantFrom(0, 16, 64, 15, 4096, 8192),
    more: rarely(fc.constant(true)),
  }),
  fc.record({
    do: fc.constant('read' as const),
    of: fc.constantFrom('ops', 'managers'),
    which: pick,
    size: word(1024, 16),
  }),
  fc.record({ do: fc.constant('poll' as const), of: fc.constantFrom('ops', 'managers'), which: pick }),
  fc.record({ do: fc.constant('error' as const), op: pick }),
  fc.record({ do: fc.constant('close' as const), of: fc.constantFrom('ops', 'managers', 'ciphers'), which: pick }),
)

type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never

interface World {
  readonly blobs: readonly Uint8Array[]
  readonly buffers: readonly number[]
  /** The provider's name. */
  readonly provider: string
  /** Sockets for decryption that are there. @default none */
  readonly ops?: readonly number[]
}

const worldOf = async (sys: Sys): Promise<World> => {
  const usual = await importKey(sys, random(16))
  return {
    blobs: [
      usual,
      await prepareKey(sys, usual),
      await importKey(sys, random(32), { modes: SECUREKEY_MODE_CTR }),
      await importKey(sys, random(32), { modes: SECUREKEY_MODE_XTS }),
      await importKey(sys, random(32), { modes: SECUREKEY_MODE_DERIVE }),
      await importKey(sys, random(32), { flags: 1 }),
    ],
    buffers: [await allocate(sys, 8192), await allocate(sys, 8192, { heap: 'system' }), 0, -1],
    provider: underTest(sys).name,
  }
}

const HEADER = 16

/** An entry of control data, padded (include/linux/socket.h: CMSG_ALIGN). */
const entry = (type: number, data: Uint8Array): Uint8Array => {
  const bytes = Buffer.alloc(HEADER + Math.ceil(data.length / 8) * 8)
  bytes.writeBigUInt64LE(BigInt(HEADER + data.length), 0)
  bytes.writeInt32LE(SOL_ALG, 8)
  bytes.writeInt32LE(type, 12)
  bytes.set(data, HEADER)
  return bytes
}

const number = (value: number, room = 0): Uint8Array => {
  const bytes = Buffer.alloc(4 + room)
  bytes.writeUInt32LE(value)
  return bytes
}

const entryOf = (buffers: readonly number[], given: Control): Uint8Array => {
  if ('bytes' in given) return entry(given.type, given.bytes)
  if ('buffer' in given) {
    const { buffer, off, len, flags, cut } = given
    const bytes = af_alg_mem_fd.encode({ fd: buffers[buffer % buffers.length] ?? -1, off, len, flags })
    return entry(given.type, cut === undefined ? bytes : Buffer.concat([bytes, new Uint8Array(16)]).subarray(0, cut))
  }
  return entry(given.type, number(given.value, 'room' in given ? given.room : 0))
}

/** struct msghdr with one piece of data. */
const message = (data: Uint8Array, controls: Uint8Array): Arg => {
  const vector = Buffer.alloc(16)
  vector.writeBigUInt64LE(BigInt(data.length), 8)
  const header = Buffer.alloc(56)
  header.writeBigUInt64LE(1n, 24)
  header.writeBigUInt64LE(BigInt(controls.length), 40)
  return {
    bytes: header,
    places: [[16, { bytes: vector, places: [[0, data]] }], ...(controls.length > 0 ? [[32, controls] as const] : [])],
  }
}

const stepsOf =
  ({ blobs, buffers, provider, ops = [] }: World) =>
  (operations: readonly Operation[]): readonly Step[] => {
    const list = new StepList()
    const have = { managers: [] as number[], ciphers: [] as number[], ops: ops.map(fd => list.add('dup', fd)) }
    const bound = (type: string, name: string): number => {
      const slot = list.add('socket', AF_ALG, SOCK_SEQPACKET, 0)
      const bytes = address(type, name)
      list.add('bind', { slot }, bytes, bytes.length)
      return slot
    }
    const accepted = (from: Arg): number => {
      const slot = list.add('accept', from, 0, 0)
      list.add('fcntl', { slot }, F_SETFL, O_NONBLOCK)
      return slot
    }
    for (const it of operations) {
      switch (it.do) {
        case 'manager': {
          const slot = bound('securekey', it.name === 'own' ? provider : it.name)
          have.managers.push(accepted({ slot }))
          have.ciphers.push(slot)
          break
        }
        case 'command': {
          const data = typeof it.data === 'number' ? new Uint8Array(it.data) : variant(blobs, it.data)
          const controls = entry(it.type, it.params ? params(it.params) : new Uint8Array())
          list.add('sendmsg', list.one(have.managers, it.manager), message(data, controls), MSG_DONTWAIT)
          break
        }
        case 'cipher':
          have.ciphers.push(bound(it.type, it.name))
          break
        case 'key': {
          const blob = variant(blobs, it.blob)
          list.add('setsockopt', list.one(have.ciphers, it.cipher), SOL_ALG, it.option, blob, blob.length)
          break
        }
        case 'accept':
          have.ops.push(accepted(list.one(have.ciphers, it.cipher)))
          break
        case 'send': {
          const usual: readonly Control[] = [
            { type: ALG_SET_OP, value: ALG_OP_DECRYPT },
            { type: ALG_SET_IV, value: 16, room: 16 },
            { type: ALG_SET_MEM_FD, buffer: 0, off: 0n, len: BigInt(it.size), flags: 0, cut: undefined },
          ]
          const controls = [...(it.usual ? usual : []), ...it.controls].map(given => entryOf(buffers, given))
          const flags = MSG_DONTWAIT | (it.more ? MSG_MORE : 0)
          list.add(
            'sendmsg',
            list.one(have.ops, it.op),
            message(new Uint8Array(it.size), Buffer.concat(controls)),
            flags,
          )
          break
        }
        case 'read': {
          const size = Math.min(it.size, 1024)
          list.add('read', list.one(have[it.of], it.which), { room: Math.max(size, 1) }, size)
          break
        }
        case 'poll': {
          const waiting = Buffer.alloc(8)
          waiting.writeInt16LE(POLLIN | POLLOUT, 4)
          const fd = list.one(have[it.of], it.which)
          if (typeof fd !== 'object') break
          list.add('ppoll', { bytes: waiting, places: [[0, fd]] }, 1, new Uint8Array(16), 0, 0)
          break
        }
        case 'error':
          list.add('getsockopt', list.one(have.ops, it.op), SOL_SOCKET, SO_ERROR, { room: 4 }, number(4))
          break
        case 'close':
          list.add('close', list.one(have[it.of], it.which))
          break
      }
    }
    for (const slot of [...have.ops, ...have.managers, ...have.ciphers]) list.add('close', { slot })
    return list.steps
  }

const preamble = [
  '/* Wrapped keys and dma-bufs are of another boot: make your own, and put them in place of',
  '   what begins with 0x53, 0x45, 0x4b, 0x59, and of the descriptors in struct af_alg_mem_fd. */',
]

/** Programs of a process that may do all of that. */
export const randomPrograms: Fuzzed<Operation> = {
  operation,
  opening: [
    { do: 'manager', name: 'own' },
    { do: 'cipher', name: 'cbc(aes)', type: 'skcipher' },
    { do: 'key', cipher: 1, option: ALG_SET_SECURE_KEY, blob: { which: 0 } },
    { do: 'accept', cipher: 1 },
  ],
  begin: async process => ({ stepsOf: stepsOf(await worldOf(process)) }),
  preamble,
}

/** Programs of an ordinary user, who has wrapped keys and dma-bufs of others; and a socket for decryption, if it is handed over. */
export const programsOfNobody = (isHanded: boolean): Fuzzed<Operation> => ({
  ...randomPrograms,
  opening: isHanded ? [] : randomPrograms.opening,
  begin: async process => {
    const world = await worldOf(process)
    const usual = world.blobs[0] ?? new Uint8Array()
    const ops = isHanded ? [await cipherSocket(process, 'cbc(aes)', usual).then(cipher => process.accept(cipher))] : []
    // A program that waits for what does not come would never end.
    for (const fd of ops) await process.fcntl(fd, F_SETFL, O_NONBLOCK)
    return { process: await process.process(NOBODY), stepsOf: stepsOf({ ...world, ops }) }
  },
})
