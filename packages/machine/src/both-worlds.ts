import type { Console, ConsoleListener } from './console.ts'
import type { Finding } from './finding.ts'
import type { Machine } from './machine.ts'

/** A machine's consoles as one. */
export interface WatchedConsole {
  /** Calls for each line of the console and each finding of either. @returns the way to stop it. */
  listen(listener: ConsoleListener): () => void
  readonly findings: readonly Finding[]
  /** Has reports that wait for more lines be taken as they are. */
  settle(): void
}

/**
 * The console of a machine, with what its secure world reports. The number of the line that a finding of the secure world begins at
 * is that of the console's line before it: QEMU has written what the secure world printed before a call into it came back, and so
 * before the console's next line; that is read first.
 */
export const bothWorlds = ({ console, secureConsole }: Machine): WatchedConsole =>
  secureConsole ? joined(console, secureConsole) : console

const joined = (console: Console, secure: Console): WatchedConsole => ({
  listen(listener) {
    let line = 0
    // Of the secure console's lines: the console's line before each.
    const before = new Map<number, number>()
    const stopSecure = secure.listen(event => {
      if (event.kind === 'line') before.set(event.line.number, line)
      else
        listener({
          ...event,
          finding: { ...event.finding, consoleLine: before.get(event.finding.consoleLine) ?? line },
        })
    })
    const stop = console.listen(event => {
      if (event.kind === 'line') {
        secure.catchUp()
        line = event.line.number
      }
      listener(event)
    })
    return () => {
      stop()
      stopSecure()
    }
  },
  get findings() {
    return [...console.findings, ...secure.findings.map(finding => ({ ...finding, consoleLine: 0 }))]
  },
  settle() {
    secure.catchUp()
    secure.settle()
    console.settle()
  },
})
