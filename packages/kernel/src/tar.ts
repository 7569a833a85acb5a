/** One entry of a tar archive. `data` may be iterated once, before the next entry is asked for; what is left is skipped. */
export interface TarEntry {
  readonly path: string
  readonly kind: 'file' | 'link' | 'directory' | 'other'
  /** Permission bits. */
  readonly mode: number
  readonly size: number
  /** Seconds since 1970. */
  readonly mtime: number
  /** Of a symbolic link, what it points at. */
  readonly target: string
  readonly data: AsyncIterable<Uint8Array>
}

/**
 * Reads a tar archive (ustar, GNU long names, pax) as a stream, keeping no more than a chunk in memory.
 * @param chunks - the archive, uncompressed, in pieces of any size.
 * @throws TarDamaged when a header's checksum is wrong or the stream ends inside an entry.
 */
export async function* readTar(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  const source = new ByteSource(chunks)
  let overrides: Overrides = {}
  for (;;) {
    const header = await source.take(BLOCK)
    if (header === undefined) throw new TarDamaged('it ends without its end mark')
    if (header.every(byte => byte === 0)) {
      // The archive is padded; whoever writes it waits until all of it is taken.
      while (await source.some(BLOCK));
      return
    }
    const raw = parseHeader(header)
    const padding = (BLOCK - (raw.size % BLOCK)) % BLOCK
    if ('gxLK'.includes(raw.type)) {
      const body = (await source.take(raw.size + padding))?.subarray(0, raw.size)
      if (body === undefined) throw new TarDamaged(`it ends inside '${raw.path}'`)
      overrides = { ...overrides, ...readOverrides(raw.type, body) }
      continue
    }
    const entry = { ...raw, ...overrides }
    overrides = {}
    let left = entry.size
    const data = async function* () {
      while (left > 0) {
        const piece = await source.some(left)
        if (piece === undefined) throw new TarDamaged(`it ends inside '${entry.path}'`)
        left -= piece.length
        yield piece
      }
    }
    yield { ...entry, kind: kinds[raw.type] ?? 'other', data: data() }
    for await (const _ of data());
    await source.take((BLOCK - (entry.size % BLOCK)) % BLOCK)
  }
}

/** The archive is not a tar, or a part of it is missing. */
export class TarDamaged extends Error {
  constructor(what: string) {
    super(`Cannot read the tar archive: ${what}`)
    this.name = 'TarDamaged'
  }
}

const BLOCK = 512
const kinds: Readonly<Record<string, TarEntry['kind']>> = { '0': 'file', '\0': 'file', '2': 'link', '5': 'directory' }

interface Overrides {
  path?: string
  target?: string
  size?: number
}

const parseHeader = (block: Buffer) => {
  const text = (from: number, length: number) => {
    const end = block.indexOf(0, from)
    return block.toString('utf8', from, end < 0 || end > from + length ? from + length : end)
  }
  const octal = (from: number, length: number) => Number.parseInt(text(from, length).trim() || '0', 8)
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0)
  if (sum !== octal(148, 8)) throw new TarDamaged('the checksum of a header is wrong')
  const prefix = block.toString('latin1', 257, 263) === 'ustar\0' ? text(345, 155) : ''
  const type = String.fromCharCode(block[156] ?? 0)
  return {
    path: prefix ? `${prefix}/${text(0, 100)}` : text(0, 100),
    mode: octal(100, 8),
    size: octal(124, 12),
    mtime: octal(136, 12),
    type,
    target: text(157, 100),
  }
}

/** https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html, "pax Extended Header"; 'L' and 'K' are GNU tar's. */
const readOverrides = (type: string, body: Buffer): Overrides => {
  const text = body.toString('utf8')
  if (type === 'L') return { path: text.replace(/\0+$/, '') }
  if (type === 'K') return { target: text.replace(/\0+$/, '') }
  if (type === 'g') return {}
  const found: Overrides = {}
  for (let at = 0; at < body.length; ) {
    const length = Number.parseInt(body.toString('latin1', at, at + 12), 10)
    if (!(length > 0)) throw new TarDamaged('a pax record has no length')
    const record = body.toString('utf8', body.indexOf(32, at) + 1, at + length - 1)
    const [key, value] = [record.slice(0, record.indexOf('=')), record.slice(record.indexOf('=') + 1)]
    if (key === 'path') found.path = value
    if (key === 'linkpath') found.target = value
    if (key === 'size') found.size = Number(value)
    at += length
  }
  return found
}

/** A stream of chunks, read in pieces of our own choosing. */
class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>
  #rest: Buffer = Buffer.alloc(0)

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** Between 1 and `most` bytes, or undefined at the end. */
  async some(most: number): Promise<Buffer | undefined> {
    while (this.#rest.length === 0) {
      const { value, done } = await this.#chunks.next()
      if (done) return undefined
      this.#rest = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    }
    const piece = this.#rest.subarray(0, most)
    this.#rest = this.#rest.subarray(piece.length)
    return piece
  }

  /** Exactly `count` bytes, or undefined when fewer are left. */
  async take(count: number): Promise<Buffer | undefined> {
    if (this.#rest.length >= count) {
      const piece = this.#rest.subarray(0, count)
      this.#rest = this.#rest.subarray(count)
      return piece
    }
    const pieces: Buffer[] = []
    for (let left = count; left > 0; ) {
      const piece = await this.some(left)
      if (piece === undefined) return undefined
      pieces.push(piece)
      left -= piece.length
    }
    return Buffer.concat(pieces)
  }
}
