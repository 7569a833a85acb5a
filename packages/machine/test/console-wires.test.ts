import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import test from 'ava'
import { layConsole } from '../src/console-wires.ts'
import { ConsoleClosed } from '../src/index.ts'
import { temporary } from './helpers.ts'

test('what is typed waits for a slow reader, in order; what is printed lands in the file', async t => {
  await using folder = await temporary()
  const path = join(folder.path, 'console')
  const { output, input } = await layConsole(path, join(folder.path, 'log'))
  // As QEMU does.
  const typed = await open(`${path}.in`, 'r+')
  const printed = await open(`${path}.out`, 'r+')
  // Far more than a pipe holds.
  const sent = Promise.all([input.write(Buffer.alloc(200_000, 'a')), input.write(Buffer.from('end'))])
  await delay(50)
  const buffer = Buffer.alloc(200_003)
  for (let at = 0; at < buffer.length; ) at += (await typed.read(buffer, at)).bytesRead
  await sent
  t.true(buffer.equals(Buffer.from(`${'a'.repeat(200_000)}end`)))
  await printed.write('hello')
  t.is(await readFile(output, 'utf8'), 'hello')

  const stuck = input.write(Buffer.alloc(200_000))
  await delay(20)
  const closed = input.close()
  await t.throwsAsync(stuck, { instanceOf: ConsoleClosed })
  await closed
  await input.close()
  await Promise.all([typed.close(), printed.close()])
})
