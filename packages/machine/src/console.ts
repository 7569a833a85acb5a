import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { explainDiskErrors } from '@kseries/host'
import type { ConsoleInput } from './console-wires.ts'
import type { Finding } from './finding.ts'
import { LogFile } from './log-file.ts'
import { type ConsoleEvent, type ConsoleLine, ConsoleWatch } from './watch/console-watch.ts'
import { type Dialect, kernelDialect } from './watch/dialect.ts'

export type ConsoleListener = (event: ConsoleEvent) => void

/** Gets raw console bytes, gives those of them that are text; for a console that carries frames too. */
export type TextOf = (chunk: Uint8Array) => Uint8Array

/** Gives a console's bytes; `claim`, where there is one, as that of a Tail. */
export type ConsoleSource = AsyncIterable<Uint8Array> & { claim?(): Uint8Array }

export interface ConsoleOptions {
  /** Of its files: NAME.log, NAME.raw. @default 'console' */
  readonly name?: string
  /** Who speaks there. @default the kernel */
  readonly dialect?: Dialect
}

// Findings of one machine that are kept; a kernel that splats in a loop makes thousands.
const maxFindings = 500

/** The serial console of a running machine: logged whole, watched, and open for input. */
export class Console {
  /** Each line after the seconds since power-on. */
  readonly logPath: string
  /** Every byte as it came; QEMU writes it. */
  readonly rawPath: string
  /** What of the bytes is text for the log and the watch. @default all of it */
  textOf: TextOf | undefined
  /** Resolves when the console has closed and the log is whole. Rejects with DiskFull. */
  readonly closed: Promise<void>
  readonly #watch: ConsoleWatch
  readonly #findings: Finding[] = []
  readonly #listeners = new Set<ConsoleListener>()
  readonly #rawListeners = new Set<(chunk: Uint8Array) => void>()
  readonly #input: ConsoleInput
  readonly #since: number
  #idle: NodeJS.Timeout | undefined
  #log: LogFile | undefined
  #unlogged = ''
  #claim: (() => Uint8Array) | undefined

  /**
   * @param source - gives the bytes until the console has closed or the signal fires.
   * @param input - takes what is typed.
   * @param folder - has console.raw, gets console.log.
   * @param since - the moment of power-on, performance.now().
   */
  constructor(
    source: (signal: AbortSignal) => ConsoleSource,
    input: ConsoleInput,
    folder: string,
    since: number,
    { name = 'console', dialect = kernelDialect }: ConsoleOptions = {},
  ) {
    this.#watch = new ConsoleWatch({ dialect })
    this.#input = input
    this.#since = since
    this.logPath = join(folder, `${name}.log`)
    this.rawPath = join(folder, `${name}.raw`)
    this.closed = explainDiskErrors(this.logPath, () => this.#run(source))
    this.closed.catch(() => {})
  }

  /** What the kernel reported so far, in the order it did. */
  get findings(): readonly Finding[] {
    return this.#findings
  }

  /** The last lines, for messages. */
  lastLines(count = 20): string[] {
    return this.#watch.lastLines(count)
  }

  /** Calls for each line and finding from now on. @returns the way to stop it. */
  listen(listener: ConsoleListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Calls with the raw bytes as they come. @returns the way to stop it. */
  listenRaw(listener: (chunk: Uint8Array) => void): () => void {
    this.#rawListeners.add(listener)
    return () => this.#rawListeners.delete(listener)
  }

  /**
   * Takes text for the log and the watch that was told from frames elsewhere; `textOf` gives nothing then. In the same
   * turn the findings in it are out.
   */
  giveText(text: Uint8Array): void {
    this.#take(text)
    void this.#flush().catch(() => {})
  }

  /** Takes what the machine has printed by now; lines and findings in it are out then. Where the source cannot tell, nothing. */
  catchUp(): void {
    const bytes = this.#claim?.()
    if (!bytes || bytes.length === 0) return
    this.#receive(bytes)
    void this.#flush().catch(() => {})
  }

  /** Has reports that wait for more lines be taken as they are, as far as they were read. Their findings are out then. */
  settle(): void {
    clearTimeout(this.#idle)
    this.#publish(this.#watch.idle())
  }

  /**
   * Types on the console. Resolves when the bytes are on their way; the UART takes them as fast as the guest reads.
   * @throws ConsoleClosed
   */
  write(data: Uint8Array | string): Promise<void> {
    return this.#input.write(typeof data === 'string' ? Buffer.from(data) : data)
  }

  /**
   * Waits for a line, past or future: the kept last lines are looked through first.
   * @returns its text; undefined when the console closed without one.
   */
  async waitForLine(matches: (text: string) => boolean, signal?: AbortSignal): Promise<string | undefined> {
    const past = this.#watch.lastLines().find(matches)
    if (past !== undefined) return past
    const { promise, resolve, reject } = Promise.withResolvers<string | undefined>()
    const stop = this.listen(event => {
      if (event.kind === 'line' && matches(event.line.text)) resolve(event.line.text)
    })
    const onAbort = () => reject(signal?.reason)
    signal?.addEventListener('abort', onAbort, { once: true })
    this.closed.then(
      () => resolve(undefined),
      () => resolve(undefined),
    )
    try {
      signal?.throwIfAborted()
      return await promise
    } finally {
      stop()
      signal?.removeEventListener('abort', onAbort)
    }
  }

  async #run(source: (signal: AbortSignal) => ConsoleSource): Promise<void> {
    const failed = new AbortController()
    const log = await LogFile.create(this.logPath, error => failed.abort(error))
    this.#log = log
    try {
      const chunks = source(failed.signal)
      this.#claim = chunks.claim && (() => chunks.claim?.() ?? new Uint8Array())
      for await (const chunk of chunks) {
        this.#receive(this.#claim ? this.#claim() : chunk)
        await this.#flush()
      }
    } finally {
      // Who sorts the bytes out elsewhere has the last of them only now.
      await nextTurn()
      clearTimeout(this.#idle)
      await this.#input.close()
      this.#unlogged += this.#publish(this.#watch.end(performance.now() - this.#since))
      await this.#flush().finally(() => log.close())
      this.#log = undefined
    }
  }

  #receive(chunk: Uint8Array): void {
    for (const listener of this.#rawListeners) listener(chunk)
    this.#take(this.textOf ? this.textOf(chunk) : chunk)
  }

  #take(text: Uint8Array): void {
    this.#unlogged += this.#publish(this.#watch.feed(text, performance.now() - this.#since))
    // Frames on a shared console are no sign of life of the kernel's.
    if (text.length > 0) this.#armIdle()
  }

  async #flush(): Promise<void> {
    const text = this.#unlogged
    if (!this.#log) return
    this.#unlogged = ''
    await this.#log.append(text)
  }

  #publish(events: readonly ConsoleEvent[]): string {
    let text = ''
    for (const event of events) {
      if (event.kind === 'line') text += logLine(event.line)
      else if (this.#findings.length < maxFindings) this.#findings.push(event.finding)
      for (const listener of this.#listeners) listener(event)
    }
    return text
  }

  /** @param silence - for how many milliseconds nothing has come already. */
  #armIdle(silence = 0): void {
    clearTimeout(this.#idle)
    const { patience } = this.#watch
    if (patience === undefined) return
    this.#idle = setTimeout(() => {
      this.#publish(this.#watch.idle(patience))
      this.#armIdle(patience)
    }, patience - silence)
    this.#idle.unref()
  }
}

const logLine = ({ at, text }: ConsoleLine): string => `${(at / 1000).toFixed(3).padStart(9)} ${text}\n`
