import type { ExitStatus } from '../agent/errors.ts'
import type { Limits } from '../agent/runner.ts'
import type { SysAbi } from '../sys/abi.ts'
import type { WireReport } from './expected.ts'
import type { GuestFinding } from './guest.ts'

/** What a test process asks of the session. `id` is for the answer. */
export type Request =
  /** A test begins. Answered when it is its turn and the guest is up. */
  | {
      readonly kind: 'begin'
      readonly id: number
      readonly file: string
      readonly title: string
      readonly deadline: number
    }
  /** It has ended; the answer comes when the kernel's messages up to now are known. */
  | { readonly kind: 'end'; readonly id: number; readonly test: number; readonly outcome: Outcome }
  /** `what` is for a person: the calls of the program. */
  | { readonly kind: 'run'; readonly id: number; readonly worker: number; readonly what: string }
  | { readonly kind: 'gone'; readonly id: number; readonly worker: number }
  /** Another guest for the test that runs. */
  | { readonly kind: 'reboot'; readonly id: number }
  /** Where the needles are in the guest's memory; one behind the other in the packet, so long each. */
  | { readonly kind: 'find'; readonly id: number; readonly lengths: readonly number[] }
  | { readonly kind: 'cancel'; readonly worker: number }
  | { readonly kind: 'kill'; readonly worker: number }

/** How a test's body ended, as far as ava does not say it better. */
export interface Outcome {
  /** `needs()` was not met: why. */
  readonly skipped?: string | undefined
  /** An error that is no assertion's. */
  readonly failure?: Failure | undefined
  /** Reports that it caused on purpose. */
  readonly expected?: readonly WireReport[] | undefined
}

export interface Failure {
  readonly message: string
  readonly details: string
}

export type Response =
  | {
      readonly kind: 'begun'
      readonly id: number
      readonly test: number
      readonly worker: number
      readonly setting: Setting
    }
  | {
      readonly kind: 'ended'
      readonly id: number
      /** Without those that were expected. */
      readonly findings: readonly GuestFinding[]
      /** What was expected and did not come, in words. */
      readonly missing: readonly string[]
    }
  | { readonly kind: 'answer'; readonly id: number }
  | { readonly kind: 'status'; readonly id: number; readonly status: ExitStatus }
  /** The test's process in the new guest. */
  | { readonly kind: 'rebooted'; readonly id: number; readonly worker: number }
  /** Addresses of each needle, in decimal. */
  | { readonly kind: 'found'; readonly id: number; readonly addresses: readonly (readonly string[])[] }
  | { readonly kind: 'failed'; readonly id: number; readonly error: WireError }
  /** The guest died, or the test's time is up: whatever it still waits for, it is over. */
  | { readonly kind: 'interrupted'; readonly test: number; readonly error: WireError }

/** What is the same for all tests of a session. */
export interface Setting {
  readonly abi: SysAbi
  readonly limits: Limits
  readonly params: Readonly<Record<string, string>>
}

/** An error on its way to a test process. */
export type WireError =
  | { readonly kind: 'worker-gone'; readonly status: ExitStatus }
  | { readonly kind: 'guest-died'; readonly reason: string; readonly findings: readonly GuestFinding[] }
  | { readonly kind: 'test-hung'; readonly seconds: number; readonly running: readonly string[] }
  | { readonly kind: 'other'; readonly message: string; readonly hint?: string | undefined }
