import { StringDecoder } from 'node:string_decoder'
import type { Finding } from '../finding.ts'
import { type Dialect, kernelDialect } from './dialect.ts'
import { type PrintkLine, parsePrintkLine } from './printk-line.ts'
import { OpenReport } from './report.ts'
import { askedFor, banner, bareStack, cutHere, stackHeading } from './rules.ts'

/** A line of the console, whoever wrote it. */
export interface ConsoleLine {
  /** From 1. */
  readonly number: number
  /** Without the line's end; what is no UTF-8 is U+FFFD. */
  readonly text: string
  /** The time given with the bytes that began the line. */
  readonly at: number
  /** The kernel's clock in seconds, when printk says it. */
  readonly kernelTime?: number
}

export type ConsoleEvent =
  | { readonly kind: 'line'; readonly line: ConsoleLine }
  | { readonly kind: 'finding'; readonly finding: Finding }

export interface ConsoleWatchOptions {
  /** How many of the last lines are kept. @default 200 */
  readonly keep?: number
  /** Who speaks there. @default the kernel */
  readonly dialect?: Dialect
}

// A "line" of 10 MB without an end is cut into pieces of this many characters.
const maxLine = 8192
// What stands between a message and its stack is no longer than this many lines.
const maxHeading = 60

/**
 * Reads a console: bytes in, lines and findings out. Knows no clock and no file. How the bytes are cut into chunks makes no
 * difference to what comes out, but for `at`.
 */
export class ConsoleWatch {
  readonly #decoder = new StringDecoder('utf8')
  readonly #keep: number
  readonly #dialect: Dialect
  // Per printk caller, so that reports of two processors that mix are told apart where the kernel says who speaks.
  readonly #open = new Map<string, OpenReport>()
  readonly #bannerBefore = new Map<string, string>()
  // Reports taken before their stack came, as the number of the line they were taken at: it is not one of its own then.
  readonly #stackToCome = new Map<string, number>()
  #ring: ConsoleLine[] = []
  #rest = ''
  #restAt = 0
  #count = 0
  // Once the kernel has shown its prefix, a line without one is a program's.
  #prefixSeen = false

  constructor(options: ConsoleWatchOptions = {}) {
    this.#keep = options.keep ?? 200
    this.#dialect = options.dialect ?? kernelDialect
  }

  /** How many lines there were. */
  get lineCount(): number {
    return this.#count
  }

