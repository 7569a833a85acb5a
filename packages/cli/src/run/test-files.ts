import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Series } from '@kseries/patchgen'
import type { RunOptions } from './options.ts'

/** The test files of a chain, absolute, in the order in which they are run: by series, then by name. */
export const testFiles = async (chain: readonly Pick<Series, 'folder'>[]): Promise<string[]> => {
  const lists = await Promise.all(
    chain.map(async ({ folder }) => {
      const folderOfTests = join(folder, 'selftests')
      const names = await readdir(folderOfTests).catch(() => [])
      return names
        .filter(name => name.endsWith('.test.ts'))
        .toSorted()
        .map(name => join(folderOfTests, name))
    }),
  )
  return lists.flat()
}

/** What the tests of a chain are given: what its series say, the last one last; a series that is about a machine says it there. */
export const paramsOf = (
  chain: readonly Pick<Series, 'meta'>[],
  machine: RunOptions['machine'],
): Record<string, string> =>
  Object.assign(
    {},
    ...chain.map(({ meta }) => (meta.machine === undefined || meta.machine === machine ? meta.params : {})),
  )

/** Whether a run with these options is one of all tests there are. */
export const runsEverything = async (
  chain: readonly Pick<Series, 'folder'>[],
  { test, files }: Pick<RunOptions, 'test' | 'files'>,
): Promise<boolean> => test.length === 0 && (files === undefined || files.length === (await testFiles(chain)).length)
