import type { PatchPlace } from '../errors.ts'
import type { Series } from '../series/load.ts'
import { FoldRefused } from './errors.ts'
import { type ChainPatch, patchesOf } from './trace.ts'

/** A change that may belong to several patches. */
export interface Question {
  /** 'crypto/af_alg.c:420' */
  readonly place: string
  readonly why: string
  /** The likely ones; none if any will do. */
  readonly patches: readonly PatchPlace[]
}

/** Names a patch for changes whose home is unclear; undefined: nobody knows. */
export type Answer = (question: Question) => PatchPlace | undefined

export const placeOf = ({ series, patch }: ChainPatch): PatchPlace => ({ series: series.name, patch: patch.name })

/**
 * The patch that a person names.
 * @param chain - of loadChain().
 * @param name - '04-keys', or 'securekey/04-keys'.
 * @throws FoldRefused if there is none, or several.
 */
export const patchNamed = (chain: readonly Series[], name: string): PatchPlace => {
  const patches = patchesOf(chain)
  const found = patches.map(placeOf).filter(({ series, patch }) => name === patch || name === `${series}/${patch}`)
  const [only, other] = found
  const all = patches.map(placeOf).map(({ series, patch }) => `${series}/${patch}`)
  if (!only) throw new FoldRefused([name], 'there is no such patch', `Name one of ${all.join(', ')}.`)
  if (other)
    throw new FoldRefused(
      [name],
      'several series have a patch of this name',
      `Say which: ${only.series}/${only.patch}.`,
    )
  return only
}
