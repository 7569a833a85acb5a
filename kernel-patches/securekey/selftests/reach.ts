/** Who may come how far into the kernel: each front end has them try in its clients/reach.ts, for `kseries compare`. */

import type { Sys } from '@kseries/kselftest-ts'
import type { FuzzOptions, Watch } from './fuzz.ts'

/**
 * What somebody tries; what is not his, but made for him, comes before the watch begins and behind its end. What is handed to him is
 * what a service would make for him: a socket or session that has a key.
 */
export type Reach = Readonly<
  Partial<
    Record<
      'an ordinary user' | 'one who may open the device' | 'one who is handed what decrypts',
      (sys: Sys, watch: Watch) => Promise<void>
    >
  >
>

/** The same programs each time, so that figures can be told from noise. */
export const few: FuzzOptions = { runs: 300, seed: 1 }
