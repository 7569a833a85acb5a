import { RESULT_HEADER } from '../agent/messages.ts'
import { ByteReader } from './bytes.ts'

export type ProgramStatus = 'done' | 'failed' | 'cancelled' | 'ended' | 'malformed'

/** What came back of a program. */
export interface ProgramResult {
  readonly status: ProgramStatus
  /** How many operations ran. */
  readonly ran: number
  /** Their results; of a loop the last round's. Errors as the kernel gives them: -22. */
  readonly results: readonly (number | bigint)[]
  readonly segments: readonly Uint8Array[]
}

const statuses: readonly ProgramStatus[] = ['done', 'failed', 'cancelled', 'ended', 'malformed']

/** Reads the agent's answer; see agent/program.c. */
export const parseResult = (message: Uint8Array, segmentCount: number): ProgramResult => {
  const status = statuses[message[1] ?? 4] ?? 'malformed'
  const ran = (message[2] ?? 0) | ((message[3] ?? 0) << 8)
  const reader = new ByteReader(message, RESULT_HEADER)
  const results = Array.from({ length: ran }, () => reader.sleb())
  const segments: Uint8Array[] = []
  if (status !== 'malformed') {
    for (let index = 0; index < segmentCount; index++) segments.push(reader.take(reader.uleb()))
  }
  return { status, ran, results, segments }
}

/** The errno in a result, or undefined if it is none. */
export const errnoIn = (result: number | bigint | undefined): number | undefined =>
  typeof result === 'number' && result < 0 && result > -4096 ? -result : undefined
