import { valuesOf } from './arbitrary.ts'
import { decodedProblems, encodeRecords } from './decoder.ts'
import type { AbiDescription } from './layout.ts'
import { leavesOf } from './leaves.ts'
import { structOf } from './struct.ts'

export interface ProofOptions {
  /** Structs, in the order the decoder was built with. */
  readonly structs: readonly string[]
  /** Random values for each of them. @default 20 */
  readonly each?: number
  /** The same seed makes the same values. */
  readonly seed: number
}

/** A round trip through a decoder that runs somewhere else, such as in a guest. */
export interface Proof {
  /** What the decoder is given, in a file or on standard input. */
  readonly input: Uint8Array
  /** How many structs are in it. */
  readonly count: number
  /**
   * @param output - what the decoder printed.
   * @returns what differs, each with its struct and member; nothing if all came back as it was given.
   * @throws DecoderFailed if the output is cut, or says that the decoder gave up.
   */
  readonly check: (output: string) => readonly string[]
}

/**
 * Random values of structs, encoded, with the means to tell whether the decoder of `buildDecoder` saw the same.
 *
 * @param fc - the fast-check to use.
 * @throws UnknownStruct
 */
export const decoderProof = (
  fc: typeof import('fast-check'),
  description: AbiDescription,
  { structs, each = 20, seed }: ProofOptions,
): Proof => {
  const records = structs.flatMap((name, struct) =>
    fc.sample(valuesOf(fc, description, name), { numRuns: each, seed: seed + struct }).map(value => ({
      name,
      struct,
      leaves: leavesOf(description, name, value),
      bytes: structOf<object>(description, name).encode(value),
    })),
  )
  return {
    input: encodeRecords(description, records),
    count: records.length,
    check: output => decodedProblems(output, records),
  }
}
