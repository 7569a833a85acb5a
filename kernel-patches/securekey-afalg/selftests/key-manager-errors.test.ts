/** Commands that are refused, each with the error that says why. */

import { test } from '@kseries/kselftest-ts'
import { random } from '../../securekey/selftests/reference.ts'
import { address, bound, command, control, generateKey, keyManager, params } from './securekey.ts'
import {
  AF_ALG,
  ALG_DELETE_KEY,
  ALG_GENERATE_KEY,
  ALG_IMPORT_KEY,
  ALG_PREPARE_KEY,
  ALG_SET_IV,
  ALG_SET_KEY,
  ALG_SET_SECURE_KEY,
  MSG_MORE,
  SECUREKEY_MODE_CBC,
  SOCK_SEQPACKET,
  SOL_ALG,
  sockaddr_alg,
} from './uapi.gen.ts'

for (const name of ['nonesuch', 'qtee', 'sof', 'soft2', ''])
  test(`bind() to the provider '${name}', which is not there: ENOENT`, async t => {
    await t.throwsAsync(bound(t.context.sys, 'securekey', name), { code: 'ENOENT' })
  })

for (const member of ['salg_feat', 'salg_mask'] as const)
  test(`bind() with ${member}: EINVAL`, async t => {
    const { sys } = t.context
    const socket = await sys.socket(AF_ALG, SOCK_SEQPACKET, 0)
    const given = { salg_family: AF_ALG, salg_type: 'securekey', salg_name: 'soft', [member]: 1 }
    await t.throwsAsync(sys.bind(socket, sockaddr_alg.encode(given)), { code: 'EINVAL' })
  })

test('bind() with an address that is short: EINVAL', async t => {
  const { sys } = t.context
  const socket = await sys.socket(AF_ALG, SOCK_SEQPACKET, 0)
  const short = address('securekey', 'soft').subarray(0, sockaddr_alg.offsetof('salg_name'))
  await t.throwsAsync(sys.bind(socket, short), { code: 'EINVAL' })
})

/** Parameters that mean nothing, to no provider. */
const nonsense: readonly [string, Parameters<typeof params>[0]][] = [
  ['no algorithm', { algorithm: 0 }],
  ['an unknown algorithm', { algorithm: 2 }],
  ['129 bits', { key_bits: 129 }],
  ['0 bits', { key_bits: 0 }],
  ['no mode', { modes: 0 }],
  ['an unknown mode', { modes: SECUREKEY_MODE_CBC | 4 }],
  ['an unknown flag', { flags: 4 }],
  ['no form', { form: 0 }],
  ['an unknown form', { form: 3 }],
  ['a reserved member', { reserved: [0, 0, 1] }],
]

for (const [what, given] of nonsense)
  test(`ALG_GENERATE_KEY with ${what}: EINVAL`, async t => {
    await t.throwsAsync(command(t.context.sys, control(ALG_GENERATE_KEY, params(given))), { code: 'EINVAL' })
  })

test('ALG_GENERATE_KEY with parameters that are short by one byte: EINVAL', async t => {
  const short = params().subarray(0, -1)
  await t.throwsAsync(command(t.context.sys, control(ALG_GENERATE_KEY, short)), { code: 'EINVAL' })
})

test('ALG_GENERATE_KEY with data: EINVAL', async t => {
  await t.throwsAsync(command(t.context.sys, control(ALG_GENERATE_KEY), random(16)), { code: 'EINVAL' })
})

test('ALG_IMPORT_KEY without parameters: EINVAL', async t => {
  await t.throwsAsync(command(t.context.sys, control(ALG_IMPORT_KEY), random(16)), { code: 'EINVAL' })
})

for (const length of [0, 15, 17, 32])
  test(`ALG_IMPORT_KEY of ${length} bytes for 128 bits: EINVAL`, async t => {
    const message = control(ALG_IMPORT_KEY, params({ key_bits: 128 }))
    await t.throwsAsync(command(t.context.sys, message, random(length)), { code: 'EINVAL' })
  })

test('ALG_IMPORT_KEY of more than any key: EMSGSIZE', async t => {
  await t.throwsAsync(command(t.context.sys, control(ALG_IMPORT_KEY, params()), random(65)), { code: 'EMSGSIZE' })
})

test('ALG_PREPARE_KEY with parameters: EINVAL', async t => {
  const { sys } = t.context
  await t.throwsAsync(command(sys, control(ALG_PREPARE_KEY, params()), await generateKey(sys)), { code: 'EINVAL' })
})

test('ALG_DELETE_KEY where the provider keeps nothing about keys: EOPNOTSUPP', async t => {
  const { sys } = t.context
  await t.throwsAsync(command(sys, control(ALG_DELETE_KEY), await generateKey(sys)), { code: 'EOPNOTSUPP' })
})

test('a message without a command: EINVAL', async t => {
  const { sys } = t.context
  const manager = await keyManager(sys)
  await t.throwsAsync(sys.sendmsg(manager, { data: random(16) }), { code: 'EINVAL' })
  await t.throwsAsync(sys.write(manager, random(16)), { code: 'EINVAL' })
})

test('two commands: EINVAL', async t => {
  const { sys } = t.context
  const manager = await keyManager(sys)
  const both = [control(ALG_GENERATE_KEY), control(ALG_GENERATE_KEY)]
  await t.throwsAsync(sys.sendmsg(manager, { control: both }), { code: 'EINVAL' })
})

for (const [name, type] of Object.entries({ ALG_SET_KEY, ALG_SET_IV, ALG_SET_SECURE_KEY, 'an unknown command': 4711 }))
  test(`${name} in the place of a command: EINVAL`, async t => {
    await t.throwsAsync(command(t.context.sys, control(type, random(20))), { code: 'EINVAL' })
  })

test('a command with MSG_MORE: EINVAL', async t => {
  const { sys } = t.context
  const manager = await keyManager(sys)
  const message = { control: [control(ALG_GENERATE_KEY)], flags: MSG_MORE }
  await t.throwsAsync(sys.sendmsg(manager, message), { code: 'EINVAL' })
})

test('setsockopt() on an accepted socket: EOPNOTSUPP', async t => {
  const { sys } = t.context
  const manager = await keyManager(sys)
  await t.throwsAsync(sys.setsockopt(manager, SOL_ALG, ALG_SET_KEY, random(16)), { code: 'EOPNOTSUPP' })
})

test('a command that failed leaves nothing to read', async t => {
  const { sys } = t.context
  const manager = await keyManager(sys)
  const message = { control: [control(ALG_GENERATE_KEY, params({ algorithm: 0 }))] }
  await t.throwsAsync(sys.sendmsg(manager, message), { code: 'EINVAL' })
  await t.throwsAsync(sys.read(manager, 1024), { code: 'ENODATA' })
  t.is(await sys.sendmsg(manager, { control: [control(ALG_GENERATE_KEY)] }), 0)
})
