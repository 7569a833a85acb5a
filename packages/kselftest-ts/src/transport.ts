import type { Duplex } from 'node:stream'

/** What carries bytes to an agent: a virtio port's socket, a serial line, a child's pipes. A Node Duplex is one. */
export interface Transport {
  /** The bytes that come; its end is the end of the line. */
  readonly readable: AsyncIterable<Uint8Array>
  write(bytes: Uint8Array): unknown
  close(): unknown
}

/** What is done with a line; see `attach`. */
export interface LineEvents {
  readonly bytes: (chunk: Uint8Array) => void
  /** The line is gone; why, if it was an error. Called once. */
  readonly end: (error?: Error) => void
}

export interface Line {
  write(bytes: Uint8Array): void
  close(): void
}

/** Listens on a transport. A Duplex is read by its events, which is a turn of the event loop faster than iterating. */
export const attach = (transport: Transport | Duplex, events: LineEvents): Line => {
  let ended = false
  const end = (error?: Error) => {
    if (ended) return
    ended = true
    events.end(error)
  }
  if ('on' in transport) {
    transport.on('data', (chunk: Uint8Array) => !ended && events.bytes(chunk))
    transport.once('end', () => end())
    transport.once('close', () => end())
    transport.once('error', end)
    return {
      write: bytes => void (transport.writable && transport.write(bytes)),
      close: () => {
        end()
        transport.destroy()
      },
    }
  }
  const pump = async () => {
    for await (const chunk of transport.readable) {
      if (ended) return
      events.bytes(chunk)
    }
  }
  pump().then(() => end(), end)
  const write = async (bytes: Uint8Array) => await transport.write(bytes)
  return {
    write: bytes => void (ended || write(bytes).catch(end)),
    close: () => {
      end()
      void (async () => await transport.close())().catch(() => {})
    },
  }
}
