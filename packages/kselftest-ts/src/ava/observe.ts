import { writeSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'
import { type AvaEvent, EVENT_PREFIX } from './events.ts'

/** An error as ava serializes it: lib/serialize-error.js. */
interface SerializedError {
  readonly type: 'unknown' | 'aggregate' | 'native' | 'ava'
  readonly name?: string
  readonly message?: string
  /** 't.is()' */
  readonly assertion?: string
  readonly stack?: string
  readonly formattedError?: string
  readonly formattedCause?: string | null
  readonly formattedDetails?: readonly { readonly label: string; readonly formatted: string }[]
  readonly source?: { readonly file: string; readonly line: number } | null
  readonly errors?: readonly SerializedError[]
  readonly originalError?: { readonly hint?: string }
}

/** A state change of ava, as far as it is used here: lib/run-status.js, lib/fork.js, lib/runner.js. */
interface StateChange {
  readonly type: string
  readonly testFile?: string
  readonly title?: string
  readonly skip?: boolean
  readonly todo?: boolean
  readonly duration?: number
  readonly logs?: readonly string[]
  readonly err?: SerializedError
  readonly chunk?: Uint8Array | string
  readonly nonZeroExitCode?: number
  readonly signal?: string
  readonly stack?: string
}

/** Writes what happens in a run of ava to standard output, an event a line, for runSelftests() to read. */
export const observe = async (changes: AsyncIterable<unknown>): Promise<void> => {
  for await (const change of changes) {
    for (const event of eventsOf(change as StateChange)) {
      writeAll(Buffer.from(`\n${EVENT_PREFIX}${JSON.stringify(event)}\n`))
    }
  }
}

const pause = new Int32Array(new SharedArrayBuffer(4))

/** Standard output may be a pipe that does not block: it takes a part, or nothing for now. */
const writeAll = (bytes: Uint8Array) => {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(1, bytes, at)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      Atomics.wait(pause, 0, 0, 1)
    }
  }
}

const eventsOf = (change: StateChange): AvaEvent[] => {
  const { type, testFile: file = '', title = '', duration = 0, logs = [], err } = change
  switch (type) {
    case 'declared-test':
      return [{ type: 'declared', file, title }]
    case 'selected-test':
      return [
        { type: 'selected', file, title },
        ...(change.skip || change.todo
          ? [{ type: 'skipped', file, title, todo: change.todo ?? false } satisfies AvaEvent]
          : []),
      ]
    case 'test-passed':
      return [{ type: 'passed', file, title, duration, logs }]
    case 'test-failed':
    case 'hook-failed':
      return [{ type: 'failed', file, title, duration, logs, ...textOf(err) }]
    case 'uncaught-exception':
    case 'unhandled-rejection':
    case 'internal-error':
      return [{ type: 'crashed', file: change.testFile, ...textOf(err) }]
    case 'process-exit':
      return [{ type: 'crashed', file, message: 'It called process.exit()', details: change.stack ?? '' }]
    case 'missing-ava-import':
      return [{ type: 'crashed', file, message: 'It declares no tests: it does not import `test`', details: '' }]
    case 'worker-failed': {
      const how = change.signal ? `was ended by ${change.signal}` : `exited with ${change.nonZeroExitCode}`
      return [{ type: 'crashed', file, message: err?.message ?? `Its process ${how}`, details: err?.stack ?? '' }]
    }
    case 'worker-stdout':
    case 'worker-stderr':
      return [{ type: 'output', file: change.testFile, text: Buffer.from(change.chunk ?? '').toString() }]
    default:
      return []
  }
}

/** An error for a person: the message, and what else ava or the stack says. */
const textOf = (error: SerializedError | undefined): { message: string; details: string } => {
  if (!error) return { message: 'It failed', details: '' }
  if (error.type === 'unknown') return { message: `It threw ${error.formattedError ?? 'something'}`, details: '' }
  const details = (error.formattedDetails ?? []).map(({ label, formatted }) => `${label}\n${formatted}`)
  const hint = error.originalError?.hint
  const inner = (error.errors ?? []).map(one => textOf(one).message)
  return {
    message: capped(messageOf(error)),
    details: plain(
      [
        ...details,
        ...(error.formattedCause ? [error.formattedCause] : []),
        ...inner,
        ...(hint ? [hint] : []),
        stackOf(error),
      ].join('\n'),
    ),
  }
}

/** Where it was, without the message and without what is ours or ava's. */
const stackOf = ({ stack = '' }: SerializedError): string =>
  stack
    .split('\n')
    .filter(line => /^\s+at /.test(line) && !ofOurs.test(line))
    .join('\n')

/** Frames that say nothing to the author of a test. */
export const ofOurs = /node:internal|\/node_modules\/ava\/|\/packages\/kselftest-ts\/src\//

const messageOf = ({ type, message, name, assertion }: SerializedError): string => {
  if (type === 'ava' && assertion && (!message || message === 'AssertionError')) return `${assertion} failed`
  return message || name || 'It failed'
}

/** Characters of an error's message, and of its details. */
const MAX_TEXT = 32_768

/** A text that results can carry. */
export const capped = (text: string) =>
  text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}\n… and ${text.length - MAX_TEXT} characters more`

const plain = (text: string) => capped(stripVTControlCharacters(text).trim())
