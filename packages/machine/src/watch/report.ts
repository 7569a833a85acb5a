import type { Finding, FindingKind } from '../finding.ts'
import type { PrintkLine } from './printk-line.ts'
import { bareStack, endTrace, kindInBlock, type ReportEnd, type Rule } from './rules.ts'
import { taOf } from './secure-world.ts'

// A report that never ends must not take the rest of the console with it.
const maxLines = 400
const maxLength = 64 * 1024
// Milliseconds of silence after which a report is taken as it is. One that has an end marker will come to it, however long
// its processor has to wait for one of the host's.
const patience = { marked: 2000, unmarked: 400 }

/** A report being collected, line by line, until it knows its own end. */
export class OpenReport {
  #kind: FindingKind
  #title: string
  #rank = Number.POSITIVE_INFINITY
  readonly #end: ReportEnd
  readonly #inBlock: boolean
  readonly #lines: string[] = []
  readonly #consoleLine: number
  readonly #kernelTime: number | undefined
  #lastTime: number | undefined
  #length = 0
  #stackSeen = false
  #stack: 'none' | 'inside' | 'over' = 'none'

  /**
   * @param rule - what begins it; undefined for a "cut here" line, whose block says later what it is.
   * @param before - lines above that belong to it, such as a banner.
   */
  constructor(rule: Rule | undefined, first: PrintkLine, consoleLine: number, before: readonly string[] = []) {
    this.#kind = rule?.kind ?? 'warn'
    this.#title = rule ? `${rule.title ?? ''}${first.message}` : ''
    this.#end = rule?.end ?? endTrace
    this.#inBlock = rule === undefined
    this.#consoleLine = consoleLine
    this.#kernelTime = first.kernelTime
    for (const line of before) this.#push(line)
    this.#push(first.message)
    this.#lastTime = first.kernelTime
    // kmemleak's list of addresses has no heading
    if (this.#kind === 'kmemleak') this.#stack = 'inside'
    if (rule === bareStack) {
      this.#stack = 'inside'
      if (before[0] !== undefined) this.#title = `${first.message} after "${before[0]}"`
    }
  }

  get kind(): FindingKind {
    return this.#kind
  }

  /** After how many milliseconds of silence it is to be taken as it is. */
  get patience(): number {
    return typeof this.#end === 'object' && 'until' in this.#end ? patience.marked : patience.unmarked
  }

  /** Whether its stack has not come, which most reports have. */
  get stackless(): boolean {
    return !this.#stackSeen && this.#stack === 'none'
  }

  /** Whether the report is whole with the lines it has. */
  get over(): boolean {
    return this.#end === 'line'
  }

  /**
   * Whether a line that begins a report is part of this one all the same: an oops says "BUG:", "Oops:" and more, a block
   * says its kind, and whatever comes in a panic belongs to it; of the secure world's panics the next one, too.
   */
  absorbs({ kind, title }: Rule): boolean {
    if (kind === 'panic') return title !== undefined && this.#kind === 'panic'
    if (this.#kind === 'panic') return true
    if (this.#inBlock) return kind === 'warn' || kind === 'ubsan' || kind === 'bug' || kind === 'oops'
    if (this.#kind === 'oops' || this.#kind === 'bug') return kind === 'oops' || kind === 'bug'
    return this.#kind === 'out-of-memory' && kind === 'out-of-memory'
  }

  /** Takes the next line. @returns 'more', 'over' (the line was the last) or 'before' (the line is not part of it). */
  take(line: PrintkLine): 'more' | 'over' | 'before' {
    const { message, kernelTime } = line
    if (this.#end === 'stack' && this.#outside(message, kernelTime)) return 'before'
    if (typeof this.#end === 'object' && 'while' in this.#end && !this.#end.while.test(message)) return 'before'
    this.#push(message)
    this.#lastTime = kernelTime ?? this.#lastTime
    if (this.#inBlock) this.#classify(message)
    const begins = bareStack.pattern.test(message)
    if (begins) this.#stackSeen = true
    if (this.#end === 'stack') {
      if (begins) this.#stack = 'inside'
      else if (message.startsWith(' </TASK>')) this.#stack = 'over'
      return this.#stack === 'over' || this.#full ? 'over' : 'more'
    }
    const ended = this.#end === 'line' || ('until' in this.#end && this.#end.until.test(message))
    return ended || this.#full ? 'over' : 'more'
  }

  /** The report as it stands. @param complete - false when something else cut it. */
  finish(complete: boolean): Finding {
    const endsBefore = typeof this.#end === 'object' && 'while' in this.#end
    const whole = complete || this.#stack !== 'none' || this.#kind === 'panic' || endsBefore
    const text = this.#lines.join('\n')
    const ta = this.#kind === 'ta-panic' ? taOf(text) : undefined
    const said = this.#title || this.#lines.find(line => line && !/^[-=]/.test(line)) || this.#lines[0] || ''
    const title = ta === undefined ? said : `${said} (${ta})`
    return {
      kind: this.#kind,
      title,
      ...place(title, text),
      text,
      consoleLine: this.#consoleLine,
      ...(this.#kernelTime === undefined ? {} : { kernelTime: this.#kernelTime }),
      complete: whole && !this.#full,
    }
  }

  get #full(): boolean {
    return this.#lines.length >= maxLines || this.#length >= maxLength
  }

  #push(message: string): void {
    this.#lines.push(message)
    this.#length += message.length
  }

  #classify(message: string): void {
    const found = kindInBlock(message)
    if (!found || found.rank >= this.#rank) return
    this.#rank = found.rank
    this.#kind = found.kind
    this.#title = message
  }

  // A stack has ended when a line is no frame; a report whose stack never came, when the kernel spoke again a second later.
  #outside(message: string, kernelTime: number | undefined): boolean {
    if (this.#stack === 'inside') return !stackLine.test(message)
    return kernelTime !== undefined && this.#lastTime !== undefined && kernelTime - this.#lastTime > 1
  }
}

// Frames are indented; the registers of an interrupted context stand among them (arch/x86/kernel/process_64.c:__show_regs).
const stackLine =
  /^(?:\s|RIP:|Code:|[ER][A-Z0-9]{2}:|CR\d:|DR\d:|FS:|CS:|PKRU:|x\d+ *:|pc :|lr :|sp :|pstate:|Call [Tt]race:)/

const place = (title: string, text: string): Pick<Finding, 'file' | 'line' | 'function'> => {
  const where =
    /(?:at|in) (?:\.\.\/)*([\w./-]+\.[a-zA-Z]+):(\d+)/.exec(title) ??
    /^(?:WARNING:|kernel BUG at|UBSAN:)(?:.*?(?:at|in))? (?:\.\.\/)*([\w./-]+\.[a-zA-Z]+):(\d+)/m.exec(text)
  const what =
    /(?:in|at) ([A-Za-z_][\w.]*)(?:\+0x|$| \/ )/.exec(title) ??
    /^WARNING: .*?([A-Za-z_][\w.]*)\+0x/m.exec(text) ??
    /^(?:RIP: \d+:|pc : )([A-Za-z_][\w.]*)\+0x/m.exec(text)
  return {
    ...(where?.[1] && { file: where[1], line: Number(where[2]) }),
    ...(what?.[1] && { function: what[1] }),
  }
}
