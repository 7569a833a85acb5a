import { constants } from 'node:fs'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { run } from '@kseries/host'
import { buildAgent } from '../../src/agent/build.ts'
import { binary } from '../../src/framing/codec.ts'
import type { Guest, GuestConsoleEvent, GuestFinding } from '../../src/session/guest.ts'
import { childStream } from './local-agent.ts'

const rules = [
  { kind: 'panic', pattern: /Kernel panic/ },
  { kind: 'warn', pattern: /^WARNING:/ },
]

/** 8 KiB above 4 GiB, in two pieces, with the same text at 3 and across the border. */
async function* lambs() {
  const all = Buffer.alloc(0x2000)
  for (const at of [3, 0xff8]) all.write('Mary had a little lamb', at)
  for (const at of [0, 0x1000]) yield { address: 0x1_0000_0000n + BigInt(at), bytes: all.subarray(at, at + 0x1000) }
}

/**
 * A guest that is an agent on this machine; its kernel's log is a FIFO, whose lines come out on a watched console. A line
 * "WARNING: …" is a report; "Kernel panic" is one, too, and the guest's end. "(late)" reports come half a second later, as those do
 * that have no end mark.
 *
 * @param log - the FIFO of an earlier guest, whose reader must have been disposed of or have died.
 */
export const fakeGuest = async (
  log?: string,
): Promise<Guest & { readonly kmsg: string; kill(): void } & AsyncDisposable> => {
  const folder = await mkdtemp(join(tmpdir(), 'kseries-fake-'))
  const kmsg = log ?? join(folder, 'kmsg')
  if (log === undefined) await run('mkfifo', [kmsg])
  const transport = childStream(await buildAgent({ abi: 'x86_64' }), binary)
  const listeners = new Set<(event: GuestConsoleEvent) => void>()
  const emit = (event: GuestConsoleEvent) => {
    for (const listener of listeners) listener(event)
  }
  const ended = Promise.withResolvers<{ readonly kind: string }>()
  let number = 0
  let rest = ''
  const took = (chunk: string) => {
    const lines = `${rest}${chunk}`.split('\n')
    rest = lines.pop() ?? ''
    for (const text of lines) {
      emit({ kind: 'line', line: { number: ++number, text } })
      const rule = rules.find(({ pattern }) => pattern.test(text))
      if (!rule) continue
      const finding: GuestFinding = { kind: rule.kind, title: text, text, consoleLine: number }
      if (text.includes('(late)')) setTimeout(() => emit({ kind: 'finding', finding }), 500)
      else emit({ kind: 'finding', finding })
      if (rule.kind === 'panic') end('reset')
    }
  }
  // Written to, it stays open. A socket would close the descriptor behind the back of the worker thread that opened it.
  const reader = await open(kmsg, constants.O_RDWR | constants.O_NONBLOCK)
  const over = new AbortController()
  const follow = async () => {
    while (!over.signal.aborted) {
      const { bytesRead, buffer } = await reader.read().catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'EAGAIN') return { bytesRead: 0, buffer: Buffer.alloc(0) }
        throw error
      })
      if (bytesRead > 0) took(buffer.toString('utf8', 0, bytesRead))
      else await delay(1)
    }
    await reader.close()
  }
  const followed = follow()
  const end = (kind: string) => {
    over.abort()
    transport.destroy()
    ended.resolve({ kind })
  }
  return {
    transport,
    kmsg,
    console: {
      listen: listener => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    },
    exited: ended.promise,
    memory: { pieces: lambs },
    kill: () => end('killed'),
    [Symbol.asyncDispose]: async () => {
      end('killed')
      await followed
      await rm(folder, { recursive: true, force: true })
    },
  }
}
