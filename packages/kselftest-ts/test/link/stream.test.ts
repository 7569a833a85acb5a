import test from 'ava'
import fc from 'fast-check'
import { binary, type Codec, shared } from '../../src/framing/codec.ts'
import { flips, type Noise, virtualLine } from '../helpers/virtual-line.ts'

/** Chance that can be had again: Park and Miller's generator. */
const chance = (seed: number) => {
  let state = (seed % 2_147_483_646) + 1
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
}

const messages = fc.array(
  fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 80 }),
    fc.nat({ max: 3000 }).map(size => Buffer.alloc(size + 1, size)),
  ),
  { minLength: 1, maxLength: 12 },
)

const deliversAll = (codec: Codec, makeNoise: (random: () => number) => Noise, numRuns = 60) =>
  fc.assert(
    fc.property(messages, messages, fc.nat(), (down, up, seed) => {
      const line = virtualLine({ codec, noise: makeNoise(chance(seed)) })
      for (const message of down) line.host.write(message)
      for (const message of up) line.agent.write(message)
      const all = () => line.got.agent.length >= down.length && line.got.host.length >= up.length
      if (!line.time.run(all, 3_600_000)) return false
      // Nothing twice, nothing out of order, nothing changed; and then silence.
      line.time.run(() => line.host.settled && line.agent.settled, line.time.now() + 60_000)
      const same = (got: readonly Uint8Array[], sent: readonly Uint8Array[]) =>
        got.length === sent.length &&
        got.every((message, index) => Buffer.compare(message, sent[index] ?? Buffer.alloc(0)) === 0)
      return same(line.got.agent, down) && same(line.got.host, up) && line.host.settled && line.agent.settled
    }),
    { numRuns },
  )

const perFrame =
  (act: (chunk: Uint8Array, random: () => number) => readonly Uint8Array[]) =>
  (random: () => number): Noise =>
  chunk =>
    act(chunk, random)

for (const codec of [binary, shared]) {
  test(`${codec.name}: all messages arrive once and in order on a good line`, t => {
    t.notThrows(() => deliversAll(codec, () => chunk => [chunk]))
  })

  test(`${codec.name}: with one byte in a hundred flipped, both ways`, t => {
    t.notThrows(() => deliversAll(codec, random => flips(0.01, random)))
  })

  test(`${codec.name}: with a third of all frames lost`, t => {
    t.notThrows(() =>
      deliversAll(
        codec,
        perFrame((chunk, random) => (random() < 0.33 ? [] : [chunk])),
      ),
    )
  })

  test(`${codec.name}: with frames that come twice`, t => {
    t.notThrows(() =>
      deliversAll(
        codec,
        perFrame((chunk, random) => (random() < 0.3 ? [chunk, chunk] : [chunk])),
      ),
    )
  })

  test(`${codec.name}: with a burst of garbage before and after`, t => {
    const garbage = (random: () => number) => Uint8Array.from({ length: 40 }, () => Math.floor(random() * 256))
    t.notThrows(() =>
      deliversAll(
        codec,
        perFrame((chunk, random) => (random() < 0.2 ? [garbage(random), chunk, garbage(random)] : [chunk])),
      ),
    )
  })

  test(`${codec.name}: with bytes that are swallowed`, t => {
    const swallow = perFrame((chunk, random) => [chunk.filter(() => random() > 0.01)])
    t.notThrows(() => deliversAll(codec, swallow))
  })
}

test('a line that is dead for ten seconds goes on where it was', t => {
  let dead = false
  const line = virtualLine({ codec: binary, noise: chunk => (dead ? [] : [chunk]) })
  for (let n = 0; n < 20; n++) line.host.write(Buffer.alloc(5000, n))
  dead = true
  line.time.run(() => line.time.now() > 10_000, 20_000)
  t.is(line.got.agent.length, 0)
  const framesWhileDead = line.frames()
  t.true(framesWhileDead < 400, `${framesWhileDead} frames were sent to nobody`)
  dead = false
  t.true(line.time.run(() => line.got.agent.length === 20, 13_000))
})

test('offsets may wrap, with noise, too', t => {
  const line = virtualLine({ codec: binary, noise: flips(0.001, chance(5)), start: 2 ** 32 - 50_000 })
  for (let n = 0; n < 20; n++) line.host.write(Buffer.alloc(5000, n))
  t.true(line.time.run(() => line.got.agent.length === 20, 60_000))
  t.true(line.got.agent.every((message, n) => message.length === 5000 && message.every(byte => byte === n)))
})

test('more than the send buffer holds waits for its turn', t => {
  const line = virtualLine({ codec: binary, noise: chunk => [chunk] })
  for (let n = 0; n < 50; n++) line.host.write(Buffer.alloc(200_000, n))
  t.true(line.time.run(() => line.got.agent.length === 50, 60_000))
})

test('an exchange takes two frames when nothing is lost', t => {
  const line = virtualLine({ codec: binary, noise: chunk => [chunk] })
  let answers = 0
  line.listeners.agent = message => line.agent.write(message)
  line.listeners.host = () => {
    if (++answers < 100) line.host.write(Buffer.from('question'))
  }
  line.host.write(Buffer.from('question'))
  t.true(line.time.run(() => answers === 100, 10_000))
  t.true(line.frames() <= 210, `${line.frames()} frames`)
})

test('a line at 115200 baud with 1 % noise answers in well under a tenth of a second', t => {
  const line = virtualLine({ codec: shared, noise: flips(0.01, chance(3)), speed: 11 })
  let answers = 0
  line.listeners.agent = () => line.agent.write(Buffer.alloc(20))
  line.listeners.host = () => {
    if (++answers < 200) line.host.write(Buffer.alloc(30))
  }
  line.host.write(Buffer.alloc(30))
  t.true(line.time.run(() => answers === 200, 1_000_000))
  t.true(line.time.now() / 200 < 80, `${line.time.now() / 200} ms`)
})
