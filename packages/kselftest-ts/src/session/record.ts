import type { GuestDied, TestHung } from './errors.ts'
import type { GuestFinding } from './guest.ts'
import type { Failure } from './wire.ts'

/** What the session knows of one test; ava knows the rest. */
export interface TestRecord {
  readonly number: number
  readonly file: string
  readonly title: string
  /** Milliseconds from its first possible call to its end, the kernel's last words included. */
  duration: number
  /** Why it was not for this guest: `needs()`. */
  skipped: string | undefined
  failure: Failure | undefined
  hung: TestHung | undefined
  died: GuestDied | undefined
  /** It could not begin: no guest. */
  infra: string | undefined
  readonly findings: GuestFinding[]
}

/** The record of a test that begins. */
export const newRecord = (number: number, file: string, title: string): TestRecord => ({
  number,
  file,
  title,
  duration: 0,
  skipped: undefined,
  failure: undefined,
  hung: undefined,
  died: undefined,
  infra: undefined,
  findings: [],
})
