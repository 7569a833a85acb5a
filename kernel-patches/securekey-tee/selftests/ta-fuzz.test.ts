/** Random programs on the trusted application through /dev/tee0: nothing worse than an error comes of them, and nothing secret. */

import { type Sys, test } from '@kseries/kselftest-ts'
import { inUse, NOTHING_IN_USE } from '../../securekey/selftests/faults.ts'
import { fuzz, PATIENCE, RUNS, triesEnough, usualVerdict, type Verdict } from '../../securekey/selftests/fuzz.ts'
import { encrypt, hex, random, sha256 } from '../../securekey/selftests/reference.ts'
import type { Outcome, Step } from '../../securekey/selftests/steps.ts'
import { Application, PLACE, PROTECTED_SIZE } from './application.ts'
import { type Operation, operation } from './ta-operations.ts'
import { stepsOf } from './ta-programs.ts'
import { COMMANDS, FAULTS } from './ta-protocol.ts'
import { makeSecrets, NEVER_SHARED, type Secrets, type World, worldOf, wrapKeys } from './ta-world.ts'
import { RESULTS, resultName, value } from './tee-client.ts'
import {
  SECUREKEY_MODE_CBC,
  TEE_IOC_CANCEL,
  TEE_IOC_INVOKE,
  TEE_IOC_OPEN_SESSION,
  tee_ioctl_cancel_arg,
  tee_ioctl_invoke_arg,
  tee_ioctl_open_session_arg,
} from './uapi.gen.ts'

/** What commands may end as, whatever they are given. That of an application that has died is none of them. */
const REFUSALS = new Set<string>([
  'TEE_ERROR_ACCESS_DENIED',
  'TEE_ERROR_BAD_PARAMETERS',
  'TEE_ERROR_BAD_STATE',
  'TEE_ERROR_CANCEL',
  'TEE_ERROR_MAC_INVALID',
  'TEE_ERROR_NOT_SUPPORTED',
  'TEE_ERROR_OUT_OF_MEMORY',
  'TEE_ERROR_SHORT_BUFFER',
])

/** Tells what calls came to, and counts which results each command has had. */
class Judge {
  readonly counts = new Map<string, Map<string, number>>()
  readonly #secrets: Secrets

  constructor(secrets: Secrets) {
    this.#secrets = secrets
  }

  readonly judge = (outcome: Outcome, step: Step): Verdict => {
    const { result, written } = outcome
    if (step.call === 'peek') return this.#leak(written ?? new Uint8Array()) ?? 'done'
    if (step.call !== 'ioctl' || result < 0 || written === undefined) return usualVerdict(outcome)
    if (step.args[1] === TEE_IOC_OPEN_SESSION)
      return this.#verdict('open', tee_ioctl_open_session_arg.decode(written).ret)
    if (step.args[1] !== TEE_IOC_INVOKE) return usualVerdict(outcome)
    const { func, ret } = tee_ioctl_invoke_arg.decode(written)
    return this.#verdict(Object.entries(COMMANDS).find(([, number]) => number === func)?.[0] ?? 'unknown', ret)
  }

  /** A line for each command. */
  get told(): string {
    const told = ([result, count]: [string, number]) => `${count} ${result.replace(/^TEE_(ERROR_)?/, '')}`
    return [...this.counts].map(([command, results]) => `${command}: ${[...results].map(told).join(', ')}`).join('\n')
  }

  #verdict(command: string, ret: number): Verdict {
    const name = resultName(ret)
    const results = this.counts.get(command) ?? new Map<string, number>()
    this.counts.set(command, results.set(name, (results.get(name) ?? 0) + 1))
    if (ret === RESULTS.TEE_SUCCESS) return 'done'
    return REFUSALS.has(name) ? 'refused' : { strange: `ended as ${name}` }
  }

  #leak(shared: Uint8Array): Verdict | undefined {
    const { plaintext, keys } = this.#secrets
    for (const [what, bytes] of Object.entries({ plaintext, ...keys })) {
      const at = Buffer.from(shared).indexOf(bytes.subarray(0, 16))
      if (at >= 0) return { strange: `finds what is secret (${what}) at ${at} of shared memory` }
    }
    return undefined
  }
}

/** The other CPU of a hostile world, in a third of the processes: what is in shared memory changes, and calls are cancelled. */
const meddle = async (world: World): Promise<void> => {
  const { client, shared } = world.app
  const other = await client.sys.thread()
  const cancellations = world.keys.map(({ session }) => tee_ioctl_cancel_arg.encode({ session, cancel_id: 7 }))
  // It ends with the process.
  void other
    .program(p =>
      p.repeat(1_000_000, () => {
        for (const [index, cancellation] of cancellations.entries()) {
          p.poke(shared.address + BigInt(PLACE.in + 8 * index), Uint8Array.of(index))
          p.nanosleep(0.05)
          p.settled(p.syscall('ioctl', client.fd, TEE_IOC_CANCEL, cancellation))
        }
      }),
    )
    .catch(() => {})
}

