import { contentKey } from '@kseries/host'
import { fragmentFiles, readFragments } from '@kseries/kernel'
import type { Series } from '@kseries/patchgen'
import { nameOf } from '../series.ts'
import { buildSpec } from './image.ts'
import type { MachineName } from './machines.ts'
import type { RunOptions } from './options.ts'
import { runsEverything } from './test-files.ts'
import type { Tested } from './test-run.ts'
import { testKeys } from './verdict-inputs.ts'

/** What a verdict is about, in the terms of whoever wants to rely on it. */
export interface VerdictSubject {
  readonly series: string
  /** The tree that was built, with all of the chain's patches. */
  readonly tree: string
  readonly arch: RunOptions['arch']
  readonly profile: RunOptions['profile']
  readonly machine?: MachineName
  /** See configKey(). */
  readonly config: string
  /** Of the tests of each series of the chain, see testKeys(). */
  readonly tests: readonly string[]
  /** Whether all of them were run. */
  readonly isWhole: boolean
}

/** A run as it is kept by remember(). */
export interface Remembered extends Tested {
  readonly about: VerdictSubject
}

export const subjectOf = async (
  chain: readonly Series[],
  tree: string,
  options: Pick<RunOptions, 'arch' | 'machine' | 'profile' | 'test' | 'files'>,
): Promise<VerdictSubject> => ({
  series: nameOf(chain),
  tree,
  arch: options.arch,
  profile: options.profile,
  ...(options.machine && { machine: options.machine }),
  config: await configKey(chain, options),
  tests: await testKeys(chain),
  isWhole: await runsEverything(chain, options),
})

/** Of the options that are asked for in a chain's kernel. */
export const configKey = async (
  chain: readonly Series[],
  { arch, machine, profile }: Pick<RunOptions, 'arch' | 'machine' | 'profile'>,
): Promise<string> => {
  const { fragments } = await buildSpec(chain, { arch, profile, ...(machine && { machine }) })
  const options = await readFragments(fragmentFiles(arch, fragments))
  return contentKey(options.map(({ name, value }) => [name, value]))
}
