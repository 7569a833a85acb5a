import { join } from 'node:path'
import { cachePath, contentKey, exists, makeDirAtomic, withLock } from '@kseries/host'
import { gitOut } from './git.ts'
import type { HeaderJob, HeaderPaths } from './headers.ts'
import { make } from './make.ts'

const FOLDER = 'tools/testing/selftests'

/** What targets are built with. */
const shared = ['lib.mk', 'Makefile', 'kselftest.h', 'kselftest_harness.h', 'kselftest', 'kselftest_install.sh']

/**
 * Builds the tree's own selftests (`make -C tools/testing/selftests TARGETS=… install`) as static programs, which need nothing of the
 * guest but the kernel, unless the same were built before. The caller holds the lock of the work tree.
 *
 * @param targets - folders below tools/testing/selftests; those that the tree has not are passed over.
 * @returns where they are installed, relative to the cache folder, with kselftest-list.txt as the list of them; undefined if there are none.
 * @throws CompileFailed, DiskFull, Interrupted
 */
export const buildSelftests = async (
  { workTree, arch, toolchain, signal }: HeaderJob,
  { headers }: HeaderPaths,
  targets: readonly string[],
): Promise<string | undefined> => {
  const found = await Promise.all(targets.map(target => exists(join(workTree.path, FOLDER, target, 'Makefile'))))
  const there = targets.filter((_, index) => found[index])
  if (there.length === 0) return undefined
  const paths = [...shared, ...there].map(name => `${FOLDER}/${name}`)
  const parts = await gitOut(['ls-tree', workTree.treeHash, ...paths], { cwd: workTree.path, signal })
  const key = contentKey([parts, headers, toolchain.id, there])
  const name = join('selftests', `${arch}-${key}`)
  const dir = cachePath(name)
  const build = async () => {
    if (await exists(dir)) return
    await makeDirAtomic(dir, temporary =>
      make({
        toolchain,
        source: join(workTree.path, FOLDER),
        output: join(temporary, 'build'),
        targets: ['install'],
        variables: [
          `TARGETS=${there.join(' ')}`,
          `INSTALL_PATH=${join(temporary, 'install')}`,
          `KHDR_INCLUDES=-isystem ${cachePath(headers)}`,
          'LDFLAGS=-static',
          // One that does not build is an error, not one test less.
          'FORCE_TARGETS=1',
        ],
        signal,
      }),
    )
  }
  await withLock(`selftests-${key}`, build, { signal })
  return join(name, 'install')
}
