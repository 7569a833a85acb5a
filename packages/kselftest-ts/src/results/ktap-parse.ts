import { type Depth, type KtapLine, parseKtapLine, withoutTimestamp } from './ktap-line.ts'

/** `crash`: it was planned, or had begun, and no result of it came. */
export type KtapStatus = 'pass' | 'fail' | 'skip' | 'todo' | 'xfail' | 'timeout' | 'error' | 'crash'

export interface KtapTest {
  readonly name: string
  readonly status: KtapStatus
  /** The text after a directive or a hash sign. */
  readonly reason: string
  /** Its subtests, in order. */
  readonly tests: readonly KtapTest[]
  /** Lines before its result that are none of KTAP's: diagnostics, and whatever else was printed. */
  readonly log: readonly string[]
}

export interface KtapReport {
  readonly tests: readonly KtapTest[]
  /** What is wrong with the report itself: no plan is not, a missing result or a number out of order is. */
  readonly problems: readonly string[]
}

interface Group {
  readonly depth: Depth
  name: string | undefined
  planned: number | undefined
  /** Why nothing is planned. */
  reason: string
  readonly tests: KtapTest[]
  /** Of the last result. */
  number: number | undefined
  /** Nothing but its version line came. */
  fresh: boolean
}

type Result = Extract<KtapLine, { kind: 'result' }>

/**
 * Reads KTAP (version 1, TAP 13 and 14) as the kernel's tests print it: KUnit's on a console, with timestamps, interrupted by
 * other messages; kselftest's runner with its "# "; nested to any depth; cut off by a panic. Lines that are not KTAP's change
 * no status.
 */
export const parseKtap = (text: string): KtapReport => {
  const reader = new KtapReader()
  for (const line of text.split('\n')) reader.line(withoutTimestamp(line))
  return reader.end()
}

class KtapReader {
  /** Those that are open, the outermost first. */
  readonly #open: Group[] = []
  readonly #tests: KtapTest[] = []
  readonly #problems: string[] = []
  #log: string[] = []

