/** Whether the kernel log tells what it must not. */

import type { Sys } from '@kseries/kselftest-ts'

const READ_ALL = 3 // SYSLOG_ACTION_READ_ALL, include/linux/syslog.h; not exported to user space

/**
 * Of some bytes, those whose first eight are in the kernel log: as they are, or in hexadecimal in either order, with whatever between the
 * digits.
 */
export const foundInLog = async (sys: Sys, secrets: readonly Uint8Array[]): Promise<Uint8Array[]> => {
  await using log = await sys.alloc(256 * 1024)
  const length = await sys.syscall('syslog', READ_ALL, log, log.size)
  const text = Buffer.from(await log.read(0, length)).toString('latin1')
  const digits = text.replaceAll(/[^0-9a-f]/gi, '').toLowerCase()
  return secrets.filter(secret => {
    const first = Buffer.from(secret.subarray(0, 8))
    const forms = [first.toString('hex'), Buffer.from(first.toReversed()).toString('hex')]
    return text.includes(first.toString('latin1')) || forms.some(form => digits.includes(form))
  })
}
