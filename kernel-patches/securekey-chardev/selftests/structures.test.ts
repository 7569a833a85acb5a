/**
 * Structures that are older or newer than the kernel, for each ioctl: what is not given is 0, what is not known must be 0, and
 * nothing is ignored.
 */

import { type Sys, test } from '@kseries/kselftest-ts'
import { underTest } from '../../securekey/selftests/under-test.ts'
import { border } from './border.ts'
import { params } from './key-commands.ts'
import { ready } from './ready.ts'
import {
  SECUREKEY_DEV_ATTACH,
  SECUREKEY_DEV_DELETE,
  SECUREKEY_DEV_DERIVE,
  SECUREKEY_DEV_DETACH,
  SECUREKEY_DEV_EXPORT,
  SECUREKEY_DEV_GENERATE,
  SECUREKEY_DEV_IMPORT,
  SECUREKEY_DEV_LOAD,
  SECUREKEY_DEV_LOAD_SERIAL,
  SECUREKEY_DEV_PREPARE,
  SECUREKEY_DEV_QUERY,
  SECUREKEY_DEV_QUERY_SIZE_VER0,
  SECUREKEY_DEV_SESSION,
  SECUREKEY_DEV_SESSION_PROTECTED_ONLY,
  SECUREKEY_DEV_SUBMIT,
  securekey_dev_attach,
  securekey_dev_blob,
  securekey_dev_derive,
  securekey_dev_detach,
  securekey_dev_export,
  securekey_dev_generate,
  securekey_dev_import,
  securekey_dev_prepare,
  securekey_dev_query,
  securekey_dev_request,
  securekey_dev_serial,
  securekey_dev_session,
  securekey_dev_submit,
} from './uapi.gen.ts'

interface Kind {
  readonly request: number
  readonly of: 'device' | 's'
  /** A structure that nothing is wrong with in form. */
  readonly base: Uint8Array
  /** What it comes to: an error that is told only when the form is right, or none. */
  readonly outcome: string | undefined
  /** All that there may be. @default 0 */
  readonly flags?: number
  /** Where a member is that must be 0. */
  readonly reserved?: number
  /** Bytes of the first version. @default those of this one */
  readonly first?: number
}

const kinds: Readonly<Record<string, Kind>> = {
  QUERY: {
    request: SECUREKEY_DEV_QUERY,
    of: 'device',
    base: securekey_dev_query.encode({}),
    outcome: undefined,
    first: SECUREKEY_DEV_QUERY_SIZE_VER0,
  },
  GENERATE: {
    request: SECUREKEY_DEV_GENERATE,
    of: 'device',
    base: securekey_dev_generate.encode({ params: params() }),
    outcome: 'EOVERFLOW',
    reserved: securekey_dev_generate.offsetof('reserved'),
  },
  IMPORT: {
    request: SECUREKEY_DEV_IMPORT,
    of: 'device',
    base: securekey_dev_import.encode({ params: params(), raw_len: 16 }),
    outcome: 'EFAULT',
  },
  PREPARE: {
    request: SECUREKEY_DEV_PREPARE,
    of: 'device',
    base: securekey_dev_prepare.encode({}),
    outcome: 'EBADMSG',
  },
  DELETE: {
    request: SECUREKEY_DEV_DELETE,
    of: 'device',
    base: securekey_dev_blob.encode({}),
    outcome: 'EBADMSG',
    reserved: securekey_dev_blob.offsetof('reserved'),
  },
  LOAD: {
    request: SECUREKEY_DEV_LOAD,
    of: 'device',
    base: securekey_dev_blob.encode({}),
    outcome: 'EBADMSG',
    reserved: securekey_dev_blob.offsetof('reserved'),
  },
  LOAD_SERIAL: {
    request: SECUREKEY_DEV_LOAD_SERIAL,
    of: 'device',
    base: securekey_dev_serial.encode({}),
    outcome: 'EINVAL',
    reserved: securekey_dev_serial.offsetof('reserved'),
  },
  EXPORT: {
    request: SECUREKEY_DEV_EXPORT,
    of: 'device',
    base: securekey_dev_export.encode({ key_fd: -1 }),
    outcome: 'EBADF',
  },
  DERIVE: {
    request: SECUREKEY_DEV_DERIVE,
    of: 'device',
    base: securekey_dev_derive.encode({ params: params(), key_fd: -1 }),
    outcome: 'EBADF',
    reserved: securekey_dev_derive.offsetof('reserved'),
  },
  SESSION: {
    request: SECUREKEY_DEV_SESSION,
    of: 'device',
    base: securekey_dev_session.encode({ key_fd: -1 }),
    outcome: 'EBADF',
    flags: SECUREKEY_DEV_SESSION_PROTECTED_ONLY,
  },
  ATTACH: {
    request: SECUREKEY_DEV_ATTACH,
    of: 's',
    base: securekey_dev_attach.encode({ fd: -1 }),
    outcome: 'EBADF',
    reserved: securekey_dev_attach.offsetof('reserved'),
  },
  DETACH: {
    request: SECUREKEY_DEV_DETACH,
    of: 's',
    base: securekey_dev_detach.encode({}),
    outcome: 'ENOENT',
    reserved: securekey_dev_detach.offsetof('reserved'),
  },
  SUBMIT: {
    request: SECUREKEY_DEV_SUBMIT,
    of: 's',
    base: securekey_dev_submit.encode({ request_size: securekey_dev_request.size, count: 1 }),
    outcome: 'EFAULT',
  },
}