  /** The last lines, at most as many as are kept, with what stands on an unfinished one. */
  lastLines(count = this.#keep): string[] {
    const texts = this.#ring.slice(-this.#keep).map(line => line.text)
    if (this.#rest.trim()) texts.push(this.#rest)
    return texts.slice(-count)
  }

  /** Whether a report has begun and its end has not come. */
  get collecting(): boolean {
    return this.#open.size > 0
  }

  /** After how many milliseconds of silence to call idle(); undefined when no report is open. */
  get patience(): number | undefined {
    return this.collecting ? Math.min(...[...this.#open.values()].map(({ patience }) => patience)) : undefined
  }

  /**
   * Takes the next bytes.
   * @param at - when they came, in whatever unit the caller likes.
   */
  feed(chunk: Uint8Array, at = 0): ConsoleEvent[] {
    const events: ConsoleEvent[] = []
    const text = this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))
    this.#split(text, at, events)
    return events
  }

  /**
   * The console has been silent: reports that would have come to their end by now are taken as they are.
   * @param silence - for so many milliseconds. @default for ever: all of them
   */
  idle(silence = Number.POSITIVE_INFINITY): ConsoleEvent[] {
    const events: ConsoleEvent[] = []
    for (const [caller, { patience, stackless }] of this.#open) {
      if (patience > silence) continue
      if (stackless) this.#stackToCome.set(caller, this.#count)
      this.#close(caller, false, events)
    }
    return events
  }

  /** The console has ended. */
  end(at = this.#restAt): ConsoleEvent[] {
    const events: ConsoleEvent[] = []
    this.#split(this.#decoder.end(), at, events)
    if (this.#rest !== '') this.#line(this.#rest, this.#restAt, events)
    this.#rest = ''
    return [...events, ...this.idle()]
  }

  #split(text: string, at: number, events: ConsoleEvent[]): void {
    let from = 0
    for (let to = text.indexOf('\n'); to >= 0; to = text.indexOf('\n', from)) {
      this.#append(text.slice(from, to), at, events)
      this.#line(this.#rest, this.#restAt, events)
      this.#rest = ''
      from = to + 1
    }
    if (from < text.length) this.#append(from === 0 ? text : text.slice(from), at, events)
  }

  #append(piece: string, at: number, events: ConsoleEvent[]): void {
    if (this.#rest === '') this.#restAt = at
    this.#rest = this.#rest === '' ? piece : this.#rest + piece
    while (this.#rest.length > maxLine) {
      this.#line(this.#rest.slice(0, maxLine), this.#restAt, events)
      this.#rest = this.#rest.slice(maxLine)
    }
  }

  #line(raw: string, at: number, events: ConsoleEvent[]): void {
    let end = raw.length
    while (end > 0 && raw.charCodeAt(end - 1) === 13) end--
    const text = end === raw.length ? raw : raw.slice(0, end)
    const parsed = this.#dialect.parse(text)
    const { kernelTime } = parsed
    const number = ++this.#count
    const line: ConsoleLine = kernelTime === undefined ? { number, text, at } : { number, text, at, kernelTime }
    this.#ring.push(line)
    if (this.#ring.length >= this.#keep * 2 + 64) this.#ring = this.#ring.slice(-this.#keep)
    events.push({ kind: 'line', line })
    if (parsed.prefixed) this.#prefixSeen = true
    if (parsed.prefixed || !this.#prefixSeen) this.#kernelLine(parsed, number, events)
  }

  #kernelLine(line: PrintkLine, number: number, events: ConsoleEvent[]): void {
    const caller = line.caller ?? ''
    const { message } = line
    const before = this.#bannerBefore.get(caller)
    if (before !== undefined) this.#bannerBefore.delete(caller)
    const rule = this.#dialect.ruleFor(message)
    const blocks = this.#dialect.hasBlocks
    const open = this.#open.get(caller)
    if (open) {
      const begins = rule ? !open.absorbs(rule) : blocks && cutHere.test(message) && open.kind !== 'panic'
      const taken = begins ? 'before' : open.take(line)
      if (taken !== 'before') {
        if (taken === 'over') this.#close(caller, true, events)
        return
      }
      this.#close(caller, !begins, events)
    }
    if (blocks && banner.test(message)) this.#bannerBefore.set(caller, message)
    if (!rule && blocks && bareStack.pattern.test(message)) return this.#bareStack(line, caller)
    if (!rule && !(blocks && cutHere.test(message))) return
    const report = new OpenReport(rule, line, number, before === undefined ? [] : [before])
    this.#open.set(caller, report)
    if (report.over) this.#close(caller, true, events)
  }

  /** A stack that is in no report: dump_stack() after a message of whatever wording. */
  #bareStack(line: PrintkLine, caller: string): void {
    const cut = this.#stackToCome.get(caller)
    this.#stackToCome.delete(caller)
    if (cut !== undefined && this.#count - cut < maxHeading) return
    const heading: string[] = []
    let number = this.#count
    for (const past of this.#ring.slice(-1 - maxHeading, -1).toReversed()) {
      const { message, caller: by = '', prefixed } = parsePrintkLine(past.text)
      if (by !== caller || (this.#prefixSeen && !prefixed)) continue
      if (askedFor.test(message)) return
      const over = message.startsWith(' </TASK>') || !stackHeading.test(message)
      if (over && !message.startsWith(' ')) heading.unshift(message)
      if (over) break
      heading.unshift(message)
      number = past.number
    }
    this.#open.set(caller, new OpenReport(bareStack, line, number, heading))
  }

  #close(caller: string, complete: boolean, events: ConsoleEvent[]): void {
    const report = this.#open.get(caller)
    this.#open.delete(caller)
    if (report) events.push({ kind: 'finding', finding: report.finish(complete) })
  }
}
