/** What random programs of a hostile normal world are made of: commands of the trusted application that are nearly right, or not at all. */

import * as fc from 'fast-check'
import { long, rarely, variants, word } from '../../securekey/selftests/fuzz.ts'
import { PLACE, SHARED_SIZE } from './application.ts'
import { CHUNK_MAX, COMMANDS, UUIDS } from './ta-protocol.ts'
import { SEGMENT_MODES } from './ta-world.ts'
import { SECUREKEY_MODE_CBC, SECUREKEY_MODE_CTR, SECUREKEY_MODE_DERIVE } from './uapi.gen.ts'

/** How many keys a world has. */
export const KEYS = 8

const MODES = [...SEGMENT_MODES, SECUREKEY_MODE_DERIVE]
/** Another application of OP-TEE: core/include/pta_system.h. */
const PTA_SYSTEM = '3a2f8978-5dc0-11e8-9c2d-fa7ae01bbebc'

/** Any session, where otherwise one that is likely to do would be taken. */
export const ANY = 10

/** One of those of its kind that there are, by a number that may be any. */
const pick = fc.nat({ max: ANY })

const sizes = [0, 1, 15, 16, 17, 32, 48, 71, 72, 73, 116, 132, 256, 257, 1024, 1025, 4096]

const param = fc.oneof(
  fc.record({ kind: fc.constant('none' as const) }),
  fc.record({
    kind: fc.constantFrom('value in' as const, 'value out' as const, 'value inout' as const),
    a: long(0, 1, 2, 3, 16),
    b: long(0, 16),
  }),
  fc.record({
    kind: fc.constantFrom('memory in' as const, 'memory out' as const, 'memory inout' as const),
    of: fc.constantFrom('shared' as const, 'protected' as const, 'wide' as const, 'deep' as const, 'nowhere' as const),
    id: rarely(fc.integer({ min: -1, max: 20 })),
    at: long(0, ...Object.values(PLACE), 1, SHARED_SIZE - 72, SHARED_SIZE),
    size: long(...sizes, SHARED_SIZE, CHUNK_MAX + 1),
  }),
)

/** A parameter that may be anything. */
export type AnyParam = typeof param extends fc.Arbitrary<infer T> ? T : never

/** Something else in place of a parameter that would be right. */
const twist = rarely(fc.record({ index: fc.nat({ max: 3 }), param }))

const head = fc.record({
  form: fc.constantFrom(1, 2),
  // 256 goes with all of them.
  key_bits: fc.constantFrom(256, 256, 256, 128, 192, 512),
  modes: fc.constantFrom(...MODES, SECUREKEY_MODE_CBC | SECUREKEY_MODE_CTR),
  flags: fc.constantFrom(3, 3, 3, 2, 0, 1),
  wrong: rarely(
    fc.oneof(
      fc.record({ form: word(1, 2) }),
      fc.record({ key_bits: word(128, 192, 256, 512) }),
      fc.record({ modes: word(...MODES) }),
      fc.record({ flags: word(0, 1, 2, 3) }),
      fc.record({ bit: fc.nat({ max: 72 * 8 - 1 }) }),
    ),
  ),
})

const subsample = fc.record({ clear_len: fc.constantFrom(0, 16, 5), protected_len: fc.constantFrom(16, 48, 64) })

/** What a request may have that it should not. */
const wrong = rarely(
  fc.oneof(
    fc.record({ mode: word(...MODES) }),
    fc.record({ scheme: word(0, 1, 2, 3, 4, 5) }),
    fc.record({ len: long(...sizes) }),
    fc.record({ iv: fc.uint8Array({ minLength: 16, maxLength: 16 }) }),
    fc.record({ crypt: fc.constantFrom(0, 1, 16, 255), skip: fc.constantFrom(0, 1, 16, 255) }),
    fc.record({ reserved: fc.nat({ max: 255 }) }),
    fc.record({ nr_subsamples: word(1, 4096, 4097, 0x2000_0000) }),
    fc.record({ aad_len: word(0, 1, 4096, 4097) }),
    fc.record({
      subsamples: fc.array(fc.record({ clear_len: word(0, 1, 16), protected_len: word(0, 1, 16) }), { maxLength: 4 }),
    }),
    fc.record({ bit: fc.nat({ max: 48 * 8 - 1 }) }),
    fc.record({ piece: fc.constantFrom(1, 15, 17) }),
  ),
)

