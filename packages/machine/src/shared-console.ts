import type { Console } from './console.ts'
import type { Channel } from './machine.ts'

const nothing = (): void => {}

/**
 * The console's raw bytes as a channel, beside its log: for a guest program that speaks on the UART itself. Nothing is
 * dropped while nobody reads.
 */
export const consoleChannel = (console: Console): Channel => {
  const waiting: Uint8Array[] = []
  let wake: () => void = nothing
  let over = false
  const finish = () => {
    over = true
    wake()
  }
  const stop = console.listenRaw(chunk => {
    waiting.push(chunk)
    wake()
  })
  console.closed.then(finish, finish)
  async function* read(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = waiting.shift()
      if (chunk) yield chunk
      else if (over) return
      else {
        await new Promise<void>(resolve => {
          wake = resolve
        })
      }
    }
  }
  return {
    readable: read(),
    write: data => console.write(data),
    close: async () => {
      stop()
      finish()
    },
  }
}
