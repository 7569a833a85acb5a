/** What keys and samples cost on OP-TEE: commands to the application, which are certain, and times, which are told in the log. */

import { needs, type Program, type Ref, type Sys, test } from '@kseries/kselftest-ts'
import { random } from '../../securekey/selftests/reference.ts'
import { debugFolder, underTest } from '../../securekey/selftests/under-test.ts'
import { command, openDevice } from '../../securekey-chardev/selftests/commands.ts'
import { generate, params, withBlob } from '../../securekey-chardev/selftests/key-commands.ts'
import { ready } from '../../securekey-chardev/selftests/ready.ts'
import { recordsIn, submitIn } from '../../securekey-chardev/selftests/session-commands.ts'
import {
  SECUREKEY_BLOB_MAX_LEN,
  SECUREKEY_DEV_GENERATE,
  SECUREKEY_DEV_LOAD,
  SECUREKEY_DEV_PREPARE,
  securekey_dev_completion,
  securekey_dev_generate,
  securekey_dev_prepare,
} from '../../securekey-chardev/selftests/uapi.gen.ts'
import { type SecureCalls, secureCallsIn } from './secure-calls.ts'

const CLOCK_MONOTONIC = 1
const TIMES = 20
/** Bytes that go to the application at a time, at most (drivers/securekey/tee/protocol.h). */
const CHUNK = 256 * 1024

/** Adds a look at the clock. */
const clock = (p: Program): Ref<Uint8Array> => {
  const time = p.out(16)
  p.syscall('clock_gettime', CLOCK_MONOTONIC, time)
  return time
}

const microseconds = (time: Uint8Array): number => {
  const parts = new DataView(time.buffer, time.byteOffset)
  return Number(parts.getBigInt64(0, true)) * 1e6 + Number(parts.getBigInt64(8, true)) / 1000
}

/** What it costs to do something, again and again. */
interface Cost {
  /** Microseconds of each time, sorted. */
  readonly times: readonly number[]
  /** Commands to the application, in all. */
  readonly calls: number
  /** What passes to the secure world, in all. */
  readonly secure: SecureCalls
}

const cost = async (sys: Sys, build: (p: Program) => void): Promise<Cost> => {
  const count = async () => Number(await sys.readText(`${debugFolder(sys)}/calls`))
  const before = await count()
  const times: number[] = []
  const secure = await secureCallsIn(sys, async () => {
    for (let round = 0; round < TIMES; round++) {
      const [begun, ended] = await sys.program(p => {
        const from = clock(p)
        build(p)
        return [from, clock(p)] as const
      })
      times.push(microseconds(ended) - microseconds(begun))
    }
  })
  return { times: times.toSorted((a, b) => a - b), calls: (await count()) - before, secure }
}

/** A line of the log that the bench reads. */
const told = (what: string, { times, calls, secure }: Cost): string => {
  const total = times.reduce((sum, one) => sum + one, 0)
  const share = Math.round((100 * secure.time) / total)
  return JSON.stringify({ what, calls: calls / TIMES, smc: secure.calls / TIMES, share, times: times.map(Math.round) })
}

/** Each command is at least one call, and none of them takes longer than what it is for. */
const isTold = ({ times, calls, secure }: Cost): boolean =>
  secure.calls >= calls && secure.time > 0 && secure.time <= times.reduce((sum, one) => sum + one, 0)

const onOptee = (sys: Sys): void => needs(underTest(sys).name === 'optee', 'it is about the provider optee')

const SIZES = [1024, 65_536, 1_048_576]

test('a command for a key that is generated or prepared, and for one that is loaded', async t => {
  const { sys } = t.context
  onOptee(sys)
  const device = await openDevice(sys)
  const room = SECUREKEY_BLOB_MAX_LEN

  const making = securekey_dev_generate.encode({ size: securekey_dev_generate.size, params: params(), blob_len: room })
  const generating = await cost(sys, p => {
    command(p, device, SECUREKEY_DEV_GENERATE, making, [securekey_dev_generate.offsetof('blob'), p.out(room)])
  })
  t.is(generating.calls, TIMES)
  t.true(isTold(generating), told('generate', generating))
  t.log(told('generate', generating))

  const blob = await generate(sys, device)
  const asking = securekey_dev_prepare.encode({
    size: securekey_dev_prepare.size,
    src_len: blob.length,
    blob_len: room,
  })
  const preparing = await cost(sys, p => {
    const from = [securekey_dev_prepare.offsetof('src'), p.patched(blob)] as const
    command(p, device, SECUREKEY_DEV_PREPARE, asking, [securekey_dev_prepare.offsetof('blob'), p.out(room)], from)
  })
  t.is(preparing.calls, TIMES)
  t.true(isTold(preparing), told('prepare', preparing))
  t.log(told('prepare', preparing))

  const loading = await cost(sys, p => p.close(withBlob(p, device, SECUREKEY_DEV_LOAD, blob)))
  t.is(loading.calls, TIMES)
  t.true(isTold(loading), told('load', loading))
  t.log(told('load and unload', loading))
})

for (const size of SIZES) {
  test(`a sample of ${size} bytes: a command for each ${CHUNK} bytes`, async t => {
    const { sys } = t.context
    onOptee(sys)
    const { s, dst } = await ready(sys, { length: size })
    // What is sent to the guest is less than a large sample.
    const part = random(Math.min(size, 32_768))
    const memory = await sys.alloc(size)
    for (let at = 0; at < size; at += part.length) await sys.poke(memory.address + BigInt(at), part)
    const record = await sys.alloc(64 * securekey_dev_completion.size)
    const decrypting = await cost(sys, p => {
      submitIn(p, s, [{ data: part, iv: part.subarray(0, 16), dst, length: size, raw: { src: memory.address } }])
      p.syscall('read', s, record.address, 64 * securekey_dev_completion.size)
    })
    const bytes = await sys.peek(record.address, securekey_dev_completion.size)
    t.is(recordsIn(bytes)[0]?.status, 0)
    t.is(decrypting.calls, TIMES * Math.ceil(size / CHUNK))
    t.true(isTold(decrypting), told('decrypt', decrypting))
    t.log(told(`decrypt ${size} bytes`, decrypting))
  })
}
