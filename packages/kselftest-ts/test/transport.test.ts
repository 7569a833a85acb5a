import test from 'ava'
import { attach } from '../src/transport.ts'

/** A line on which nothing comes. */
const silent = (async function* () {
  await new Promise(() => {})
  yield new Uint8Array()
})()

test('a write that is refused, now or later, ends the line, once', async t => {
  for (const write of [
    async () => {
      throw new Error('refused')
    },
    () => {
      throw new Error('refused')
    },
  ]) {
    const ends: (Error | undefined)[] = []
    const line = attach(
      { readable: silent, write, close: () => {} },
      { bytes: () => {}, end: error => ends.push(error) },
    )
    line.write(Uint8Array.of(1))
    line.write(Uint8Array.of(2))
    await new Promise(resolve => setImmediate(resolve))
    line.write(Uint8Array.of(3))
    t.deepEqual(
      ends.map(error => error?.message),
      ['refused'],
    )
  }
})

test('a line whose closing fails is closed', async t => {
  const ends: (Error | undefined)[] = []
  const close = async () => {
    throw new Error('closed already')
  }
  attach({ readable: silent, write: () => {}, close }, { bytes: () => {}, end: error => ends.push(error) }).close()
  await new Promise(resolve => setImmediate(resolve))
  t.deepEqual(ends, [undefined])
})
