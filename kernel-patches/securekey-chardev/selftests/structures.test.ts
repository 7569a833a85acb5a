/**
 * Structures that are older or newer than the kernel, for each ioctl: what is not given is 0, what is not known must be 0, and
 * nothing is ignored.
 */

import { type Sys, test } from '@kseries/kselftest-ts'
import { border } from './border.ts'
import { ready } from './ready.ts'
import {
  SECUREKEY_DEV_ATTACH,
  SECUREKEY_DEV_DELETE,
  SECUREKEY_DEV_DETACH,
  SECUREKEY_DEV_EXPORT,
  SECUREKEY_DEV_GENERATE,
  SECUREKEY_DEV_IMPORT,
  SECUREKEY_DEV_LOAD,
  SECUREKEY_DEV_PREPARE,
  SECUREKEY_DEV_QUERY,
  SECUREKEY_DEV_SESSION,
  SECUREKEY_DEV_SESSION_PROTECTED_ONLY,
  SECUREKEY_DEV_SUBMIT,
  securekey_dev_attach,
  securekey_dev_blob,
  securekey_dev_detach,
  securekey_dev_export,
  securekey_dev_generate,
  securekey_dev_import,
  securekey_dev_prepare,
  securekey_dev_query,
  securekey_dev_session,
  securekey_dev_submit,
} from './uapi.gen.ts'

interface Kind {
  readonly request: number
  readonly size: number
  /** Of all that it may have. */
  readonly flags: number
  readonly of: 'device' | 's'
  /** What an otherwise empty structure comes to. */
  readonly empty: string | undefined
  readonly reserved?: number
}

const kinds: Readonly<Record<string, Kind>> = {
  QUERY: { request: SECUREKEY_DEV_QUERY, size: securekey_dev_query.size, flags: 0, of: 'device', empty: undefined },
  GENERATE: {
    request: SECUREKEY_DEV_GENERATE,
    size: securekey_dev_generate.size,
    flags: 0,
    of: 'device',
    empty: 'EINVAL',
    reserved: securekey_dev_generate.offsetof('reserved'),
  },
  IMPORT: { request: SECUREKEY_DEV_IMPORT, size: securekey_dev_import.size, flags: 0, of: 'device', empty: 'EINVAL' },
  PREPARE: {
    request: SECUREKEY_DEV_PREPARE,
    size: securekey_dev_prepare.size,
    flags: 0,
    of: 'device',
    empty: 'EBADMSG',
  },
  DELETE: {
    request: SECUREKEY_DEV_DELETE,
    size: securekey_dev_blob.size,
    flags: 0,
    of: 'device',
    empty: 'EBADMSG',
    reserved: securekey_dev_blob.offsetof('reserved'),
  },
  LOAD: {
    request: SECUREKEY_DEV_LOAD,
    size: securekey_dev_blob.size,
    flags: 0,
    of: 'device',
    empty: 'EBADMSG',
    reserved: securekey_dev_blob.offsetof('reserved'),
  },
  EXPORT: { request: SECUREKEY_DEV_EXPORT, size: securekey_dev_export.size, flags: 0, of: 'device', empty: 'EINVAL' },
  SESSION: {
    request: SECUREKEY_DEV_SESSION,
    size: securekey_dev_session.size,
    flags: SECUREKEY_DEV_SESSION_PROTECTED_ONLY,
    of: 'device',
    empty: 'EINVAL',
  },
  ATTACH: {
    request: SECUREKEY_DEV_ATTACH,
    size: securekey_dev_attach.size,
    flags: 0,
    of: 's',
    empty: 'EINVAL',
    reserved: securekey_dev_attach.offsetof('reserved'),
  },
  DETACH: {
    request: SECUREKEY_DEV_DETACH,
    size: securekey_dev_detach.size,
    flags: 0,
    of: 's',
    empty: 'ENOENT',
    reserved: securekey_dev_detach.offsetof('reserved'),
  },
  SUBMIT: { request: SECUREKEY_DEV_SUBMIT, size: securekey_dev_submit.size, flags: 0, of: 's', empty: 'EINVAL' },
}

/** Descriptor 0 is open in each process, and none of a key or a dma-buf. */
const structure = (length: number, size: number, flags = 0): Buffer => {
  const bytes = Buffer.alloc(length)
  bytes.writeUInt32LE(size, 0)
  bytes.writeUInt32LE(flags >>> 0, 4)
  return bytes
}

