import { join } from 'node:path'
import { folderKey } from '@kseries/host'
import { type Accelerator, qemuIdentity } from '@kseries/machine'
import type { Series } from '@kseries/patchgen'
import { projectRoot } from '../series.ts'
import type { RunOptions } from './options.ts'
import type { VerdictInputs } from './remember.ts'
import { paramsOf } from './test-files.ts'

/** What a run has made when the tests can begin. */
export interface Made {
  /** Of the artefacts. */
  readonly image: string
  /** Of the firmware, if the machine has one of its own. */
  readonly firmware: string | undefined
  /** Of the packages that are put into the guest, if any are. */
  readonly packages: string | undefined
  /** Of the layouts. */
  readonly layouts: string
  /** The agent's path, which its content names. */
  readonly agent: string
  readonly accelerator: Accelerator
}

/** Of each series' tests, as they are now; '' where there are none. */
export const testKeys = (chain: readonly Series[]): Promise<string[]> =>
  Promise.all(chain.map(({ folder }) => folderKey(join(folder, 'selftests')).catch(() => '')))

/** What a verdict depends on and a run does not make: the tests, what runs them, and how. */
export const testInputs = async (
  chain: readonly Series[],
  { arch, board, machine, profile, transport, noise, test, files }: RunOptions,
) => ({
  qemu: await qemuIdentity(arch),
  tests: await testKeys(chain),
  params: Object.entries(paramsOf(chain, machine)).map(([name, value]) => `${name}=${value}`),
  kunit: chain.flatMap(({ meta }) => meta.kunit),
  harness: await Promise.all(
    ['host', 'uapi-headers', 'machine', 'kselftest-ts', 'cli'].map(name =>
      folderKey(join(projectRoot, 'packages', name, 'src')),
    ),
  ),
  board,
  machine,
  profile,
  transport,
  noise,
  test,
  files,
})

/** Everything that a verdict depends on. */
export const verdictInputs = (
  { image, firmware, packages, layouts, agent, accelerator }: Made,
  given: Awaited<ReturnType<typeof testInputs>>,
): VerdictInputs => ({ image, firmware, packages, layouts, agent, accelerator: accelerator.kind, ...given })
