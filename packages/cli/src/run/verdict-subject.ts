import type { Series } from '@kseries/patchgen'
import { nameOf } from '../series.ts'
import type { RunOptions } from './options.ts'
import type { Tested } from './test-run.ts'
import { testKeys } from './verdict-inputs.ts'

/** What a verdict is about, in the terms of whoever wants to rely on it. */
export interface VerdictSubject {
  readonly series: string
  /** The tree that was built, with all of the chain's patches. */
  readonly tree: string
  readonly arch: RunOptions['arch']
  readonly profile: RunOptions['profile']
  /** Of the tests of each series of the chain, see testKeys(). */
  readonly tests: readonly string[]
  /** Globs of the tests that were run; none: all. */
  readonly chosen: readonly string[]
}

/** A run as it is kept by remember(). */
export interface Remembered extends Tested {
  readonly about: VerdictSubject
}

export const subjectOf = async (
  chain: readonly Series[],
  tree: string,
  { arch, profile, test }: Pick<RunOptions, 'arch' | 'profile' | 'test'>,
): Promise<VerdictSubject> => ({
  series: nameOf(chain),
  tree,
  arch,
  profile,
  tests: await testKeys(chain),
  chosen: test,
})
