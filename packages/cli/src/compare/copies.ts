import type { Arch } from '@kseries/kernel'
import type { Sys } from '@kseries/kselftest-ts'
import type { Client } from './clients.ts'
import { runClient } from './measure.ts'

/** Where the agent mounts tracefs. */
const TRACING = '/sys/kernel/tracing'

/**
 * What copies between the memory of user space and the kernel's own (lib/usercopy.c, lib/iov_iter.c, arch/arm64/lib/): by the event that
 * says how many bytes. What is given an iterator may be asked for more than that has, and returns what there was. Pages that are pinned
 * and used where they are do not come here.
 */
const COPYING: Readonly<Record<Arch, Readonly<Record<string, readonly string[]>>>> = {
  x86_64: {
    asked: ['p:kseries/asked _copy_from_user bytes=$arg3', 'p:kseries/asked _copy_to_user bytes=$arg3'],
    moved: ['r:kseries/moved _copy_from_iter bytes=$retval', 'r:kseries/moved _copy_to_iter bytes=$retval'],
  },
  arm64: {
    asked: ['p:kseries/asked __arch_copy_from_user bytes=$arg3', 'p:kseries/asked __arch_copy_to_user bytes=$arg3'],
  },
}

const HISTOGRAM = 'hist:keys=common_pid:vals=bytes'

/** Large enough for control messages and structures to be nothing beside it. */
const WORK = { size: 65_536, batch: 1 }

/**
 * Batches more in the second run than in the first: what comes before and behind them is left out, and what else is copied in the
 * guest meanwhile is nothing beside them.
 */
const MORE = 128

/**
 * Bytes that are copied between user space and the kernel for each byte that a client has decrypted, counted by kprobes.
 * @throws ClientFailed
 */
export const bytesCopied = async (
  sys: Sys,
  clients: readonly Client[],
  arch: Arch,
): Promise<ReadonlyMap<Client, number>> => {
  const events = Object.keys(COPYING[arch]).map(name => `${TRACING}/events/kseries/${name}`)
  const count = async (trigger: string) => {
    for (const event of events) await sys.writeFile(`${event}/trigger`, trigger)
  }
  const total = async () => {
    const texts = await Promise.all(events.map(event => sys.readText(`${event}/hist`)))
    const sums = texts.join('').matchAll(/ bytes: +(\d+)/g)
    return [...sums].reduce((sum, [, bytes]) => sum + Number(bytes), 0)
  }
  const copiedIn = async (client: Client, rounds: number) => {
    const before = await total()
    await runClient(sys, client, WORK, rounds)
    return (await total()) - before
  }
  const found = new Map<Client, number>()
  await sys.writeFile(`${TRACING}/kprobe_events`, Object.values(COPYING[arch]).flat().join('\n'))
  await count(HISTOGRAM)
  try {
    for (const client of clients) {
      const few = await copiedIn(client, 1)
      const many = await copiedIn(client, 1 + MORE)
      found.set(client, (many - few) / (MORE * WORK.size * WORK.batch))
    }
  } finally {
    await count(`!${HISTOGRAM}`)
    await sys.writeFile(`${TRACING}/kprobe_events`, '')
  }
  return found
}
