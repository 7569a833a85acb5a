/** What tests of the trusted application have in common: it at hand, and the results that it refuses by. */

import { test } from '@kseries/kselftest-ts'
import { Application } from './application.ts'
import type { Request } from './ta-protocol.ts'
import type { ResultName } from './tee-client.ts'
import { SECUREKEY_MODE_CTR } from './uapi.gen.ts'

export const BAD: ResultName = 'TEE_ERROR_BAD_PARAMETERS'
export const DENIED: ResultName = 'TEE_ERROR_ACCESS_DENIED'
export const NOT_AUTHENTIC: ResultName = 'TEE_ERROR_MAC_INVALID'
export const STATE: ResultName = 'TEE_ERROR_BAD_STATE'
export const SHORT: ResultName = 'TEE_ERROR_SHORT_BUFFER'

/** A small request. */
export const CTR: Request = { mode: SECUREKEY_MODE_CTR, len: 64 }

/** A test with the application at hand. */
export const check = (
  title: string,
  body: (of: Application, t: { is(got: unknown, wanted: unknown, what?: string): unknown }) => Promise<void>,
) => test(title, async t => await body(await Application.open(t.context.sys), t))