const room = fc.constantFrom(...Array<number>(9).fill(1024), 0, 115, 116)

/** One operation of a program: mostly one that is right, but for what is twisted or wrong. */
export const operation = fc.oneof(
  fc.record({
    do: fc.constant('open' as const),
    key: fc.option(variants(KEYS), { nil: undefined }),
    uuid: rarely(fc.constantFrom(UUIDS.keeper, PTA_SYSTEM)),
    login: rarely(word(0, 1, 2, 4, 5, 6, 0x8000_0000)),
    params: rarely(fc.array(param, { maxLength: 5 })),
  }),
  fc.record({ do: fc.constant('load' as const), session: pick, blob: variants(KEYS), twist }),
  fc.record({ do: fc.constant('load made' as const), session: pick, size: word(116, 124, 132, 164), twist }),
  fc.record({ do: fc.constant('generate' as const), session: pick, head, room, twist }),
  fc.record({ do: fc.constant('import' as const), session: pick, head, size: rarely(word(...sizes)), room, twist }),
  fc.record({
    do: fc.constant('derive' as const),
    session: pick,
    head,
    size: fc.constantFrom(8, 8, 8, 256, 0, 257),
    room,
    twist,
  }),
  fc.record({ do: fc.constant('prepare' as const), session: pick, blob: variants(KEYS), room, twist }),
  fc.record({ do: fc.constant('export' as const), session: pick, room, twist }),
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('decrypt' as const),
      session: pick,
      scheme: fc.constantFrom(0, 0, 0, 1, 2, 3, 4),
      subsamples: fc.array(subsample, { maxLength: 4 }),
      crypt: fc.constantFrom(1, 1, 5, 15),
      skip: fc.constantFrom(9, 0, 5, 15),
      wrong,
      to: fc.constantFrom('deep' as const, 'protected' as const, 'shared' as const),
      at: fc.constantFrom(0, 0, 1, 16, 1000),
      pieces: fc.array(fc.constantFrom(16, 32, 256, 256), { maxLength: 2 }),
      /** Its last piece does not come. */
      endless: fc.constantFrom(false, false, false, true),
      twist,
    }),
  },
  fc.record({ do: fc.constant('chunk' as const), session: pick, size: fc.constantFrom(CHUNK_MAX, CHUNK_MAX + 1) }),
  fc.record({ do: fc.constant('abort' as const), session: pick, twist }),
  fc.record({ do: fc.constant('info' as const), session: pick, twist }),
  fc.record({ do: fc.constant('wipe' as const), session: pick, at: word(0, 16), size: word(16, 4096), twist }),
  fc.record({ do: fc.constant('digest' as const), session: pick, at: word(0, 16), size: word(16, 4096), room, twist }),
  fc.record({ do: fc.constant('sleep' as const), session: pick, ms: fc.nat({ max: 3 }) }),
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('raw' as const),
      session: pick,
      command: word(...Object.values(COMMANDS)),
      params: fc.array(param, { maxLength: 4 }),
      count: rarely(word(0, 1, 5, 127)),
      length: rarely(word(0, 24, 56, 4096, 4097)),
    }),
  },
  fc.record({ do: fc.constant('cancel' as const), session: pick, id: word(0, 7) }),
  fc.record({ do: fc.constant('close' as const), session: pick }),
  // Not more: of what no order of pages has (2^32), alloc_pages_exact() in tee_dyn_shm_alloc_helper() of 7.3 warns.
  fc.record({ do: fc.constant('allocate' as const), size: fc.constantFrom(0n, 1n, 4096n, 65_537n) }),
  fc.record({ do: fc.constant('register' as const), file: pick }),
)

export type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never
