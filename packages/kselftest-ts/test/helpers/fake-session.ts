import type { SessionOptions } from '../../src/session/options.ts'
import { type Session, serveSession } from '../../src/session/server.ts'
import { fakeGuest } from './fake-guest.ts'
import { machineAbi } from './local-agent.ts'

export type FakeGuest = Awaited<ReturnType<typeof fakeGuest>>

/** A session whose guests are agents on this machine; a new one for each that died, with the same log. */
export const fakeSession = async (
  options: Partial<SessionOptions> = {},
): Promise<{ readonly session: Session; readonly guests: FakeGuest[] } & AsyncDisposable> => {
  const guests: FakeGuest[] = []
  const boot = async () => {
    // The last one's reader would take lines away.
    guests.at(-1)?.kill()
    const guest = await fakeGuest(guests[0]?.kmsg)
    guests.push(guest)
    return guest
  }
  const first = await boot()
  const session = await serveSession({
    guest: first,
    reboot: boot,
    abi: await machineAbi('x86_64'),
    params: { kmsg: first.kmsg, colour: 'green' },
    ...options,
  })
  return {
    session,
    guests,
    [Symbol.asyncDispose]: async () => {
      await session[Symbol.asyncDispose]()
      for (const guest of guests.toReversed()) await guest[Symbol.asyncDispose]()
    },
  }
}
