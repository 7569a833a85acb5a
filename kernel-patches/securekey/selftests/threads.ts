/** What one thread can tell of another. */

import type { Sys } from '@kseries/kselftest-ts'

/**
 * Waits until a thread of this process sleeps in a system call: /proc gives the number of the call only while the thread is
 * off the CPU. 32-bit ABIs have calls with a time-out under another name.
 */
export const untilAsleepIn = async (sys: Sys, tid: number, name: string): Promise<void> => {
  const numbers = new Set([name, `${name}_time64`].map(one => sys.abi.syscalls[one]))
  for (let tries = 0; tries < 1000; tries++) {
    const [number] = (await sys.readText(`/proc/self/task/${tid}/syscall`)).split(' ')
    if (numbers.has(Number(number))) return
    await sys.nanosleep(1)
  }
  throw new Error(`Thread ${tid} must have gone to sleep in ${name}() by now`)
}
