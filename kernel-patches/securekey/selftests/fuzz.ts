/** Random programs: system calls that are given what they should and should not be given, and what must hold however they end. */

import { randomInt } from 'node:crypto'
import type { Sys } from '@kseries/kselftest-ts'
import * as fc from 'fast-check'
import { inUse } from './faults.ts'
import { type Outcome, programInC, runSteps, type Step } from './steps.ts'
import { O_RDONLY } from './uapi.gen.ts'

/** How many programs are tried. KSERIES_FUZZ=10000 before `kseries run` for as many. */
export const RUNS = Number(process.env['KSERIES_FUZZ'] ?? 150)

/** Milliseconds for them. */
export const PATIENCE = 60_000 + 200 * RUNS

/** Those of the first process come of this number, those of each further one of the next. A failure tells it: KSERIES_FUZZ_SEED. */
const SEED = Number(process.env['KSERIES_FUZZ_SEED'] ?? randomInt(0x7fff_0000))

/** Milliseconds after which a program is said to hang, in a guest however slow. */
const DEADLINE = 120_000

/** Programs in a process, which is killed then, with whatever is in flight. */
const CHUNK = 50

/** Warnings there were, and reports of KASAN and UBSAN (kernel/panic.c: check_panic_on_warn()). */
const warnings = async (sys: Sys): Promise<string> => {
  const text = await sys.program(p => {
    const file = p.open('/sys/kernel/warn_count', O_RDONLY)
    const count = p.read(file, 32)
    p.close(file)
    return count
  })
  return Buffer.from(text).toString()
}

/** What warns only once warns once more: a shorter program can be seen to fail, too. */
const forgetWarnings = async (sys: Sys) => await sys.writeFile('/sys/kernel/debug/clear_warn_once', '1')

const FAILSLAB = '/sys/kernel/debug/failslab'

/** Of a hundred allocations of a process that is short of memory, so many fail. */
const SHORTAGE = 5

/** Where a function of the kernel begins, and what is behind it. */
const placeOf = async (sys: Sys, name: string): Promise<readonly [string, string]> => {
  const lines = (await sys.readText('/proc/kallsyms')).split('\n')
  const at = lines.findIndex(line => line.endsWith(` ${name}`))
  const address = (line = '') => `0x${line.split(' ')[0]}`
  if (at < 0) throw new Error(`/proc/kallsyms does not know ${name}`)
  return [address(lines[at]), address(lines[at + 1])]
}

/** Readies the kernel to fail allocations of some processes, if it can: that of `--profile debug` can. */
const shortage = async (sys: Sys): Promise<AsyncDisposable & { readonly isThere: boolean }> => {
  const isThere = await sys.readText(`${FAILSLAB}/times`).then(
    () => true,
    () => false,
  )
  const set = async (name: string, value: string | number) => await sys.writeFile(`${FAILSLAB}/${name}`, `${value}`)
  if (isThere) {
    await set('task-filter', 'Y')
    await set('ignore-gfp-wait', 'N')
    await set('verbose', 0)
    await set('times', -1)
    // It takes a buffer that cannot be mapped for a defect, and warns (drivers/dma-buf/dma-buf.c).
    const [start, end] = await placeOf(sys, 'dma_buf_vmap_unlocked')
    await set('reject-start', start)
    await set('reject-end', end)
    await set('probability', SHORTAGE)
  }
  return { isThere, [Symbol.asyncDispose]: async () => void (isThere && (await set('probability', 0))) }
}

/** What to think of how a call ended. */
export type Verdict = 'done' | 'refused' | { readonly strange: string }

/** Of any call: it may fail, but not by an error that no system call should have. */
export const usualVerdict = ({ result }: Outcome): Verdict => {
  if (result < -133 || result === -38) return { strange: `gave ${result}` }
  return result >= 0 ? 'done' : 'refused'
}

/** How programs run in a process. */
export interface Runner<Op> {
  readonly stepsOf: (operations: readonly Op[]) => readonly Step[]
  /** Makes the calls. @default the process itself */
  readonly process?: Sys
  /** @default usualVerdict */
  readonly judge?: (outcome: Outcome, step: Step) => Verdict
}

/** What random programs are made of. */
export interface Fuzzed<Op> {
  readonly operation: fc.Arbitrary<Op>
  /** What most programs begin with, so that there is something to go on with. */
  readonly opening: readonly Op[]
  /** Makes, in a new process, what the programs are about. The number is what they come of. */
  readonly begin: (process: Sys, seed: number) => Promise<Runner<Op>>
  /** The same in words, for programs in C. */
  readonly preamble: readonly string[]
}

export interface FuzzOptions {
  /** How many programs. @default RUNS */
  readonly runs?: number
  /** What they come of. @default another one each time */
  readonly seed?: number
  readonly watch?: Watch
}

/** Told of each process: when it is about to run programs, and when it has and what made them is gone. */
export interface Watch {
  readonly begin: () => Promise<void>
  readonly end: () => Promise<void>
}

/** What programs came to. */
export interface Fuzz {
  readonly calls: number
  /** Of these calls, how many did something. */
  readonly successes: number
  /** Both, and what was hard for them, in words. */
  readonly words: string
}

/** Gives what is waited for, or undefined when it takes too long: nothing ends a call that hangs in the kernel. */
const inTime = async <T>(what: Promise<T>): Promise<T | undefined> => {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(resolve, DEADLINE, undefined)
  try {
    return await Promise.race([what, promise])
  } finally {
    clearTimeout(timer)
  }
}

