import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import test from 'ava'
import { tail } from '../src/tail.ts'
import { temporary } from './helpers.ts'

for (const prompt of [false, true]) {
  test(`gives what is written, also the last of it${prompt ? ', promptly' : ''}`, async t => {
    await using folder = await temporary()
    const path = join(folder.path, 'f')
    await writeFile(path, 'before ')
    const over = Promise.withResolvers<void>()
    let text = ''
    const reading = (async () => {
      for await (const chunk of tail(path, { ended: over.promise, prompt })) text += chunk.toString()
    })()
    const has = async (length: number) => {
      for (let i = 0; i < 3000 && text.length < length; i++) await delay(10)
    }
    await has(7)
    t.is(text, 'before ')
    await appendFile(path, 'during ')
    await has(14)
    t.is(text, 'before during ')
    await appendFile(path, 'x'.repeat(200_000))
    over.resolve()
    await reading
    t.is(text, `before during ${'x'.repeat(200_000)}`)
  })
}

test('ends at once by a signal', async t => {
  await using folder = await temporary()
  const path = join(folder.path, 'f')
  await writeFile(path, '')
  const abort = new AbortController()
  const reading = tail(path, { ended: new Promise(() => {}), signal: abort.signal }).next()
  abort.abort()
  t.true((await reading).done)
})

test('what is claimed is whole, in order, and given once, also what the iteration has given and nobody has run for yet', async t => {
  await using folder = await temporary()
  const path = join(folder.path, 'f')
  await writeFile(path, 'one ')
  const over = Promise.withResolvers<void>()
  const bytes = tail(path, { ended: over.promise })
  const first = bytes.next()
  // The piece was read: it is on its way to whoever waits.
  await appendFile(path, 'two ')
  let text = bytes.claim().toString()
  await first
  text += bytes.claim().toString()
  await appendFile(path, 'three')
  over.resolve()
  for await (const _ of bytes) text += bytes.claim().toString()
  t.is(text, 'one two three')
})
