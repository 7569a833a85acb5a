import test from 'ava'
import fc from 'fast-check'
import { binary, type Codec, shared } from '../../src/framing/codec.ts'
import { consoleText } from '../../src/framing/console-text.ts'
import { encodeFrame, type Frame, FrameDecoder, type Side } from '../../src/framing/frame.ts'

const u32 = fc.nat({ max: 0xffffffff })
const frame: fc.Arbitrary<Frame> = fc.record({
  type: fc.constantFrom(0, 1, 2, 3, 4),
  push: fc.boolean(),
  nack: fc.boolean(),
  round: fc.nat({ max: 15 }),
  echo: fc.nat({ max: 15 }),
  session: fc.nat({ max: 0xffff }),
  seq: u32,
  ack: u32,
  payload: fc.uint8Array({ maxLength: 256 }),
})

const decode = (codec: Codec, chunks: readonly Uint8Array[], from: Side = 'host') => {
  const frames: Frame[] = []
  const text: Uint8Array[] = []
  let damaged = 0
  const decoder = new FrameDecoder(codec, from, {
    frame: found => frames.push(found),
    damaged: () => damaged++,
    text: bytes => text.push(Uint8Array.from(bytes)),
  })
  for (const chunk of chunks) decoder.feed(chunk)
  return { frames, text: Buffer.concat(text), damaged }
}

/** Bytes cut at these places, in parts of their length. */
const cut = (bytes: Uint8Array, places: readonly number[]) => {
  const at = places.map(place => Math.floor(place * bytes.length)).toSorted((a, b) => a - b)
  return [0, ...at].map((from, index) => bytes.subarray(from, at[index] ?? bytes.length))
}

const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 })

for (const codec of [binary, shared]) {
  test(`${codec.name}: frames come back however the stream is cut`, t => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 6 }), places, (frames, where) => {
        const stream = Buffer.concat(frames.map(one => encodeFrame(one, codec)))
        const found = decode(codec, cut(stream, where))
        t.deepEqual(
          found.frames.map(({ payload, ...rest }) => ({ ...rest, payload: Buffer.from(payload) })),
          frames.map(({ payload, ...rest }) => ({ ...rest, payload: Buffer.from(payload) })),
        )
        t.is(found.damaged, 0)
      }),
    )
    t.pass()
  })

  test(`${codec.name}: a stream joined anywhere loses the frame it was joined in, and no other`, t => {
    fc.assert(
      fc.property(fc.array(frame, { minLength: 2, maxLength: 6 }), fc.nat(), (frames, from) => {
        const encoded = frames.map(one => encodeFrame(one, codec))
        const start = from % (encoded[0]?.length ?? 1)
        const found = decode(codec, [Buffer.concat(encoded).subarray(start)])
        t.true(found.frames.length >= frames.length - 1)
        t.deepEqual(
          found.frames.slice(-(frames.length - 1)).map(({ seq }) => seq),
          frames.slice(1).map(({ seq }) => seq),
        )
      }),
    )
    t.pass()
  })

  test(`${codec.name}: garbage before a frame does not harm it`, t => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), frame, (garbage, one) => {
        const { frames } = decode(codec, [garbage, encodeFrame(one, codec)])
        t.is(frames.at(-1)?.seq, one.seq)
      }),
    )
    t.pass()
  })

  test(`${codec.name}: no flipped bit goes unseen`, t => {
    fc.assert(
      fc.property(frame, fc.nat(), fc.nat({ max: 7 }), (one, place, bit) => {
        const bytes = Uint8Array.from(encodeFrame(one, codec))
        const at = place % bytes.length
        bytes[at] = (bytes[at] ?? 0) ^ (1 << bit)
        for (const found of decode(codec, [bytes, encodeFrame(one, codec)]).frames) {
          t.deepEqual({ ...found, payload: Buffer.from(found.payload) }, { ...one, payload: Buffer.from(one.payload) })
        }
      }),
      { numRuns: 1000 },
    )
    t.pass()
  })

  test(`${codec.name}: frames of our own side, echoed by a tty, are not taken for the other's`, t => {
    fc.assert(
      fc.property(frame, one => {
        t.deepEqual(decode(codec, [encodeFrame(one, codec, 'agent')], 'host').frames, [])
      }),
    )
    t.pass()
  })

  test(`${codec.name}: a block longer than any frame ends with the next delimiter`, t => {
    const long = new Uint8Array(3 * codec.segment).fill(0x81)
    const one: Frame = {
      type: 0,
      push: false,
      nack: false,
      round: 0,
      echo: 0,
      session: 1,
      seq: 5,
      ack: 6,
      payload: new Uint8Array(),
    }
    const found = decode(codec, [Uint8Array.of(codec.high), long, encodeFrame(one, codec)])
    t.is(found.frames.length, 1)
    t.true(found.damaged > 0)
  })
}

const message = fc
  .array(fc.constantFrom(...'[ 0.123456] WARNING: at f+0x1/0x2\r\n\t'), { maxLength: 60 })
  .map(characters => Buffer.from(characters.join('')))

test('console: kernel messages between frames, and in the middle of them, come out whole and in order', t => {
  fc.assert(
    fc.property(fc.array(fc.tuple(frame, message, fc.nat()), { maxLength: 5 }), places, (parts, where) => {
      const stream = parts.map(([one, text, place]) => {
        const bytes = encodeFrame(one, shared)
        const at = place % (bytes.length + 1)
        return Buffer.concat([bytes.subarray(0, at), text, bytes.subarray(at)])
      })
      const chunks = cut(Buffer.concat(stream), where)
      const found = decode(shared, chunks)
      t.deepEqual(
        found.frames.map(({ seq }) => seq),
        parts.map(([{ seq }]) => seq),
      )
      t.is(found.text.toString(), parts.map(([, text]) => text.toString()).join(''))
    }),
  )
  t.pass()
})

test('console: UTF-8 in a message between frames is text', t => {
  const one: Frame = {
    type: 0,
    push: false,
    nack: false,
    round: 0,
    echo: 0,
    session: 1,
    seq: 5,
    ack: 6,
    payload: Buffer.from('x'),
  }
  const text = Buffer.from('naïve café ©\n')
  const found = decode(shared, [text, encodeFrame(one, shared), text, encodeFrame(one, shared)])
  t.is(found.text.toString(), `${text.toString()}${text.toString()}`)
  t.is(found.frames.length, 2)
})

test('console: what is text and what is not is told apart for a log, too', t => {
  const one: Frame = {
    type: 0,
    push: false,
    nack: false,
    round: 0,
    echo: 0,
    session: 1,
    seq: 5,
    ack: 6,
    payload: Buffer.from('x'),
  }
  const text = consoleText()
  const frameBytes = encodeFrame(one, shared, 'agent')
  const out = [
    Buffer.from('[ 1.0] a'),
    frameBytes.subarray(0, 9),
    Buffer.from('b'),
    frameBytes.subarray(9),
    Buffer.from('\n'),
  ]
  t.is(Buffer.concat(out.map(text)).toString(), '[ 1.0] ab\n')
})