/** What is wrong with what calls came to, if anything; the others are counted. */
const strangeIn = (
  steps: readonly Step[],
  outcomes: readonly Outcome[],
  judge: (outcome: Outcome, step: Step) => Verdict,
  count: { calls: number; successes: number },
): string | undefined => {
  for (const [index, step] of steps.entries()) {
    const outcome = outcomes[index]
    if (outcome === undefined) continue
    const verdict = judge(outcome, step)
    if (typeof verdict === 'object') return `call ${index} (${step.call}) ${verdict.strange}`
    if (step.call === 'peek' || step.call === 'poke') continue
    count.calls++
    if (verdict === 'done') count.successes++
  }
  return undefined
}

/**
 * Tries random programs: each call ends, none with an error that no system call should have, the kernel does not complain, and when
 * the process is gone nothing is in use that was not before. Every other process is short of memory, where the kernel can do that.
 *
 * @throws the shortest program that was found to break this, in C
 */
export const fuzz = async <Op>(
  sys: Sys,
  { operation, opening, begin, preamble }: Fuzzed<Op>,
  { runs = RUNS, seed: first = SEED, watch }: FuzzOptions = {},
): Promise<Fuzz> => {
  const some = fc.array(operation, { minLength: 1, maxLength: 16 })
  const opened = some.map(operations => [...opening, ...operations])
  const programs = fc.oneof({ weight: 5, arbitrary: opened }, some)
  const used = await inUse(sys)
  const count = { calls: 0, successes: 0 }
  let hangs = false
  await using short = await shortage(sys)
  const start = async (seed: number) => {
    const process = await sys.process()
    const runner = await begin(process, seed)
    if (short.isThere && seed % 2 === 1) await process.writeFile('/proc/self/make-it-fail', '1')
    const end = async () => {
      await runner.process?.end()
      await watch?.end()
      await process.end()
    }
    await watch?.begin()
    return { process, ...runner, end }
  }
  for (let done = 0, seed = first; done < runs; done += CHUNK, seed++) {
    // The kernel's log has it also when the guest dies, and nothing is told of the test but that.
    await sys.writeFile('/dev/kmsg', `random programs: KSERIES_FUZZ_SEED=${seed}`)
    let worker = await start(seed)
    let warned = await warnings(sys)
    const property = fc.asyncProperty(programs, async ops => {
      // The process is lost, and whatever a shorter program would need may be, too.
      if (hangs) return
      const steps = worker.stepsOf(ops)
      const outcomes = await inTime(runSteps(worker.process, steps))
      hangs = outcomes === undefined
      const strange =
        outcomes === undefined
          ? `it has not ended within ${DEADLINE / 1000} s`
          : strangeIn(steps, outcomes, worker.judge ?? usualVerdict, count)
      const before = warned
      warned = await warnings(sys)
      const complains = warned !== before
      if (strange === undefined && !complains) return
      if (complains) await forgetWarnings(sys)
      const told = programInC(steps, preamble)
      if (!hangs) {
        // What has gone wrong in it is not to go on in a shorter program.
        await worker.end()
        worker = await start(seed)
      }
      throw new Error(`KSERIES_FUZZ_SEED=${seed}: ${strange ?? 'the kernel complained'}:\n${told}`)
    })
    await fc.assert(property, { seed, numRuns: Math.min(CHUNK, runs - done), includeErrorInReport: true })
    await worker.end()
    const left = await inUse(sys)
    if (left !== used)
      throw new Error(
        `KSERIES_FUZZ_SEED=${seed}: of ${CHUNK} programs something is left: ${left} where there was ${used}`,
      )
  }
  const { calls, successes } = count
  const how = short.isThere ? `; in half of the processes ${SHORTAGE} % of the allocations failed` : ''
  return { calls, successes, words: `${calls} calls, of which ${successes} did something${how}` }
}

/** Programs of which most calls are refused at once try little. */
export const triesEnough = ({ calls, successes }: Fuzz): boolean => successes > calls / 4

/** Numbers of 32 bits that are likely to matter, and any. */
export const word = (...likely: readonly number[]): fc.Arbitrary<number> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...likely) },
    { weight: 1, arbitrary: fc.constantFrom(0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 0xffff_ffff }) },
  )

/** Nothing, and now and then what is given. */
export const rarely = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 7, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })

/** Numbers of 64 bits that are likely to matter, and any. */
export const long = (...likely: readonly number[]): fc.Arbitrary<bigint> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...likely).map(BigInt) },
    { weight: 1, arbitrary: fc.constantFrom(0n, 1n, 2n ** 32n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 64n - 16n) },
    { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) },
  )

/** A wrapped key as it is, or with a bit changed, or less or more of it. */
export const variants = (blobs: number): fc.Arbitrary<Variant> =>
  fc.record({
    which: fc.nat({ max: blobs - 1 }),
    bit: rarely(fc.nat({ max: 1200 })),
    length: rarely(fc.nat({ max: 1100 })),
  })

interface Variant {
  readonly which: number
  readonly bit?: number | undefined
  readonly length?: number | undefined
}

/** The bytes that `variants` tells of. */
export const variant = (blobs: readonly Uint8Array[], { which, bit, length }: Variant): Uint8Array => {
  const bytes = Buffer.alloc(length ?? blobs[which]?.length ?? 0)
  bytes.set((blobs[which] ?? new Uint8Array()).subarray(0, bytes.length))
  if (bit !== undefined && bit >> 3 < bytes.length) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return bytes
}
