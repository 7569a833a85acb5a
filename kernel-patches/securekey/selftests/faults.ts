/** The knobs of a provider by which a test makes requests slow, hang or fail, and what it tells of itself. */

import { needs, type Sys } from '@kseries/kselftest-ts'
import { O_RDONLY, O_WRONLY } from './uapi.gen.ts'
import { debugFolder, underTest } from './under-test.ts'

/** What each knob is when nobody touches it. */
const USUAL = {
  /** 1: a request is not worked on until this is 0 again, it is cancelled, or its time is up. */
  hang: 0,
  /** Requests end with this error number. */
  fail: 0,
  /** So many of them do, then no more; 0 for all. */
  fail_times: 0,
  /** Requests are not taken, with this error number. */
  refuse: 0,
  /** Keys that may be loaded, 0 for any number. */
  key_slots: 0,
  /** Requests that one key may have in flight, 0 for as many as the queue takes. Told when the provider is registered. */
  key_depth: 0,
  /** Milliseconds that a request gets, 0 for the core's own limit. Told when the provider is registered. */
  timeout_ms: 0,
  /** 0: the provider is unregistered. */
  present: 1,
} as const

/** Turns a knob; ends the test as skipped if the provider has none of the kind. */
export const turn = async (sys: Sys, knob: keyof typeof USUAL, value: number): Promise<void> => {
  const folder = debugFolder(sys)
  needs((await sys.readDir(folder)).includes(knob), `the provider ${underTest(sys).name} has no knob '${knob}'`)
  await sys.program(p => {
    const file = p.open(`${folder}/${knob}`, O_WRONLY)
    p.write(file, `${value}`)
    p.close(file)
  })
}

/** Turns a knob until the end of the block (`await using`), since all tests share the provider. */
export const fault = async (sys: Sys, knob: keyof typeof USUAL, value: number): Promise<AsyncDisposable> => {
  await turn(sys, knob, value)
  return { [Symbol.asyncDispose]: async () => await turn(sys, knob, USUAL[knob]) }
}

/** Sets what is told when the provider is registered until the end of the block; it registers anew for that. */
const limit = async (sys: Sys, knob: 'timeout_ms' | 'key_depth', value: number): Promise<AsyncDisposable> => {
  const set = async (to: number): Promise<void> => {
    await turn(sys, knob, to)
    await turn(sys, 'present', 0)
    await turn(sys, 'present', 1)
  }
  await set(value)
  return { [Symbol.asyncDispose]: async () => await set(USUAL[knob]) }
}

/** Limits the time of requests until the end of the block, in milliseconds. */
export const timeLimit = async (sys: Sys, ms: number): Promise<AsyncDisposable> => await limit(sys, 'timeout_ms', ms)

/** Limits the requests that a key may have in flight until the end of the block. */
export const keyLimit = async (sys: Sys, requests: number): Promise<AsyncDisposable> =>
  await limit(sys, 'key_depth', requests)

/** What is alive in the provider: keys, buffers and requests. */
export const inUse = async (sys: Sys): Promise<string> => {
  const text = await sys.program(p => {
    const file = p.open(`${debugFolder(sys)}/in_use`, O_RDONLY)
    const answer = p.read(file, 200)
    p.close(file)
    return answer
  })
  return Buffer.from(text).toString()
}

/** Waits until that is alive: a request lets go of what it used a moment after its end is told. */
export const untilInUse = async (sys: Sys, expected: string): Promise<string> => {
  for (let tries = 0; tries < 100 && (await inUse(sys)) !== expected; tries++) await sys.nanosleep(5)
  return await inUse(sys)
}

export const NOTHING_IN_USE = 'keys 0\nbuffers 0\nrequests 0\n'
