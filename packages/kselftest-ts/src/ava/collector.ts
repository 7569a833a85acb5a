import { relative } from 'node:path'
import { isGood, type TestResult, type TestVerdict } from '../results/result.ts'
import type { TestRecord } from '../session/record.ts'
import type { Session } from '../session/server.ts'
import { judgeRecord } from '../session/verdict.ts'
import type { AvaEvent } from './events.ts'

type Outcome = Extract<AvaEvent, { type: 'passed' | 'failed' | 'skipped' }>

interface FileState {
  /** The titles of all its tests. */
  readonly declared: string[]
  /** Those that are to be run, in the order of the file. */
  readonly selected: string[]
  readonly outcomes: Map<string, Outcome>
  readonly crashes: Extract<AvaEvent, { type: 'crashed' }>[]
}

/** Puts together what ava says of a test and what the session knows of it. */
export class Collector {
  readonly #files: ReadonlyMap<string, FileState>
  readonly #root: string
  readonly #session: Session
  readonly #onResult: (result: TestResult) => void
  /** Errors that belong to no file. */
  readonly #homeless: string[] = []
  readonly #stuck: TestRecord[] = []

  constructor(files: readonly string[], root: string, session: Session, onResult: (result: TestResult) => void) {
    this.#files = new Map(
      files.map(file => [file, { declared: [], selected: [], outcomes: new Map(), crashes: [] } satisfies FileState]),
    )
    this.#root = root
    this.#session = session
    this.#onResult = onResult
  }

  /** Whether ava said nothing at all. */
  get empty(): boolean {
    return [...this.#files.values()].every(({ declared, crashes }) => declared.length === 0 && crashes.length === 0)
  }

  /** Whether a file has tests at all. */
  get hasTests(): boolean {
    return [...this.#files.values()].some(({ declared }) => declared.length > 0)
  }

  /** Whether none was asked for. */
  get noneSelected(): boolean {
    return [...this.#files.values()].every(({ selected }) => selected.length === 0)
  }

  came(event: AvaEvent): void {
    const state = event.type === 'output' || event.file === undefined ? undefined : this.#files.get(event.file)
    switch (event.type) {
      case 'declared':
        state?.declared.push(event.title)
        return
      case 'selected':
        if (state && !state.selected.includes(event.title)) state.selected.push(event.title)
        return
      case 'passed':
      case 'failed':
      case 'skipped':
        if (!state) return
        state.outcomes.set(event.title, event)
        // A hook is no test that was selected; it is only heard of when it fails.
        if (!state.selected.includes(event.title)) state.selected.push(event.title)
        this.#onResult(this.#resultOf(event.file, event.title, state))
        return
      case 'crashed':
        if (state) state.crashes.push(event)
        else this.#homeless.push(`${event.message}\n${event.details}`)
        return
      case 'output':
        return
    }
  }

  /** A finding came after its test had ended. */
  late(record: TestRecord): void {
    const state = this.#files.get(record.file)
    if (state?.outcomes.has(record.title)) this.#onResult(this.#resultOf(record.file, record.title, state))
  }

  /** Its process does not react. */
  stuck(record: TestRecord): void {
    this.#stuck.push(record)
  }

  /** Files that have something left to run, but for those that got stuck. */
  get unfinished(): readonly string[] {
    return [...this.#files]
      .filter(([file, { declared, selected, outcomes, crashes }]) => {
        const left = declared.length === 0 || selected.some(title => !outcomes.has(title))
        return left && crashes.length === 0 && !this.#isStuck(file)
      })
      .map(([file]) => file)
  }

  /** The titles of all tests of each file that could be loaded, selected or not. */
  get titles(): ReadonlyMap<string, readonly string[]> {
    const whole = [...this.#files].filter(([, { declared, crashes }]) => declared.length > 0 && crashes.length === 0)
    return new Map(whole.map(([file, { declared }]) => [file, declared]))
  }

  /** The titles that have been run, by file. */
  done(files: readonly string[]): Readonly<Record<string, readonly string[]>> {
    return Object.fromEntries(files.map(file => [file, [...(this.#files.get(file)?.outcomes.keys() ?? [])]]))
  }

  /** All of them, by file, then in the order of the file. */
  results(): readonly TestResult[] {
    const all: TestResult[] = []
    for (const [file, state] of this.#files) {
      for (const title of state.selected) {
        const result = this.#resultOf(file, title, state)
        if (!state.outcomes.has(title)) this.#onResult(result)
        all.push(result)
      }
      all.push(...this.#ofFile(file, state))
    }
    all.push(...this.#ofNone())
    return all
  }

  #isStuck(file: string): boolean {
    return this.#stuck.some(record => record.file === file)
  }

  #group(file: string): string {
    return relative(this.#root, file)
  }

  #resultOf(file: string, title: string, state: FileState): TestResult {
    const outcome = state.outcomes.get(title)
    const record = this.#session.records.findLast(one => one.file === file && one.title === title)
    const { verdict, message } = judge(outcome, record, record !== undefined && this.#stuck.includes(record))
    const details =
      verdict === 'pass' || outcome?.type !== 'failed' || onlyReported(outcome, record)
        ? undefined
        : (record?.failure?.details ?? outcome.details)
    return {
      group: this.#group(file),
      title,
      verdict,
      duration: record?.duration ?? (outcome && 'duration' in outcome ? outcome.duration : 0),
      ...(message !== undefined && { message }),
      ...(details !== undefined && details !== '' && { details }),
      findings: record ? [...record.findings] : [],
      log: outcome && 'logs' in outcome ? outcome.logs : [],
    }
  }

  /** What a file has to answer for, besides its tests. */
  #ofFile(file: string, state: FileState): TestResult[] {
    const crash = state.crashes[0]
    const empty = state.declared.length === 0
    if (!crash && !empty) return []
    const failed = state.selected.some(title => !state.outcomes.has(title))
    const message = crash ? crash.message : 'No tests were found in this file'
    // An escaped error that left all tests done is still one that a test should have caught.
    const title =
      state.selected.length === 0 ? 'loading the file' : failed ? 'running the file' : 'errors outside of tests'
    const details = state.crashes
      .map(one => (one === crash ? one.details : `${one.message}\n${one.details}`))
      .join('\n')
    const verdict = this.#isStuck(file) ? 'infra' : 'fail'
    const result: TestResult = {
      group: this.#group(file),
      title,
      verdict,
      duration: 0,
      message,
      details,
      findings: [],
      log: [],
    }
    this.#onResult(result)
    return [result]
  }

  #ofNone(): TestResult[] {
    return this.#homeless.map(message => {
      const result: TestResult = {
        group: 'session',
        title: 'running ava',
        verdict: 'infra',
        duration: 0,
        message,
        findings: [],
        log: [],
      }
      this.#onResult(result)
      return result
    })
  }
}

/** What was thrown because of findings is no failure of its own; ava names it only in its details. */
const onlyReported = (outcome: Outcome & { type: 'failed' }, record: TestRecord | undefined): boolean =>
  record?.failure === undefined && outcome.details.includes('KernelReported')

const judge = (
  outcome: Outcome | undefined,
  record: TestRecord | undefined,
  stuck: boolean,
): { readonly verdict: TestVerdict; readonly message?: string } => {
  if (stuck)
    return { verdict: 'hang', message: 'The test keeps its own process busy: it waits for nothing and does not end' }
  const judged = record && judgeRecord(record)
  if (judged?.verdict === 'splat') {
    const failed = outcome?.type === 'failed' && !onlyReported(outcome, record)
    const also = failed ? `\nIt failed, too: ${record?.failure?.message ?? outcome.message}` : ''
    return { verdict: 'splat', message: `${judged.message}${also}` }
  }
  if (judged) return judged
  // Before what ava says: one that is expected to fail has "passed" then.
  if (outcome && record?.skipped !== undefined) return { verdict: 'skip', message: record.skipped }
  switch (outcome?.type) {
    case undefined:
      return { verdict: 'fail', message: 'It was not run: its file ended before' }
    case 'failed':
      return { verdict: 'fail', message: record?.failure?.message ?? outcome.message }
    case 'skipped':
      return { verdict: 'skip', message: outcome.todo ? 'to be done' : 'skipped in its file' }
    case 'passed':
      return { verdict: 'pass' }
  }
}

/** Whether all of a run was good. */
export const allGood = (results: readonly TestResult[]): boolean => results.length > 0 && results.every(isGood)
