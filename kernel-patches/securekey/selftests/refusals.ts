/** What a client may get wrong, or may not do: each front end tries all of it in its clients/refusals.ts, for `kseries compare`. */

import { errnoName, type Sys, SyscallError } from '@kseries/kselftest-ts'

/** Tries it in a process of its own: the error's name, or '' if it was not refused. */
export type Attempt = (sys: Sys) => Promise<string>

/** Forbidden, though nothing is wrong with it otherwise. */
type PolicyCase =
  | 'a mode that the key is not for'
  | 'ordinary memory under a key for protected memory'
  | 'a raw key exported or read'
  | 'plaintext read from the kernel'
  | 'the destination mapped'
  | 'an ephemeral blob stored and loaded as a long-term one'
  | 'a revoked key'
  | 'an expired key'
  | 'a key of a keyring that may not be searched'
  | 'an ordinary user'

/** Wrong, or bad luck. */
type FaultCase =
  | 'a damaged blob'
  | 'a blob of a provider that is not there'
  | 'a length that is no number of blocks'
  | 'more data than the destination takes'
  | 'a destination that is not open'
  | 'a destination that is no dma-buf'
  | 'a destination that is open for reading'
  | 'a provider that fails'
  | 'a provider without room for one more request'
  | 'a provider without room for one more key'
  | 'a provider that takes too long'
  | 'a provider that leaves'

export interface Refusals {
  readonly policy: Readonly<Record<PolicyCase, Attempt>>
  readonly faults: Readonly<Record<FaultCase, Attempt>>
}

/** The name of the error that a call fails with, or that a request ends with: a number then, of whichever sign. */
export const refusalOf = async (call: Promise<unknown>): Promise<string> => {
  try {
    const ended = await call
    return typeof ended === 'number' && ended !== 0 ? errnoName(Math.abs(ended)) : ''
  } catch (error) {
    if (error instanceof SyscallError) return error.code
    throw error
  }
}
