import { createDecipheriv, createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { ExitCode, KseriesError, type Report } from '@kseries/host'
import type { Sys } from '@kseries/kselftest-ts'
import { z } from 'zod'
import type { Client } from './clients.ts'

/** So many samples of so many bytes at a time. */
export interface Work {
  readonly size: number
  readonly batch: number
}

/** Batches of 1 and 32 at three sizes; and for the time to a sample's end, small ones with 8 and 64 in flight. */
export const WORKS: readonly Work[] = [
  ...[1024, 65_536, 1_048_576].flatMap(size => [1, 32].map(batch => ({ size, batch }))),
  ...[8, 64].map(batch => ({ size: 1024, batch })),
]

/** What a client came to at some work. Times in nanoseconds. */
export interface Measured {
  readonly work: Work
  /** System calls from a batch's start to its end, and to change the key. */
  readonly batchCalls: number
  readonly rotationCalls: number
  /** Of each batch. */
  readonly batches: readonly number[]
  /** Of each sample, from when it was given to the kernel to when its end was known. */
  readonly samples: readonly number[]
}

const roundsOf = ({ size, batch }: Work) => Math.min(TURN_BATCHES, Math.ceil(TURN_BYTES / (size * batch)))

/** Turns of all clients at each work, so that a noisy machine is noisy for all of them. */
const TURNS = 3

/** Bytes that are decrypted in a turn, about; and batches, at most. */
const TURN_BYTES = 12 * 1024 * 1024
const TURN_BATCHES = 300

const said = z.strictObject({
  batchCalls: z.number(),
  rotationCalls: z.number(),
  batches: z.array(z.number()),
  samples: z.array(z.number()),
})

/**
 * Runs clients in a guest, each in turn.
 * @returns for each client what came of each of WORKS.
 * @throws ClientFailed if one does not decrypt
 */
export const measure = async (
  sys: Sys,
  clients: readonly Client[],
  report: Report,
): Promise<ReadonlyMap<Client, readonly Measured[]>> => {
  const found = new Map<Client, Measured[]>(clients.map(client => [client, []]))
  for (const [index, work] of WORKS.entries()) {
    const turns = new Map<Client, z.infer<typeof said>[]>(clients.map(client => [client, []]))
    for (let turn = 0; turn < TURNS; turn++)
      for (const client of clients) {
        const text = `${client.name}: ${work.batch} × ${work.size} bytes`
        report({ kind: 'update', id: 'compare', text, fraction: index / WORKS.length })
        turns.get(client)?.push(await runClient(sys, client, work, roundsOf(work)))
      }
    for (const client of clients) {
      const its = turns.get(client) ?? []
      found.get(client)?.push({
        work,
        batchCalls: its[0]?.batchCalls ?? 0,
        rotationCalls: its[0]?.rotationCalls ?? 0,
        batches: its.flatMap(({ batches }) => batches),
        samples: its.flatMap(({ samples }) => samples),
      })
    }
  }
  return found
}

/**
 * Runs a client once, so many batches of some work behind those that it begins with.
 * @throws ClientFailed if it does not decrypt
 */
export const runClient = async (
  sys: Sys,
  client: Client,
  { size, batch }: Work,
  rounds: number,
): Promise<z.infer<typeof said>> => {
  const { first, digest } = plaintextOf(size)
  const args = [size, batch, rounds, first, digest].map(String)
  const { exitCode, stdout, stderr } = await sys.exec({ file: await readFile(client.path), args, timeout: 120_000 })
  if (exitCode !== 0) throw new ClientFailed(client.name, { size, batch }, `${stdout}${stderr}`.trim())
  return said.parse(JSON.parse(stdout))
}

/** A client does not decrypt what it was given. */
export class ClientFailed extends KseriesError {
  constructor(client: string, { size, batch }: Work, words: string) {
    super(`Cannot measure ${client}: it does not decrypt ${batch} × ${size} bytes: ${words}`, {
      hint: 'Its source is in clients/ of the series; the tests of the series tell whether the kernel is at fault: kseries run.',
      exitCode: ExitCode.verdict,
    })
  }
}

/** What the zeroes that clients are given decrypt to, see client/main.c. */
const plaintextOf = (size: number) => {
  const key = Buffer.alloc(16)
  key.write('compare clients')
  const cipher = createDecipheriv('aes-128-cbc', key, Buffer.alloc(16)).setAutoPadding(false)
  const plaintext = Buffer.concat([cipher.update(Buffer.alloc(size)), cipher.final()])
  return {
    first: plaintext.subarray(0, 16).toString('hex'),
    digest: createHash('sha256').update(plaintext).digest('hex'),
  }
}

/** The value that this share of the others is not above: 0.5 for the median. */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}
