/** What random programs on the device are made of: arguments that are right more often than not. */

import * as fc from 'fast-check'
import { long, rarely, variants, word } from '../../securekey/selftests/fuzz.ts'
import {
  SECUREKEY_MODE_CBC,
  SECUREKEY_MODE_CTR,
  SECUREKEY_MODE_DERIVE,
  SECUREKEY_MODE_GCM,
  SECUREKEY_MODE_XTS,
} from './uapi.gen.ts'

const MODES = [SECUREKEY_MODE_CBC, SECUREKEY_MODE_CTR, SECUREKEY_MODE_XTS, SECUREKEY_MODE_GCM, SECUREKEY_MODE_DERIVE]
/** Bytes for a wrapped key. */
export const ROOM = 1024

/** One of those of its kind that there are, by a number that may be any. */
const pick = fc.nat({ max: 5 })

const paramsOf = fc.record({
  algorithm: word(1),
  key_bits: word(128, 256, 512),
  modes: word(...MODES, SECUREKEY_MODE_CBC | SECUREKEY_MODE_CTR),
  flags: word(3, 1),
  form: word(1, 2),
})

const request = fc.record({
  id: pick,
  raw: rarely(word(0, 1)),
  len: long(16, 64, 15, 4096, 8192),
  dst_offset: long(0, 16, 4096, 8176),
  flags: word(0),
  data: fc.constantFrom(0, 16, 64, 4112),
  aad: fc.constantFrom(0, 0, 16, 4096, 4097),
  scheme: word(0, 0, 1, 2, 3, 4),
  pattern_crypt: fc.constantFrom(0, 0, 1, 15, 16, 255),
  pattern_skip: fc.constantFrom(0, 0, 9, 15, 255),
  subsamples: fc.array(fc.record({ clear_len: word(0, 16, 1), protected_len: word(16, 48, 64) }), { maxLength: 4 }),
  nr_subsamples: rarely(word(4096, 4097, 0x4000_0000)),
})

/** What programs are made of. */
export const operation = fc.oneof(
  fc.record({ do: fc.constant('load' as const), blob: variants(6) }),
  fc.record({
    do: fc.constant('session' as const),
    key: pick,
    mode: word(...MODES),
    op: word(0, 1),
    flags: word(0, 1),
    algorithm: word(1),
  }),
  fc.record({ do: fc.constant('attach' as const), session: pick, buffer: pick }),
  fc.record({ do: fc.constant('detach' as const), session: pick, id: pick }),
  fc.record({
    do: fc.constant('submit' as const),
    session: pick,
    requests: fc.array(request, { minLength: 1, maxLength: 4 }),
    count: rarely(word(0, 1, 300)),
    request_size: rarely(word(0, 55, 56, 4096, 5000)),
  }),
  fc.record({ do: fc.constant('read' as const), session: pick, size: fc.constantFrom(0, 15, 16, 17, 1024) }),
  fc.record({ do: fc.constant('poll' as const), session: pick }),
  fc.record({ do: fc.constant('dup' as const), session: pick }),
  fc.record({ do: fc.constant('close' as const), what: fc.constantFrom('keys', 'sessions'), which: pick }),
  fc.record({ do: fc.constant('generate' as const), params: paramsOf, room: word(ROOM, 71, 0) }),
  fc.record({ do: fc.constant('export' as const), key: pick, room: word(ROOM, 71, 0) }),
  fc.record({ do: fc.constant('derive' as const), key: pick, params: paramsOf, context: word(0, 8, 256, 257) }),
  fc.record({
    do: fc.constant('raw' as const),
    what: fc.constantFrom('device', 'keys', 'sessions'),
    which: pick,
    number: fc.integer({ min: 0xb900, max: 0xb90d }),
    bytes: fc.uint8Array({ maxLength: 128 }),
    size: word(8, 16, 24, 56, 72, 88, 4096, 4097),
  }),
)

export type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never
