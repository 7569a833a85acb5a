import type { SysAbi } from '../sys/abi.ts'
import type { Guest } from './guest.ts'

export interface SessionOptions {
  /** What boots now; tests wait for it. Not given: `reboot` is asked when the first test begins. */
  readonly guest?: Guest | Promise<Guest> | undefined
  /** Makes a new guest, when the last one has died. Without it the tests that are left fail. */
  readonly reboot?: (() => Promise<Guest>) | undefined
  readonly abi: SysAbi
  /** Goes to the tests as `t.context.params`. */
  readonly params?: Readonly<Record<string, string>> | undefined
  readonly signal?: AbortSignal | undefined
  /** Milliseconds until a guest's agent must have answered. @default 60000 */
  readonly bootTimeout?: number | undefined
  /** How many guests may die before the rest is given up. @default 20 */
  readonly deaths?: number | undefined
  /** Deadlines of tests, and of what the session asks of the guest, are multiplied by it: for slow guests. @default 1 */
  readonly timeFactor?: number | undefined
}
