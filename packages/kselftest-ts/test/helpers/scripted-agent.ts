import { Duplex } from 'node:stream'
import { Message, PROTOCOL, words } from '../../src/agent/messages.ts'
import { binary } from '../../src/framing/codec.ts'
import { encodeFrame, FrameDecoder, FrameType } from '../../src/framing/frame.ts'
import { realClock } from '../../src/link/clock.ts'
import { ReliableStream } from '../../src/link/stream.ts'

const blank = { push: false, nack: false, round: 0, echo: 0, seq: 0, ack: 0, payload: new Uint8Array() }

/** An agent that says who it is, opens so many workers, and is silent from then on, as one whose guest is stuck. */
export const scriptedAgent = (workers: number): Duplex => {
  let session = 0
  let opened = 0
  // Timers of the link do not keep a process alive; the socket of a guest would.
  const alive = setInterval(() => {}, 1000)
  const line = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      decoder.feed(chunk)
      done()
    },
    destroy: (_error, done) => {
      clearInterval(alive)
      done(null)
    },
  })
  const stream = new ReliableStream({
    codec: binary,
    clock: realClock,
    send: piece => line.push(encodeFrame({ type: FrameType.data, session, ...piece }, binary, 'agent')),
    message: message => {
      if (message[0] !== Message.open || opened === workers) return
      stream.write(words(Message.opened, Buffer.from(message).readUInt32LE(4), ++opened, 100 + opened))
    },
  })
  const decoder = new FrameDecoder(binary, 'host', {
    frame: frame => {
      if (frame.type === FrameType.data) return stream.came(frame)
      if (frame.type !== FrameType.syn || session !== 0) return
      session = frame.session
      line.push(encodeFrame({ ...blank, type: FrameType.synack, session }, binary, 'agent'))
      const info = words(Message.info, 1, 8, 65_536, 65_536, 1000, 0)
      info[1] = PROTOCOL
      info[2] = 1
      stream.write(info)
    },
    damaged: () => {},
    text: () => {},
  })
  return line
}
