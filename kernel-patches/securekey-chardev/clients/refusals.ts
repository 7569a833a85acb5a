import { NOBODY, type Sys } from '@kseries/kselftest-ts'
import { allocate } from '../../securekey/selftests/buffers.ts'
import { fault, timeLimit, turn } from '../../securekey/selftests/faults.ts'
import { flipped, random } from '../../securekey/selftests/reference.ts'
import { type Refusals, refusalOf } from '../../securekey/selftests/refusals.ts'
import { openDevice } from '../selftests/commands.ts'
import { generate, load, loadSerial, prepare } from '../selftests/key-commands.ts'
import { decrypt, ready } from '../selftests/ready.ts'
import { attach, session, submit } from '../selftests/session-commands.ts'
import {
  F_SETFL,
  KEY_SPEC_PROCESS_KEYRING,
  KEYCTL_REVOKE,
  KEYCTL_SET_TIMEOUT,
  KEYCTL_SETPERM,
  O_NONBLOCK,
  O_RDONLY,
  SECUREKEY_BLOB_MAX_LEN,
  SECUREKEY_FORM_LONG_TERM,
  SECUREKEY_MODE_CBC,
  SECUREKEY_MODE_CTR,
  securekey_blob_header,
} from '../selftests/uapi.gen.ts'

const EIO = 5
const iv = random(16)
const data = random(64)

const bySerial = async (sys: Sys, change: (key: number) => Promise<unknown>): Promise<string> => {
  const device = await openDevice(sys)
  const key = await sys.add_key('securekey', 'compare', await generate(sys, device), KEY_SPEC_PROCESS_KEYRING)
  await change(key)
  return await refusalOf(loadSerial(sys, device, key))
}

/** What comes of attaching such a descriptor. */
const to = async (sys: Sys, find: () => Promise<number> | number): Promise<string> => {
  const { s } = await ready(sys)
  return await refusalOf(attach(sys, s, await find()))
}

export default {
  policy: {
    'a mode that the key is not for': async sys => {
      const device = await openDevice(sys)
      const key = await load(sys, device, await generate(sys, device, { modes: SECUREKEY_MODE_CTR }))
      return await refusalOf(session(sys, device, key, { mode: SECUREKEY_MODE_CBC }))
    },
    'ordinary memory under a key for protected memory': async sys =>
      await to(sys, async () => await allocate(sys, 4096, { heap: 'system' })),
    'a raw key exported or read': async sys =>
      await refusalOf(sys.read((await ready(sys)).key, SECUREKEY_BLOB_MAX_LEN)),
    'plaintext read from the kernel': async sys => await refusalOf(sys.read((await ready(sys)).device, 4096)),
    'the destination mapped': async sys => {
      const { buffer: fd } = await ready(sys)
      return await refusalOf(sys.mmap({ length: 4096, prot: 'PROT_READ', flags: 'MAP_SHARED', fd }))
    },
    'an ephemeral blob stored and loaded as a long-term one': async sys => {
      const device = await openDevice(sys)
      const forged = Uint8Array.from(await prepare(sys, device, await generate(sys, device)))
      forged[securekey_blob_header.offsetof('form')] = SECUREKEY_FORM_LONG_TERM
      return await refusalOf(load(sys, device, forged))
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
      return await refusalOf(openDevice(user))
    },
  },
  faults: {
    'a damaged blob': async sys => {
      const device = await openDevice(sys)
      const blob = await generate(sys, device)
      return await refusalOf(load(sys, device, flipped(blob, blob.length * 8 - 1)))
    },
    'a blob of a provider that is not there': async sys => {
      const device = await openDevice(sys)
      const blob = Uint8Array.from(await generate(sys, device))
      blob.set(Buffer.from('none\0'), securekey_blob_header.offsetof('provider'))
      return await refusalOf(load(sys, device, blob))
    },
    'a length that is no number of blocks': async sys => {
      const { s, dst } = await ready(sys)
      return await refusalOf(decrypt(sys, s, { data: data.subarray(0, 63), iv, dst }))
    },
    'more data than the destination takes': async sys => {
      const { s, dst } = await ready(sys)
      return await refusalOf(decrypt(sys, s, { data, iv, dst, offset: 4048 }))
    },
    'a destination that is not open': async sys => await to(sys, () => 999),
    'a destination that is no dma-buf': async sys => await to(sys, async () => await sys.memfd_create('compare', 0)),
    'a destination that is open for reading': async sys =>
      await to(sys, async () => await allocate(sys, 4096, { access: O_RDONLY })),
    'a provider that fails': async sys => {
      const { s, dst } = await ready(sys)
      await using _ = await fault(sys, 'fail', EIO)
      return await refusalOf(decrypt(sys, s, { data, iv, dst }))
    },
    'a provider without room for one more request': async sys => {
      const { s, dst } = await ready(sys)
      await using _ = await fault(sys, 'hang', 1)
      const requests = Array.from({ length: 64 }, (_each, cookie) => ({ cookie, data, iv, dst }))
      await sys.fcntl(s, F_SETFL, O_NONBLOCK)
      await submit(sys, s, ...requests)
      const refusal = await refusalOf(submit(sys, s, { cookie: 64, data, iv, dst }))
      await turn(sys, 'hang', 0)
      return refusal
    },
    'a provider without room for one more key': async sys => {
      await using _ = await fault(sys, 'key_slots', 1)
      const device = await openDevice(sys)
      const [one, other] = [await generate(sys, device), await generate(sys, device)]
      await load(sys, device, one)
      return await refusalOf(load(sys, device, other))
    },
    'a provider that takes too long': async sys => {
      await using limits = new AsyncDisposableStack()
      limits.use(await timeLimit(sys, 1000))
      limits.use(await fault(sys, 'hang', 1))
      const { s, dst } = await ready(sys)
      return await refusalOf(decrypt(sys, s, { data, iv, dst }))
    },
    'a provider that leaves': async sys => {
      const { s, dst } = await ready(sys)
      await using _ = await fault(sys, 'present', 0)
      return await refusalOf(decrypt(sys, s, { data, iv, dst }))
    },
  },
} satisfies Refusals
