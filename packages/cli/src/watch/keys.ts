import { emitKeypressEvents, type Key as Keypress } from 'node:readline'

/** What a person can ask for while they watch. */
export type Wish = 'again' | 'all' | 'console' | 'results' | 'leave'

/** The keys, as they are shown. */
export const keysHelp = 'r run again · a all tests · c console · l results · q leave'

/** Tells of keys while a terminal is at standard input; without one there are none. */
export class Keys implements Disposable {
  readonly #listener: (text: string | undefined, key: Keypress) => void
  readonly #isTerminal = process.stdin.isTTY

  /** @param onWish - is called for each key that means something. */
  constructor(onWish: (wish: Wish) => void) {
    this.#listener = (_, key) => {
      const wish = wishOf(key)
      if (wish) onWish(wish)
    }
    if (!this.#isTerminal) return
    emitKeypressEvents(process.stdin)
    process.stdin.on('keypress', this.#listener)
    this.resume()
  }

  /** Lets another program have the terminal. */
  pause(): void {
    if (!this.#isTerminal) return
    process.stdin.setRawMode(false)
    process.stdin.pause()
  }

  resume(): void {
    if (!this.#isTerminal) return
    process.stdin.setRawMode(true)
    process.stdin.resume()
  }

  [Symbol.dispose](): void {
    process.stdin.off('keypress', this.#listener)
    this.pause()
  }
}

/** What a key means. A raw terminal sends Ctrl-C as a key. */
export const wishOf = ({ name, ctrl }: Keypress): Wish | undefined => {
  if (ctrl) return name === 'c' || name === 'd' ? 'leave' : undefined
  switch (name) {
    case 'r':
    case 'return':
    case 'enter':
      return 'again'
    case 'a':
      return 'all'
    case 'c':
      return 'console'
    case 'l':
      return 'results'
    case 'q':
    case 'escape':
      return 'leave'
    default:
      return undefined
  }
}
