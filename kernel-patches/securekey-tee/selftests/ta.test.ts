/** The trusted application straight through /dev/tee0: sessions, types of parameters, and what only a test may do. */

import { type Sys, test } from '@kseries/kselftest-ts'
import { encrypt, random, sha256 } from '../../securekey/selftests/reference.ts'
import { untilAsleepIn } from '../../securekey/selftests/threads.ts'
import { Application, SHARED_SIZE } from './application.ts'
import { BAD, CTR, check, DENIED, SHORT } from './ta-check.ts'
import { COMMANDS, type CommandName, FAULTS, FIRST, type Kind, TYPES, UUIDS } from './ta-protocol.ts'
import { isMemory, memory, NONE, type Param, value } from './tee-client.ts'
import {
  SECUREKEY_FLAG_PROTECTED_DST_ONLY,
  SECUREKEY_MODE_CTR,
  TEE_IOCTL_LOGIN_REE_KERNEL,
  TEE_MEMREF_NULL,
} from './uapi.gen.ts'

const KINDS = [
  'none',
  'value in',
  'value out',
  'value inout',
  'memory in',
  'memory out',
  'memory inout',
] as const satisfies readonly Kind[]

test('a right sequence: import, load, decrypt to protected memory', async t => {
  const ta = await Application.open(t.context.sys)
  const [raw, iv, plaintext] = [random(16), random(16), random(1000)]
  const session = await ta.sessionWith(raw, { flags: SECUREKEY_FLAG_PROTECTED_DST_ONLY })
  await ta.put('src', encrypt('ctr(aes)', raw, iv, plaintext))
  const { result, params } = await ta.decrypt(session, { mode: SECUREKEY_MODE_CTR, len: 1000, iv })
  t.is(result, 'TEE_SUCCESS')
  t.is(params[3]?.a, 1000n)
  t.is(await ta.digest(session, 0, 1000), sha256(plaintext))
})

for (const [command, types] of Object.entries(TYPES) as [CommandName, readonly Kind[]][]) {
  check(`${command} with a parameter of each wrong type: ${BAD}`, async (ta, t) => {
    const session = await ta.session()
    const param = (kind: Kind): Param => {
      if (isMemory(kind)) return memory(kind, ta.shared, 0, 128)
      return kind === 'none' ? NONE : value(kind, FIRST)
    }
    for (let index = 0; index < 4; index++) {
      for (const kind of KINDS) {
        if (kind === (types[index] ?? 'none')) continue
        const kinds = [0, 1, 2, 3].map(at => (at === index ? kind : (types[at] ?? 'none')))
        t.is((await ta.call(session, command, kinds.map(param))).result, BAD, kinds.join(', '))
      }
    }
  })
}

for (const command of [12, 255, 0xffff_ffff])
  check(`command 0x${command.toString(16)}: TEE_ERROR_NOT_SUPPORTED`, async (ta, t) => {
    t.is((await ta.client.invoke(await ta.session(), command, [])).result, 'TEE_ERROR_NOT_SUPPORTED')
  })

check(`a session with a parameter: ${BAD}`, async (ta, t) => {
  t.is((await ta.client.openSession({ params: [value('value in', 1), NONE, NONE, NONE] })).result, BAD)
})

check(`a session of the keeper, which serves the application alone: ${DENIED}`, async (ta, t) => {
  t.is((await ta.client.openSession({ uuid: UUIDS.keeper })).result, DENIED)
})

test('a session as the kernel: EPERM', async t => {
  const ta = await Application.open(t.context.sys)
  await t.throwsAsync(ta.client.openSession({ login: TEE_IOCTL_LOGIN_REE_KERNEL }), { code: 'EPERM' })
})

const places: readonly [string, (of: Application) => Param][] = [
  ['that is not there', () => memory('memory in', 4711n, 0, 72)],
  ['and a range that ends behind it', ta => memory('memory in', ta.shared, SHARED_SIZE - 71, 72)],
  ['and a range that overflows', ta => memory('memory in', ta.shared, 2n ** 64n - 1n, 72)],
]
for (const [what, place] of places)
  test(`memory ${what}: EINVAL`, async t => {
    const ta = await Application.open(t.context.sys)
    const out = ta.range('memory out', 'out', 1024)
    await t.throwsAsync(ta.call(await ta.session(), 'GENERATE', [place(ta), out]), { code: 'EINVAL' })
  })

check(`a digest of no bytes, and into too little room: ${BAD}, ${SHORT}`, async (ta, t) => {
  const session = await ta.session()
  const sum = async (of: Param, room: number) =>
    await ta.call(session, 'TEST_DIGEST', [of, ta.range('memory out', 'out', room)])
  t.is((await sum(ta.range('memory in', 'in', 0), 32)).result, BAD)
  t.is((await sum(memory('memory in', TEE_MEMREF_NULL, 0, 16), 32)).result, BAD)
  const { result, params } = await sum(ta.range('memory in', 'in', 16), 31)
  t.is(result, SHORT)
  t.is(params[1]?.b, 32n)
})

check(`a fault that is none: ${BAD}`, async (ta, t) => {
  const session = await ta.session()
  for (const fault of [0, 4, 0xffff_ffff])
    t.is((await ta.call(session, 'TEST_FAULT', [value('value in', fault)])).result, BAD)
})

test('a session that has died: TEE_ERROR_TARGET_DEAD, and the others live', async t => {
  const ta = await Application.open(t.context.sys)
  const [victim, bystander] = [await ta.sessionWith(random(16)), await ta.sessionWith(random(16))]
  t.context.expects({ kind: 'ta-panic', title: /0x7e57 \(9d9d3e0b-/ })
  const dies = [value('value in', FAULTS.panicInDecrypt)]
  t.is((await ta.call(victim, 'TEST_FAULT', dies)).result, 'TEE_SUCCESS')
  for (let times = 0; times < 2; times++) t.is((await ta.decrypt(victim, CTR)).result, 'TEE_ERROR_TARGET_DEAD')
  t.is((await ta.decrypt(bystander, CTR)).result, 'TEE_SUCCESS')
})

test('a call that is cancelled: TEE_ERROR_CANCEL, and the session lives', async t => {
  const { sys }: { sys: Sys } = t.context
  const ta = await Application.open(sys)
  const session = await ta.sessionWith(random(16))
  const sleeps = [value('value in', FAULTS.sleepInDecrypt, 25_000)]
  t.is((await ta.call(session, 'TEST_FAULT', sleeps)).result, 'TEE_SUCCESS')
  await using other = await sys.thread()
  const tid = await sys.gettid()
  const answer = ta.decrypt(session, CTR, { cancelId: 7 })
  await untilAsleepIn(other, tid, 'ioctl')
  await ta.client.cancel(other, session, 7)
  t.is((await answer).result, 'TEE_ERROR_CANCEL')
  t.is((await ta.decrypt(session, CTR)).result, 'TEE_SUCCESS')
})

test('a session of somebody else: EINVAL', async t => {
  const ta = await Application.open(t.context.sys)
  const session = await ta.session()
  const other = await Application.open(t.context.sys)
  await t.throwsAsync(other.client.invoke(session, COMMANDS.ABORT, []), { code: 'EINVAL' })
  await t.throwsAsync(other.client.closeSession(session), { code: 'EINVAL' })
})