/** A structure with so much behind it, that says it is `size` bytes long. */
const longer = (base: Uint8Array, more = 0, size = base.length + more): Buffer => {
  const bytes = Buffer.alloc(base.length + more)
  bytes.set(base)
  bytes.writeUInt32LE(size, 0)
  return bytes
}

/** The error of an ioctl, or undefined. */
const errorOf = async (sys: Sys, fd: number, { request }: Kind, bytes: Uint8Array): Promise<string | undefined> => {
  const settled = await sys.program(p => p.settled(p.ioctl(fd, request, bytes).value))
  return settled.status === 'rejected' ? settled.reason.code : undefined
}

for (const [name, kind] of Object.entries(kinds)) {
  const { base, outcome, of, flags = 0, reserved } = kind
  const { length } = base
  const { first = length } = kind

  test(`${name}: a structure of this kernel, and a longer one with nothing behind, are the same`, async t => {
    const { sys } = t.context
    const fd = (await ready(sys))[of]
    for (const more of [0, 1, 8, 4096 - length])
      t.is(await errorOf(sys, fd, kind, longer(base, more)), outcome, `${more} more`)
  })

  test(`${name}: a longer one with anything behind: E2BIG`, async t => {
    const { sys } = t.context
    const fd = (await ready(sys))[of]
    for (const at of [0, 7, 4095 - length]) {
      const bytes = longer(base, at + 1)
      bytes[length + at] = 1
      t.is(await errorOf(sys, fd, kind, bytes), 'E2BIG', `byte ${at}`)
    }
    t.is(await errorOf(sys, fd, kind, longer(base, 4097 - length)), 'E2BIG', 'more than a page')
    t.is(await errorOf(sys, fd, kind, longer(base, 0, 0xffff_ffff)), 'E2BIG')
  })

  test(`${name}: a shorter one than the first version: EINVAL`, async t => {
    const { sys } = t.context
    const fd = (await ready(sys))[of]
    for (const size of [0, 1, 7, 8, first - 1])
      t.is(await errorOf(sys, fd, kind, longer(base, 0, size)), 'EINVAL', `size ${size}`)
  })

  test(`${name}: each unknown flag: EINVAL; each that is known will do`, async t => {
    const { sys } = t.context
    const fd = (await ready(sys))[of]
    for (let bit = 0; bit < 32; bit++) {
      const bytes = longer(base)
      bytes.writeUInt32LE((1 << bit) >>> 0, 4)
      const known = ((flags >>> bit) & 1) === 1
      t.is(await errorOf(sys, fd, kind, bytes), known ? outcome : 'EINVAL', `bit ${bit}`)
    }
  })

  test(`${name}: memory that is not there: EFAULT`, async t => {
    const { sys } = t.context
    const fd = (await ready(sys))[of]
    await t.throwsAsync(sys.syscall('ioctl', fd, kind.request, 0), { code: 'EFAULT' })

    // Readable at the beginning only: the size is there, and not much else.
    const end = await border(sys)
    await sys.poke(end - 8n, longer(base).subarray(0, 8))
    await t.throwsAsync(sys.syscall('ioctl', fd, kind.request, end - 8n), { code: 'EFAULT' })
  })

  if (reserved !== undefined) {
    test(`${name}: a reserved member that is not 0: EINVAL`, async t => {
      const { sys } = t.context
      const fd = (await ready(sys))[of]
      const bytes = longer(base)
      bytes[reserved] = 1
      t.is(await errorOf(sys, fd, kind, bytes), 'EINVAL')
    })
  }

  test(`${name}: on a descriptor of the other kind: ENOTTY`, async t => {
    const { sys } = t.context
    const { device, s, key } = await ready(sys)
    for (const fd of [of === 's' ? device : s, key]) t.is(await errorOf(sys, fd, kind, longer(base)), 'ENOTTY')
  })
}

test('unknown commands: ENOTTY', async t => {
  const { sys } = t.context
  const { device, s, key } = await ready(sys)
  for (const request of [0xb90d, 0xb9ff, 0xb8_00, 0xc0_50_b9_00, 0x5401]) {
    for (const fd of [device, s, key])
      await t.throwsAsync(sys.ioctl(fd, request, new Uint8Array(64)), { code: 'ENOTTY' }, request.toString(16))
  }
})

test('QUERY: a program of before gets what it knows, and nothing behind it', async t => {
  const { sys } = t.context
  const { device } = await ready(sys)
  const bytes = longer(new Uint8Array(securekey_dev_query.size).fill(0xff), 0, SECUREKEY_DEV_QUERY_SIZE_VER0)
  bytes.fill(0, 4, SECUREKEY_DEV_QUERY_SIZE_VER0)
  const { data } = await sys.ioctl(device, SECUREKEY_DEV_QUERY, bytes)
  t.is(securekey_dev_query.decode(data).provider, underTest(sys).name)
  t.is(securekey_dev_query.decode(data).size, securekey_dev_query.size, 'it is told that there is more')
  t.true(data.subarray(SECUREKEY_DEV_QUERY_SIZE_VER0).every(byte => byte === 0xff))
})

test('QUERY: a longer structure is an answer too, with zeroes behind', async t => {
  const { sys } = t.context
  const { device } = await ready(sys)
  const { size } = securekey_dev_query
  const { data } = await sys.ioctl(device, SECUREKEY_DEV_QUERY, longer(new Uint8Array(size), 64))
  t.is(securekey_dev_query.decode(data.subarray(0, size)).provider, underTest(sys).name)
  t.is(securekey_dev_query.decode(data.subarray(0, size)).size, size, 'it tells what this kernel knows')
  t.deepEqual(Uint8Array.from(data.subarray(size)), new Uint8Array(64))
})
