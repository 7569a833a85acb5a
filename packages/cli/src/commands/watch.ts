import { ExitCode, KseriesError } from '@kseries/host'
import { exitCode } from '@kseries/machine'
import type { Series } from '@kseries/patchgen'
import { BadOption, type RunOptions } from '../run/options.ts'
import { resultFiles } from '../run/outcome.ts'
import { chainsFor, nameOf } from '../series.ts'
import { verdictEvents, verdictText } from '../ui/verdict.ts'
import { WatchEvents } from '../watch/events.ts'
import { keysHelp, type Wish } from '../watch/keys.ts'
import { showFile } from '../watch/pager.ts'
import type { Relevant } from '../watch/relevance.ts'
import { blank, type Memory, noteSaved, round, shown } from '../watch/round.ts'

/**
 * `kseries watch`: a round of generate, build, boot and test at the start and after each save, until `q` or Ctrl-C.
 * @returns the exit code of the last verdict.
 */
export const watch = async (names: readonly string[], options: RunOptions, signal: AbortSignal): Promise<ExitCode> => {
  const chains = await chainsFor(names, options.machine)
  const [chain, ...others] = chains
  if (!chain || others.length > 0) throw new BadOption('SERIES', names.join(' '), 'one series')
  return await new Watch(chain, options, signal).loop()
}

/** A round that is on its way. */
interface Running {
  readonly stop: AbortController
  readonly ended: Promise<void>
}

class Watch {
  readonly #folder: string
  readonly #name: string
  readonly #folders: readonly string[]
  readonly #options: RunOptions
  readonly #signal: AbortSignal
  readonly #memory: Memory = blank()
  #running: Running | undefined
  #last: ExitCode = ExitCode.ok
  #rounds = 0

  constructor(chain: readonly Series[], options: RunOptions, signal: AbortSignal) {
    this.#folder = chain.at(-1)?.folder ?? '.'
    this.#name = nameOf(chain)
    this.#folders = chain.map(({ folder }) => folder)
    this.#options = options
    this.#signal = signal
  }

  async loop(): Promise<ExitCode> {
    using events = new WatchEvents(this.#folders, this.#signal)
    try {
      this.#begin()
      for (;;) {
        await Promise.race([events.came, this.#running?.ended ?? new Promise(() => {})])
        const came = events.take()
        const wishes = came.flatMap(event => (event.kind === 'wish' ? [event.wish] : []))
        const saved = came.flatMap(event => (event.kind === 'saved' ? event.files : []))
        if (wishes.includes('leave')) return this.#last
        if (saved.length > 0) noteSaved(this.#memory, saved)
        const asked = wishes.includes('again') || wishes.includes('all')
        this.#memory.all ||= wishes.includes('all')
        this.#memory.fresh ||= asked
        if (saved.length > 0 || asked) {
          // What is being judged is not what is there any more.
          await this.#end()
          this.#begin()
        } else if (!this.#running) {
          for (const wish of wishes) await this.#show(wish, events)
        }
      }
    } finally {
      await this.#end()
    }
  }

  #begin() {
    const stop = new AbortController()
    const ended = this.#round(AbortSignal.any([this.#signal, stop.signal])).finally(() => {
      if (this.#running?.stop === stop) this.#running = undefined
    })
    this.#running = { stop, ended }
  }

  async #end() {
    const running = this.#running
    running?.stop.abort(new Error('something was saved'))
    await running?.ended
  }

  async #round(signal: AbortSignal): Promise<void> {
    const { json } = this.#options
    this.#title()
    try {
      const { results, outcome } = await round(this.#folder, this.#options, this.#memory, signal, (tests, all) =>
        this.#plan(tests, all),
      )
      this.#last = exitCode(outcome.verdict)
      if (json) for (const event of verdictEvents(this.#name, results, outcome)) this.#event(event)
      else this.#verdict(verdictText(this.#name, outcome))
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof KseriesError)) throw error
      this.#last = error.exitCode
      const { message, hint, exitCode: code } = error
      if (json) this.#event({ type: 'error', exitCode: code, message, hint })
      else process.stdout.write(`\n${message}\n${hint ? `  -> ${hint}\n` : ''}`)
    }
    if (!signal.aborted)
      this.#say(`watching ${this.#folders.length} folders · ${process.stdin.isTTY ? keysHelp : 'Ctrl-C leaves'}`)
  }

  /** One screen a round, where there is a screen. */
  #title() {
    const touched = [...this.#memory.touched].map(file => shown(this.#folder, file))
    if (this.#options.json) return this.#event({ type: 'round', round: ++this.#rounds, touched })
    if (process.stdout.isTTY) process.stdout.write('\x1b[2J\x1b[3J\x1b[H')
    const what = touched.length === 0 ? 'begins' : touched.slice(0, 4).join(', ')
    process.stdout.write(`== ${this.#name}, round ${++this.#rounds}: ${what}\n`)
  }

  #plan(tests: readonly Relevant[], all: boolean) {
    if (this.#options.json) return this.#event({ type: 'plan', all, tests })
    const first = tests.filter(({ why }) => why !== 'other')
    const named = first.slice(0, 3).map(({ file, why }) => `${shown(this.#folder, file)} (${why})`)
    const more = first.length > named.length ? [`${first.length - named.length} more`] : []
    const which = all ? `all tests${named.length > 0 ? ', first ' : ''}` : 'tests of '
    this.#say(`${which}${[...named, ...more].join(', ')}`)
  }

  #verdict({ failures, headline, files }: ReturnType<typeof verdictText>) {
    const rows = process.stdout.isTTY ? process.stdout.rows - 16 : Number.POSITIVE_INFINITY
    const lines = failures.flatMap(text => ['', ...text.split('\n')])
    const cut = lines.length > rows ? ['', `… ${lines.length - rows} lines more in the results`] : []
    const shownLines = [...lines.slice(0, rows), ...cut, '', headline, ...files]
    process.stdout.write(`${shownLines.join('\n')}\n`)
  }

  async #show(wish: Wish, { keys }: WatchEvents) {
    const folder = this.#memory.tested?.outcome.folder
    if (folder === undefined) return
    const files = resultFiles(folder)
    const path = wish === 'console' ? files.console : wish === 'results' ? files.ktap : undefined
    if (path === undefined) return
    keys.pause()
    await showFile(path)
    keys.resume()
  }

  #say(text: string) {
    if (!this.#options.json && !this.#options.quiet) process.stderr.write(`${text}\n`)
  }

  #event(event: object) {
    process.stdout.write(`${JSON.stringify(event)}\n`)
  }
}
