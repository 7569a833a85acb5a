import { appendFile, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { DiskFull } from '@kseries/host'
import test from 'ava'
import { Console } from '../src/index.ts'
import { consoleChannel } from '../src/shared-console.ts'
import { tail } from '../src/tail.ts'
import { temporary } from './helpers.ts'

/** A console whose other end is in our hands: a file that grows, and what is typed. */
const laid = async (folder: string) => {
  const raw = join(folder, 'console.raw')
  await writeFile(raw, '')
  const over = Promise.withResolvers<void>()
  const typed: Uint8Array[] = []
  const input = { write: async (data: Uint8Array) => void typed.push(data), close: async () => {} }
  const source = (signal: AbortSignal) => tail(raw, { ended: over.promise, signal, prompt: true })
  const console = new Console(source, input, folder, performance.now())
  return { console, typed, print: (data: string | Uint8Array) => appendFile(raw, data), end: over.resolve }
}

test('ten megabytes: whole in the log', async t => {
  await using folder = await temporary()
  const { console, print, end } = await laid(folder.path)
  let lines = 0
  console.listen(event => {
    if (event.kind === 'line') lines++
  })
  const line = `[    1.000000] ${'~'.repeat(60)}\r\n`
  const block = Buffer.from(line.repeat(1000))
  const blocks = Math.ceil(10e6 / block.length)
  for (let i = 0; i < blocks; i++) await print(block)
  const last = '[    2.000000] the end, without a newline'
  await print(last)
  end()
  await console.closed
  t.is(lines, blocks * 1000 + 1)
  const log = await readFile(console.logPath, 'utf8')
  t.is(log.split('\n').length - 1, lines)
  t.regex(log, / the end, without a newline\n$/)
  t.deepEqual(console.lastLines(1), [last])
})

test('a report without an end is told when the console falls silent', async t => {
  await using folder = await temporary()
  const { console, print, end } = await laid(folder.path)
  await print('[    1.000000] WARNING: suspicious RCU usage\r\n[    1.000001] in a place\r\n')
  for (let i = 0; i < 1500 && console.findings.length === 0; i++) await delay(20)
  t.deepEqual(
    console.findings.map(({ kind, text }) => [kind, text]),
    [['lockdep', 'WARNING: suspicious RCU usage\nin a place']],
  )
  end()
  await console.closed
})

test('settling takes a report as it stands', async t => {
  await using folder = await temporary()
  const { console, print, end } = await laid(folder.path)
  await print('[    1.000000] BUG: KASAN: use-after-free in f+0x1/0x2\r\n[    1.000001] Read of size 8\r\n')
  await console.waitForLine(text => text.endsWith('Read of size 8'))
  t.deepEqual(console.findings, [])
  console.settle()
  t.deepEqual(
    console.findings.map(({ kind, text, complete }) => [kind, text, complete]),
    [['kasan', 'BUG: KASAN: use-after-free in f+0x1/0x2\nRead of size 8', false]],
  )
  console.settle()
  end()
  await console.closed
  console.settle()
  t.is(console.findings.length, 1, 'once')
})

test('waits for lines, past, future and never', async t => {
  await using folder = await temporary()
  const { console, print, end } = await laid(folder.path)
  await print('one\n')
  t.is(await console.waitForLine(text => text === 'one'), 'one')
  t.is(await console.waitForLine(text => text === 'one'), 'one', 'it has been there')
  const two = console.waitForLine(text => text === 'two')
  const never = console.waitForLine(text => text === 'never')
  const aborted = console.waitForLine(text => text === 'never', AbortSignal.timeout(50))
  await print('two\n')
  t.is(await two, 'two')
  await t.throwsAsync(aborted, { name: 'TimeoutError' })
  end()
  t.is(await never, undefined)
})

test('a shared console: the raw bytes for the channel, the text for the log', async t => {
  await using folder = await temporary()
  const { console, typed, print, end } = await laid(folder.path)
  const channel = consoleChannel(console)
  // Frames are the bytes above 127 here.
  console.textOf = chunk => chunk.filter(byte => byte < 128)
  await print(Buffer.from('li\u00ffne\n\u00fe', 'latin1'))
  await channel.write(Buffer.from('typed'))
  t.is(Buffer.concat(typed).toString(), 'typed')
  end()
  const got: Uint8Array[] = []
  for await (const chunk of channel.readable) got.push(chunk)
  t.is(Buffer.concat(got).toString('latin1'), 'li\u00ffne\n\u00fe')
  await console.closed
  t.regex(await readFile(console.logPath, 'latin1'), /^ +\d+\.\d{3} line\n$/)
})

test('a shared console whose text comes back from elsewhere, also after its end', async t => {
  await using folder = await temporary()
  const { console, print, end } = await laid(folder.path)
  const channel = consoleChannel(console)
  console.textOf = () => new Uint8Array()
  const sorted = (async () => {
    for await (const chunk of channel.readable) console.giveText(chunk.filter(byte => byte < 128))
  })()
  await print(Buffer.from('[    1.000000] kmemleak: 1 new sus\u00ffpected memory leaks\nla\u00fest', 'latin1'))
  end()
  await Promise.all([sorted, console.closed])
  t.regex(
    await readFile(console.logPath, 'latin1'),
    /^ +\d+\.\d{3} .*1 new suspected memory leaks\n +\d+\.\d{3} last\n$/,
  )
  t.is(console.findings.length, 1)
})

test('a full disk is named', async t => {
  await using folder = await temporary()
  await symlink('/dev/full', join(folder.path, 'console.log'))
  const { console, print, end } = await laid(folder.path)
  await print('a line\n'.repeat(100_000))
  await t.throwsAsync(console.closed, { instanceOf: DiskFull })
  end()
})
