import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import test from 'ava'
import { PacketSocket } from '../../src/session/channel.ts'
import { SessionClient } from '../../src/session/client.ts'
import { TestHung, toWire } from '../../src/session/errors.ts'
import type { Request, Response } from '../../src/session/wire.ts'
import { machineAbi } from '../helpers/local-agent.ts'

test('a test that is interrupted at once hears it, though both messages come in one piece', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'kseries-client-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'session')
  const setting = { abi: await machineAbi('x86_64'), limits: { programBytes: 65_536, operations: 100 }, params: {} }
  const server = createServer(socket => {
    const packets = new PacketSocket<Request, Response>(
      socket,
      ({ head }) => {
        if (head.kind !== 'begin') return
        socket.unref().cork()
        packets.send({ kind: 'begun', id: head.id, test: 7, worker: 1, setting })
        packets.send({ kind: 'interrupted', test: 7, error: toWire(new TestHung(0.05, [])) })
        socket.uncork()
      },
      () => {},
    )
  })
  await new Promise<void>(resolve => server.listen(path, resolve))
  t.teardown(() => server.close())
  const { interrupted } = await new SessionClient(path).begin('a file', 'a title', 50)
  await t.throwsAsync(Promise.race([interrupted, delay(5000)]), { instanceOf: TestHung })
})
