/** The device nodes: there is one for each provider, for its owner, for as long as the provider is there. */

import { NOBODY, test } from '@kseries/kselftest-ts'
import { fault, turn } from '../../securekey/selftests/faults.ts'
import { debugFolder, underTest } from '../../securekey/selftests/under-test.ts'
import { deviceOf, letAllIn, openDevice, query } from './commands.ts'
import { generate } from './key-commands.ts'
import {
  O_RDONLY,
  O_RDWR,
  SECUREKEY_DEV_QUERY_SIZE_VER0,
  SECUREKEY_MODE_CBC,
  SECUREKEY_MODE_CTR,
  securekey_dev_query,
} from './uapi.gen.ts'

test('SECUREKEY_DEV_QUERY tells what the provider can do', async t => {
  const { sys } = t.context
  const known = SECUREKEY_MODE_CBC | SECUREKEY_MODE_CTR
  const { modes, size, ...what } = await query(sys, await openDevice(sys))
  t.is(modes & known, known)
  t.true(size >= SECUREKEY_DEV_QUERY_SIZE_VER0)
  t.is(size, securekey_dev_query.size)
  t.deepEqual(what, {
    flags: 0,
    provider: underTest(sys).name,
    key_sizes: 0b11_100,
    queue_depth: 64,
    dst_align: 16,
    max_len: 1n << 24n,
    timeout_ms: 10_000,
    max_pending: 256,
    max_buffers: 256,
    reserved: 0,
    schemes: 0b1_1110,
    max_subsamples: 4096,
  })
})

test('the node belongs to the provider, in /sys too', async t => {
  const { sys } = t.context
  const { name } = underTest(sys)
  t.true((await sys.readDir('/sys/class/securekey')).includes(name))
  const events = await sys.readText(`/sys/class/securekey/${name}/uevent`)
  t.regex(events, new RegExp(`^DEVNAME=securekey/${name}$`, 'm'))
  t.regex(events, /^DEVMODE=0600$/m)
  t.true((await sys.readDir('/sys/bus/faux/devices/securekey-soft/securekey')).includes('soft'))
})

const others = {
  'an ordinary user': NOBODY,
  'an ordinary user with all that AF_ALG asks for': { ...NOBODY, caps: ['CAP_NET_ADMIN', 'CAP_SYS_ADMIN'] },
  'root of a user namespace': { ...NOBODY, userns: true },
  'root of a user namespace with a network of its own': { ...NOBODY, userns: true, netns: true },
}

for (const [who, credentials] of Object.entries(others)) {
  test(`${who} cannot open it: EACCES`, async t => {
    await using user = await t.context.sys.process(credentials)
    await t.throwsAsync(user.open(deviceOf(user), O_RDWR), { code: 'EACCES' })
    await t.throwsAsync(user.open(deviceOf(user), O_RDONLY), { code: 'EACCES' })
  })
}

test('its owner needs no capability', async t => {
  await using user = await t.context.sys.process({ caps: [] })
  await t.notThrowsAsync(generate(user, await openDevice(user)))
})

test('whoever is let in by the mode is let in', async t => {
  const { sys } = t.context
  await using user = await sys.process(NOBODY)
  await using _ = await letAllIn(sys)
  await t.notThrowsAsync(generate(user, await openDevice(user)))
})

test('a descriptor that was handed on is as good', async t => {
  const { sys } = t.context
  const device = await openDevice(sys)
  await using user = await sys.process(NOBODY)
  await t.notThrowsAsync(generate(user, device))
})

test('read, write, mmap and lseek: it has none', async t => {
  const { sys } = t.context
  const device = await openDevice(sys)
  await t.throwsAsync(sys.read(device, 16), { code: 'EINVAL' })
  await t.throwsAsync(sys.write(device, new Uint8Array(16)), { code: 'EINVAL' })
  await t.throwsAsync(sys.lseek(device, 0, 0), { code: 'ESPIPE' })
  const mapping = { length: 4096, prot: 'PROT_READ', flags: 'MAP_SHARED', fd: device }
  await t.throwsAsync(sys.mmap(mapping), { code: 'ENODEV' })
})

test('it goes with its provider, and a new one comes with it', async t => {
  const { sys } = t.context
  const device = await openDevice(sys)
  {
    await using _ = await fault(sys, 'present', 0)
    t.false((await sys.readDir('/sys/class/securekey')).includes(underTest(sys).name))
    await t.throwsAsync(openDevice(sys), { code: 'ENOENT' })
    await t.throwsAsync(query(sys, device), { code: 'ENODEV' })
    await t.throwsAsync(generate(sys, device), { code: 'ENODEV' })
  }
  await t.throwsAsync(query(sys, device), { code: 'ENODEV' }, 'a descriptor of before does not come back to life')
  await t.throwsAsync(generate(sys, device), { code: 'ENODEV' })
  await t.notThrowsAsync(generate(sys, await openDevice(sys)))
})

test('open() at the moment the provider leaves, 60 times: ENOENT, ENODEV or ENXIO, or a descriptor', async t => {
  const { sys } = t.context
  await using other = await sys.thread()
  const gone = new Set(['ENOENT', 'ENODEV', 'ENXIO'])
  try {
    for (const delay of [0, 0.05, 0.1, 0.2, 0.4, 0.8]) {
      for (let round = 0; round < 10; round++) {
        const gate = sys.barrier(2)
        const opening = sys.program(p => {
          p.barrier(gate)
          return p.settled(p.open(deviceOf(sys), O_RDWR))
        })
        const leaving = other.program(p => {
          const present = p.open(`${debugFolder(sys)}/present`, O_RDWR)
          p.barrier(gate)
          p.nanosleep(delay)
          p.write(present, '0')
          p.write(present, '1')
          p.close(present)
        })
        const [opened] = await Promise.all([opening, leaving])
        if (opened.status === 'rejected') t.true(gone.has(opened.reason.code), opened.reason.code)
        else await sys.close(opened.value)
      }
    }
  } finally {
    await turn(sys, 'present', 1)
  }
  await t.notThrowsAsync(generate(sys, await openDevice(sys)))
})