/** The error of an ioctl, or undefined. */
const errorOf = async (sys: Sys, fd: number, { request }: Kind, bytes: Uint8Array): Promise<string | undefined> => {
  const settled = await sys.program(p => p.settled(p.ioctl(fd, request, bytes).value))
  return settled.status === 'rejected' ? settled.reason.code : undefined
}

for (const [name, kind] of Object.entries(kinds)) {
  const { size, flags, of, empty, reserved } = kind

  test(`${name}: a structure of this kernel, and a longer one with nothing behind, are the same`, async t => {
    const { sys } = t.context
    const fd = (await ready(sys))[of]
    for (const more of [0, 1, 8, 4096 - size])
      t.is(await errorOf(sys, fd, kind, structure(size + more, size + more)), empty, `${more} more`)
  })

  test(`${name}: a longer one with anything behind: E2BIG`, async t => {
    const { sys } = t.context
    const fd = (await ready(sys))[of]
    for (const at of [0, 7, 4095 - size]) {
      const bytes = structure(size + at + 1, size + at + 1)
      bytes[size + at] = 1
      t.is(await errorOf(sys, fd, kind, bytes), 'E2BIG', `byte ${at}`)
    }
    t.is(await errorOf(sys, fd, kind, structure(4097, 4097)), 'E2BIG', 'more than a page')
    t.is(await errorOf(sys, fd, kind, structure(4096, 0xffff_ffff)), 'E2BIG')
  })

  test(`${name}: a shorter one than the first version: EINVAL`, async t => {
    const { sys } = t.context
    const fd = (await ready(sys))[of]
    for (const less of [0, 1, 7, 8, size - 1])
      t.is(await errorOf(sys, fd, kind, structure(size, less)), 'EINVAL', `size ${less}`)
  })

  test(`${name}: each unknown flag: EINVAL`, async t => {
    const { sys } = t.context
    const fd = (await ready(sys))[of]
    for (let bit = 0; bit < 32; bit++) {
      if (((flags >>> bit) & 1) === 1) continue
      t.is(await errorOf(sys, fd, kind, structure(size, size, 1 << bit)), 'EINVAL', `bit ${bit}`)
    }
  })

  test(`${name}: memory that is not there: EFAULT`, async t => {
    const { sys } = t.context
    const fd = (await ready(sys))[of]
    await t.throwsAsync(sys.syscall('ioctl', fd, kind.request, 0), { code: 'EFAULT' })

    // Readable at the beginning only: the size is there, and not much else.
    const end = await border(sys)
    await sys.poke(end - 8n, structure(8, size))
    await t.throwsAsync(sys.syscall('ioctl', fd, kind.request, end - 8n), { code: 'EFAULT' })
  })

  if (reserved !== undefined) {
    test(`${name}: a reserved member that is not 0: EINVAL`, async t => {
      const { sys } = t.context
      const fd = (await ready(sys))[of]
      const bytes = structure(size, size)
      bytes[reserved] = 1
      t.is(await errorOf(sys, fd, kind, bytes), 'EINVAL')
    })
  }

  test(`${name}: on a descriptor of the other kind: ENOTTY`, async t => {
    const { sys } = t.context
    const { device, s, key } = await ready(sys)
    for (const fd of [of === 's' ? device : s, key]) t.is(await errorOf(sys, fd, kind, structure(size, size)), 'ENOTTY')
  })
}

test('unknown commands: ENOTTY', async t => {
  const { sys } = t.context
  const { device, s, key } = await ready(sys)
  for (const request of [0xb90b, 0xb9ff, 0xb8_00, 0xc0_50_b9_00, 0x5401]) {
    for (const fd of [device, s, key])
      await t.throwsAsync(sys.ioctl(fd, request, structure(64, 64)), { code: 'ENOTTY' }, request.toString(16))
  }
})

test('QUERY: a longer structure is an answer too, with zeroes behind', async t => {
  const { sys } = t.context
  const { device } = await ready(sys)
  const { size } = securekey_dev_query
  const { data } = await sys.ioctl(device, SECUREKEY_DEV_QUERY, structure(size + 64, size + 64))
  t.is(securekey_dev_query.decode(data.subarray(0, size)).provider, 'soft')
  t.is(securekey_dev_query.decode(data.subarray(0, size)).size, size, 'it tells what this kernel knows')
  t.deepEqual(Uint8Array.from(data.subarray(size)), new Uint8Array(64))
})