  line(text: string): void {
    const line = parseKtapLine(text)
    const top = this.#open.at(-1)
    switch (line.kind) {
      case 'version':
        this.#endSiblings(line.depth)
        this.#begin(line.depth)
        return
      case 'subtest':
        // The name of the group whose version line came just before, or, in older kernels, all of its header.
        if (top?.fresh && top.name === undefined && !isDeeper(line.depth, top.depth)) top.name = line.name
        else if (top) this.#begin(line.depth).name = line.name
        else this.#log.push(text.trim())
        return
      case 'plan':
        if (top && top.planned === undefined && top.tests.length === 0) {
          top.planned = line.count
          top.reason = line.reason
          top.fresh = false
        } else this.#log.push(text.trim())
        return
      case 'result':
        if (top) this.#result(line, line.depth, top)
        else this.#log.push(text.trim())
        return
      case 'other':
        if (line.text !== '' && this.#open.length > 0) this.#log.push(line.text.replace(/^# ?/, ''))
    }
  }

  end(): KtapReport {
    while (this.#open.length > 0) this.#abandon()
    if (this.#tests.length === 0 && this.#problems.length === 0) this.#problems.push('There is no KTAP in it')
    return { tests: this.#tests, problems: this.#problems }
  }

  #begin(depth: Depth): Group {
    const group: Group = {
      depth,
      name: undefined,
      planned: undefined,
      reason: '',
      tests: [],
      number: undefined,
      fresh: true,
    }
    this.#open.push(group)
    return group
  }

  /** A group begins at this depth: those that are as deep and not above it have ended without a word. */
  #endSiblings(depth: Depth) {
    for (let top = this.#open.at(-1); top && isDeeper(top.depth, depth); top = this.#open.at(-1)) this.#abandon()
    const top = this.#open.at(-1)
    const same = top && !isDeeper(depth, top.depth)
    // Several reports in one log, one after another. Nested ones that nobody indented have tests to come.
    if (same && this.#open.length === 1 && top.tests.length >= (top.planned ?? 1)) this.#abandon()
  }

  #result(line: Result, depth: Depth, last: Group) {
    // Subtests of which nothing said that they begin.
    if (isDeeper(depth, last.depth)) this.#begin(depth)
    let children = this.#endedBy(line, depth)
    const group = this.#open.at(-1)
    if (!group) return
    if (children && (children.name ?? line.name) !== line.name) {
      this.#abandoned(children)
      children = undefined
    }
    group.fresh = false
    // Suites of modules are counted on from those before them.
    const due = group.number !== undefined ? group.number + 1 : this.#open.length === 1 ? line.number : 1
    if (line.number !== due) this.#problems.push(`Result ${line.number} '${line.name}' came where ${due} was due`)
    group.number = line.number
    const tests = children ? this.#whole(children) : []
    const status = statusOf(line, tests)
    group.tests.push({
      name: line.name,
      // "1..0 # SKIP why" is a program's own way to say so, with an exit code of 0.
      status: children?.planned === 0 && tests.length === 0 && status === 'pass' ? 'skip' : status,
      reason: line.reason || (children?.reason ?? ''),
      tests,
      log: this.#takeLog(),
    })
  }

  /**
   * Closes the groups that a result is not part of.
   * @returns the outermost of them: the result is its own, unless it has another name.
   */
  #endedBy(line: Result, depth: Depth): Group | undefined {
    let children: Group | undefined
    for (let top = this.#open.at(-1); top && this.#open.length > 1; top = this.#open.at(-1)) {
      const full = top.planned === undefined || top.tests.length >= top.planned
      // A test may have the name of its suite.
      const named = full && top.name !== undefined && top.name === line.name
      const over = full && top.planned !== undefined && !isDeeper(depth, top.depth)
      if (!isDeeper(top.depth, depth) && !named && !over) break
      if (children) this.#abandoned(children)
      children = this.#open.pop()
      if (children && (children.name ?? line.name) === line.name) break
    }
    return children
  }

  /** The group that is open last ends without a result of its own. */
  #abandon() {
    const group = this.#open.pop()
    if (group) this.#abandoned(group)
  }

  #abandoned(group: Group) {
    const tests = this.#whole(group)
    const parent = this.#open.at(-1)
    if (group.planned === 0 && tests.length === 0) {
      const { name = 'all tests', reason } = group
      ;(parent?.tests ?? this.#tests).push({ name, status: 'skip', reason, tests: [], log: this.#takeLog() })
      return
    }
    if (!parent) {
      this.#tests.push(...tests)
      return
    }
    if (tests.length === 0 && group.name === undefined) return
    this.#problems.push(`The result of '${group.name ?? 'a group'}' is missing`)
    parent.tests.push({ name: group.name ?? '', status: 'crash', reason: '', tests, log: this.#takeLog() })
  }

  /** A group's tests, those that were planned and did not come included. */
  #whole(group: Group): readonly KtapTest[] {
    const missing = (group.planned ?? 0) - group.tests.length
    if (missing > 0) {
      this.#problems.push(
        `${missing} of ${group.planned} results are missing${group.name ? ` in '${group.name}'` : ''}`,
      )
      const name = missing === 1 ? 'a test that was planned' : `${missing} tests that were planned`
      group.tests.push({ name, status: 'crash', reason: 'no result came', tests: [], log: this.#takeLog() })
    }
    return group.tests
  }

  #takeLog(): string[] {
    const log = this.#log
    this.#log = []
    return log
  }
}

const isDeeper = (one: Depth, than: Depth): boolean =>
  one.hashes > than.hashes || (one.hashes === than.hashes && one.indent > than.indent)

const bad: ReadonlySet<KtapStatus> = new Set(['fail', 'timeout', 'error', 'crash'])

/** Whether a status makes what it is part of fail. */
export const isBadStatus = (status: KtapStatus): boolean => bad.has(status)

const statusOf = (line: Result, tests: readonly KtapTest[]): KtapStatus => {
  if (tests.some(({ status }) => status === 'crash')) return 'crash'
  switch (line.directive) {
    case 'SKIP':
      return 'skip'
    case 'TODO':
      return 'todo'
    case 'XFAIL':
      return 'xfail'
    case 'TIMEOUT':
      return 'timeout'
    case 'ERROR':
      return 'error'
    case undefined:
      // "If one of the subtests fail, … the parent test should also fail": some do not say so.
      return line.ok && !tests.some(({ status }) => bad.has(status)) ? 'pass' : 'fail'
  }
}
