import { NOBODY, type Sys } from '@kseries/kselftest-ts'
import { allocate } from '../../securekey/selftests/buffers.ts'
import { fault, timeLimit, turn } from '../../securekey/selftests/faults.ts'
import { flipped, random } from '../../securekey/selftests/reference.ts'
import { type Refusals, refusalOf } from '../../securekey/selftests/refusals.ts'
import {
  bound,
  cipherSocket,
  decrypt,
  generateKey,
  keyManager,
  operation,
  prepareKey,
  ready,
  request,
} from '../selftests/securekey.ts'
import {
  ALG_SET_SECURE_KEY,
  KEY_SPEC_PROCESS_KEYRING,
  KEYCTL_REVOKE,
  KEYCTL_SET_TIMEOUT,
  KEYCTL_SETPERM,
  MSG_DONTWAIT,
  O_RDONLY,
  SECUREKEY_BLOB_MAX_LEN,
  SECUREKEY_FORM_LONG_TERM,
  SECUREKEY_MODE_CTR,
  SOL_ALG,
  securekey_blob_header,
} from '../selftests/uapi.gen.ts'

const EIO = 5
const iv = random(16)
const data = random(64)

const bySerial = async (sys: Sys, change: (key: number) => Promise<unknown>): Promise<string> => {
  const key = await sys.add_key('securekey', 'compare', await generateKey(sys), KEY_SPEC_PROCESS_KEYRING)
  const socket = await bound(sys, 'skcipher', 'cbc(aes)')
  await change(key)
  const serial = new Uint8Array(Int32Array.of(key).buffer)
  return await refusalOf(sys.setsockopt(socket, SOL_ALG, ALG_SET_SECURE_KEY, serial))
}

/** A request of 64 bytes to a descriptor. */
const to = async (sys: Sys, find: (usual: number) => Promise<number> | number, len = 64): Promise<string> => {
  const { op, buffer } = await ready(sys)
  return await refusalOf(decrypt(sys, op, iv, data, { fd: await find(buffer), len }))
}

export default {
  policy: {
    'a mode that the key is not for': async sys =>
      await refusalOf(cipherSocket(sys, 'cbc(aes)', await generateKey(sys, { modes: SECUREKEY_MODE_CTR }))),
    'ordinary memory under a key for protected memory': async sys => {
      const { op, buffer } = await ready(sys, { heap: 'system' })
      return await refusalOf(decrypt(sys, op, iv, data, { fd: buffer, len: 64 }))
    },
    'a raw key exported or read': async sys => await refusalOf(sys.read(await keyManager(sys), SECUREKEY_BLOB_MAX_LEN)),
    'plaintext read from the kernel': async sys => await refusalOf(sys.read((await ready(sys)).op, 4096)),
    'the destination mapped': async sys => {
      const { buffer: fd } = await ready(sys)
      return await refusalOf(sys.mmap({ length: 4096, prot: 'PROT_READ', flags: 'MAP_SHARED', fd }))
    },
    'an ephemeral blob stored and loaded as a long-term one': async sys => {
      const blob = await prepareKey(sys, await generateKey(sys))
      const form = securekey_blob_header.offsetof('form')
      const forged = Uint8Array.from(blob)
      forged[form] = SECUREKEY_FORM_LONG_TERM
      return await refusalOf(cipherSocket(sys, 'cbc(aes)', forged))
    },
    'a revoked key': async sys => await bySerial(sys, async key => await sys.keyctl(KEYCTL_REVOKE, key)),
    'an expired key': async sys =>
      await bySerial(sys, async key => {
        await sys.keyctl(KEYCTL_SET_TIMEOUT, key, 1)
        await sys.nanosleep(1500)
      }),
    'a key of a keyring that may not be searched': async sys =>
      await bySerial(sys, async key => await sys.keyctl(KEYCTL_SETPERM, key, 0x2020_0000)),
    'an ordinary user': async sys => {
      await using user = await sys.process(NOBODY)
      return await refusalOf(keyManager(user))
    },
  },
  faults: {
    'a damaged blob': async sys => {
      const blob = await generateKey(sys)
      return await refusalOf(cipherSocket(sys, 'cbc(aes)', flipped(blob, blob.length * 8 - 1)))
    },
    'a blob of a provider that is not there': async sys => {
      const blob = Uint8Array.from(await generateKey(sys))
      blob.set(Buffer.from('none\0'), securekey_blob_header.offsetof('provider'))
      return await refusalOf(cipherSocket(sys, 'cbc(aes)', blob))
    },
    'a length that is no number of blocks': async sys => {
      const { op, buffer } = await ready(sys)
      return await refusalOf(decrypt(sys, op, iv, data.subarray(0, 63), { fd: buffer, len: 64 }))
    },
    'more data than the destination takes': async sys => await to(sys, usual => usual, 48),
    'a destination that is not open': async sys => await to(sys, () => 999),
    'a destination that is no dma-buf': async sys => await to(sys, async () => await sys.memfd_create('compare', 0)),
    'a destination that is open for reading': async sys =>
      await to(sys, async () => await allocate(sys, 4096, { access: O_RDONLY })),
    'a provider that fails': async sys => {
      await using _ = await fault(sys, 'fail', EIO)
      return await to(sys, usual => usual)
    },
    'a provider without room for one more request': async sys => {
      const socket = await cipherSocket(sys, 'cbc(aes)', await generateKey(sys))
      const fd = await allocate(sys, 4096)
      const message = { data, control: request(iv, { fd, len: 64 }) }
      await using _ = await fault(sys, 'hang', 1)
      await sys.program(p => Array.from({ length: 64 }, () => p.sendmsg(p.accept(socket), message)))
      const refusal = await refusalOf(sys.sendmsg(await sys.accept(socket), { ...message, flags: MSG_DONTWAIT }))
      await turn(sys, 'hang', 0)
      return refusal
    },
    'a provider without room for one more key': async sys => {
      await using _ = await fault(sys, 'key_slots', 1)
      const [one, other] = [await generateKey(sys), await generateKey(sys)]
      await operation(sys, 'cbc(aes)', one)
      return await refusalOf(cipherSocket(sys, 'cbc(aes)', other))
    },
    'a provider that takes too long': async sys => {
      await using limits = new AsyncDisposableStack()
      limits.use(await timeLimit(sys, 1000))
      limits.use(await fault(sys, 'hang', 1))
      return await to(sys, usual => usual)
    },
    'a provider that leaves': async sys => {
      const { op, buffer } = await ready(sys)
      await using _ = await fault(sys, 'present', 0)
      return await refusalOf(decrypt(sys, op, iv, data, { fd: buffer, len: 64 }))
    },
  },
} satisfies Refusals
