/** Calls to the secure world, as the driver of OP-TEE traces them. */

import type { Sys } from '@kseries/kselftest-ts'

const TRACING = '/sys/kernel/tracing'

/** Calls there were; microseconds that they took. */
export interface SecureCalls {
  readonly calls: number
  readonly time: number
}

/**
 * What passes to the secure world while something is done: each SMC from optee_invoke_fn_begin to optee_invoke_fn_end
 * (drivers/tee/optee/optee_trace.h). One that comes back for an interrupt or a wish is followed by another.
 */
export const secureCallsIn = async (sys: Sys, work: () => Promise<void>): Promise<SecureCalls> => {
  const set = async (name: string, value: string) => await sys.writeFile(`${TRACING}/${name}`, value)
  await set('trace_clock', 'mono')
  await set('trace', '')
  await set('events/optee/enable', '1')
  try {
    await work()
  } finally {
    await set('events/optee/enable', '0')
  }
  return secureCallsOf(await sys.readText(`${TRACING}/trace`))
}

/** The same of the text of a trace. Events of a thread follow each other, those of several are mixed. */
export const secureCallsOf = (trace: string): SecureCalls => {
  const begun = new Map<string, number>()
  let calls = 0
  let time = 0
  for (const [, thread = '', seconds, what] of trace.matchAll(
    /^ *(\S.*-\d+) .*? (\d+\.\d+): optee_invoke_fn_(begin|end):/gm,
  )) {
    const at = Number(seconds) * 1e6
    if (what === 'begin') {
      begun.set(thread, at)
      continue
    }
    const from = begun.get(thread)
    if (from === undefined) continue
    begun.delete(thread)
    calls++
    time += at - from
  }
  return { calls, time }
}