/** How many sessions with a key fit into the TEE: as many as ever, if nothing is lost. */
const capacity = async (sys: Sys): Promise<number> => {
  await using process = await sys.process()
  const app = await Application.open(process)
  const blob = await app.importKey(await app.session(), random(16))
  for (let count = 0; ; count++) {
    const { session, result } = await app.client.openSession()
    const loaded = result === 'TEE_SUCCESS' ? await app.load(session, blob) : result
    if (loaded === 'TEE_ERROR_OUT_OF_MEMORY') return count
    if (loaded !== 'TEE_SUCCESS') throw new Error(`A session too many must end as out of memory: ${loaded}`)
  }
}

/** Import, load, decrypt to protected memory, and what is there. */
const serves = async (sys: Sys): Promise<boolean> => {
  await using process = await sys.process()
  const app = await Application.open(process)
  const [raw, iv, plaintext] = [random(16), random(16), random(PROTECTED_SIZE / 4)]
  const session = await app.sessionWith(raw, NEVER_SHARED)
  await app.put('src', encrypt('cbc(aes)', raw, iv, plaintext))
  await app.decrypt(session, { mode: SECUREKEY_MODE_CBC, len: plaintext.length, iv })
  return (await app.digest(session, 0, plaintext.length)) === sha256(plaintext)
}

const preamble = [
  '/* Descriptors, addresses and numbers of memory are of another process: /dev/tee0, what TEE_IOC_SHM_ALLOC and',
  '   TEE_IOC_SHM_REGISTER_FD gave; wrapped keys that are ephemeral are of another boot. Make your own. */',
]

test.timeout(3 * PATIENCE, 'random programs straight on the trusted application', async t => {
  const { sys } = t.context
  const secrets = makeSecrets()
  const judge = new Judge(secrets)
  // The keeper, too, is there from now on.
  const wrapped = await wrapKeys(sys, secrets)
  const fits = await capacity(sys)
  const opening: readonly Operation[] = []
  const begin = async (process: Sys, seed: number) => {
    const world = await worldOf(process, secrets, wrapped)
    if (seed % 3 === 0) await meddle(world)
    return { stepsOf: stepsOf(world), judge: judge.judge }
  }
  const started = Date.now()
  const tried = await fuzz(sys, { operation, opening, begin, preamble })
  t.log(tried.words)
  t.true(triesEnough(tried), tried.words)
  t.log(`${((Date.now() - started) / 1000).toFixed(0)} s; ${judge.told}`)
  // Of few programs some command may always be a mistake.
  for (const command of RUNS < 1000 ? [] : ['open', ...Object.keys(COMMANDS)])
    t.true((judge.counts.get(command)?.get('TEE_SUCCESS') ?? 0) > 0, `${command} has never been done`)
  t.true(await serves(sys))
  t.is(await capacity(sys), fits, 'sessions that fit')
  t.is(await inUse(sys), NOTHING_IN_USE)
})

test('a program that kills the application is seen to', async t => {
  const app = await Application.open(t.context.sys)
  const session = await app.session()
  t.context.expects({ kind: 'ta-panic', title: /0x7e57 \(9d9d3e0b-/ })
  const { result } = await app.call(session, 'TEST_FAULT', [value('value in', FAULTS.panic)])
  const judge = new Judge(makeSecrets())
  const bytes = tee_ioctl_invoke_arg.encode({ func: COMMANDS.TEST_FAULT, ret: RESULTS.TEE_ERROR_TARGET_DEAD })
  const verdict = judge.judge({ result: 0, written: bytes }, { call: 'ioctl', args: [3, TEE_IOC_INVOKE] })
  t.is(result, 'TEE_ERROR_TARGET_DEAD')
  t.deepEqual(verdict, { strange: 'ended as TEE_ERROR_TARGET_DEAD' })
})

test('what is secret is seen in shared memory', t => {
  const secrets = makeSecrets()
  const shared = Buffer.concat([random(100), secrets.plaintext, random(100)])
  const verdict = new Judge(secrets).judge({ result: shared.length, written: shared }, { call: 'peek', args: [] })
  t.deepEqual(verdict, { strange: 'finds what is secret (plaintext) at 100 of shared memory' })
  t.is(hex(shared.subarray(100, 116)), hex(secrets.plaintext))
})
