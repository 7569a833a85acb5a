import type { Socket } from 'node:net'

/** A message between a test process and the session server: JSON, and bytes when there are any. */
export interface Packet<T> {
  readonly head: T
  readonly body: Uint8Array
}

const none = new Uint8Array()

/** Messages over a socket: u32 length of both, u32 length of the JSON, the JSON, the bytes. */
export class PacketSocket<In, Out> {
  readonly #socket: Socket
  #parts: Buffer[] = []
  #have = 0

  constructor(socket: Socket, packet: (packet: Packet<In>) => void, closed: () => void) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.#parts.push(chunk)
      this.#have += chunk.length
      for (let next = this.#take(); next; next = this.#take()) packet(next)
    })
    socket.on('error', () => {})
    socket.once('close', closed)
  }

  send(head: Out, body: Uint8Array = none): void {
    const json = Buffer.from(JSON.stringify(head))
    const lengths = Buffer.alloc(8)
    lengths.writeUInt32LE(json.length + body.length + 4, 0)
    lengths.writeUInt32LE(json.length, 4)
    this.#socket.write(Buffer.concat([lengths, json, body]))
  }

  /** Whether an idle connection keeps the process alive. */
  ref(needed: boolean): void {
    if (needed) this.#socket.ref()
    else this.#socket.unref()
  }

  close(): void {
    this.#socket.destroy()
  }

  #take(): Packet<In> | undefined {
    if (this.#have < 8) return undefined
    const whole = this.#parts.length === 1 ? (this.#parts[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#parts)
    this.#parts = [whole]
    const end = whole.readUInt32LE(0) + 4
    if (whole.length < end) return undefined
    const jsonEnd = 8 + whole.readUInt32LE(4)
    this.#parts = [whole.subarray(end)]
    this.#have -= end
    return { head: JSON.parse(whole.toString('utf8', 8, jsonEnd)) as In, body: whole.subarray(jsonEnd, end) }
  }
}
