import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import test from 'ava'
import { Qmp, type QmpEvent, QmpFailed } from '../src/index.ts'
import { temporary } from './helpers.ts'

const connect = async (folder: string): Promise<readonly [Socket, Socket]> => {
  const { connect: dial } = await import('node:net')
  const path = join(folder, 's')
  const { promise, resolve } = Promise.withResolvers<Socket>()
  const server = createServer(resolve).listen(path)
  const near = dial(path)
  const far = await promise
  server.close()
  return [near, far]
}

test('greets, answers by number, tells events and refusals, also when split', async t => {
  await using folder = await temporary()
  const [near, far] = await connect(folder.path)
  const events: QmpEvent[] = []
  const qmp = new Qmp(near, event => events.push(event))
  far.write('{"QMP": {"version"')
  far.write(': {}}}\r\n')
  const asked: { readonly execute: string; readonly id: number }[] = []
  far.on('data', data => {
    for (const line of String(data).trim().split('\n')) asked.push(JSON.parse(line))
    for (const { execute, id } of asked.splice(0).toReversed()) {
      if (execute === 'bad') far.write(`{"error": {"class": "GenericError", "desc": "it is bad"}, "id": ${id}}\r\n`)
      else far.write(`{"event": "STOP", "timestamp": {}}\r\n{"return": {"was": "${execute}"}, "id": ${id}}\r\n`)
    }
  })
  await qmp.ready
  const [a, b] = await Promise.all([qmp.execute('stop'), qmp.execute('cont', { x: 1 })])
  t.deepEqual([a, b], [{ was: 'stop' }, { was: 'cont' }])
  t.true(events.length >= 3)
  t.deepEqual(events[0], { event: 'STOP', data: {} })
  await t.throwsAsync(qmp.execute('bad'), { instanceOf: QmpFailed, message: "QEMU cannot do 'bad': it is bad" })
  near.destroy()
})

test('a hang-up ends what waits', async t => {
  await using folder = await temporary()
  const [near, far] = await connect(folder.path)
  const qmp = new Qmp(near, () => {})
  const waiting = qmp.execute('stop')
  far.end('{"QM')
  await t.throwsAsync(waiting, { instanceOf: QmpFailed, message: /closed the control socket/ })
  await t.throwsAsync(qmp.ready, { instanceOf: QmpFailed })
  await t.throwsAsync(qmp.execute('stop'), { instanceOf: QmpFailed, message: /is closed/ })
})
