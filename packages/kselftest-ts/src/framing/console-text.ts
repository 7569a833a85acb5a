import { shared } from './codec.ts'
import { FrameDecoder } from './frame.ts'

/**
 * For the log of a console that an agent shares with the kernel: a function that takes what came, in order, and gives those
 * bytes that are the kernel's.
 */
export const consoleText = (): ((chunk: Uint8Array) => Uint8Array) => {
  let parts: Uint8Array[] = []
  const decoder = new FrameDecoder(shared, 'agent', {
    frame: () => {},
    damaged: () => {},
    text: bytes => parts.push(bytes),
  })
  return chunk => {
    parts = []
    decoder.feed(chunk)
    return Buffer.concat(parts)
  }
}
