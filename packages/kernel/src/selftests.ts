import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandFailed, cachePath, contentKey, exists, makeDirAtomic, withLock } from '@kseries/host'
import { gitOut } from './git.ts'
import type { HeaderJob, HeaderPaths } from './headers.ts'
import { type BuildError, CompileFailed, make } from './make.ts'

const FOLDER = 'tools/testing/selftests'

/** What targets are built with. */
const shared = ['lib.mk', 'Makefile', 'kselftest.h', 'kselftest_harness.h', 'kselftest', 'kselftest_install.sh']

/** Selftests that a tree has. */
export interface SelftestTargets {
  /** Their folders, below tools/testing/selftests. */
  readonly there: readonly string[]
  /** Of what they are built of. */
  readonly key: string
}

/**
 * Looks what there is to build.
 * @param asked - folders below tools/testing/selftests; those that the tree has not are passed over.
 */
export const findSelftests = async (
  { workTree, signal }: HeaderJob,
  asked: readonly string[],
): Promise<SelftestTargets | undefined> => {
  const found = await Promise.all(asked.map(target => exists(join(workTree.path, FOLDER, target, 'Makefile'))))
  const there = asked.filter((_, index) => found[index])
  if (there.length === 0) return undefined
  const paths = [...shared, ...there].map(name => `${FOLDER}/${name}`)
  const parts = await gitOut(['ls-tree', workTree.treeHash, ...paths], { cwd: workTree.path, signal })
  return { there, key: contentKey([parts, there]) }
}

/**
 * Builds the tree's own selftests (`make -C tools/testing/selftests TARGETS=… install`) as static programs, which need nothing of the
 * guest but the kernel, unless the same were built before. The caller holds the lock of the work tree.
 *
 * @returns where they are installed, relative to the cache folder, with kselftest-list.txt as the list of them.
 * @throws CompileFailed, DiskFull, Interrupted
 */
export const buildSelftests = async (
  { workTree, arch, toolchain, output, signal }: HeaderJob,
  { headers }: HeaderPaths,
  { there, key: parts }: SelftestTargets,
): Promise<string> => {
  const key = contentKey([parts, headers, toolchain.id])
  const name = join('selftests', `${arch}-${key}`)
  const dir = cachePath(name)
  if (await exists(dir)) return name
  const build = async () => {
    if (await exists(dir)) return
    // They do not know what headers they depend on.
    const objects = join(output, 'selftests')
    await rm(objects, { recursive: true, force: true })
    await makeDirAtomic(dir, temporary =>
      make({
        toolchain,
        source: join(workTree.path, FOLDER),
        output: objects,
        targets: ['install'],
        variables: [
          `TARGETS=${there.join(' ')}`,
          `INSTALL_PATH=${temporary}`,
          `KHDR_INCLUDES=-isystem ${cachePath(headers)}`,
          'LDFLAGS=-static',
          // One that does not build is an error, not one test less.
          'FORCE_TARGETS=1',
        ],
        signal,
      }),
    )
  }
  // A target is made in its own folder, from where the compiler names its files.
  const inTree = async (error: BuildError): Promise<BuildError> => {
    for (const target of there) {
      const file = join(FOLDER, target, error.file)
      if (error.file !== '' && (await exists(join(workTree.path, file)))) return { ...error, file }
    }
    return error
  }
  try {
    await withLock(`selftests-${key}`, build, { signal })
  } catch (error) {
    if (!(error instanceof CompileFailed && error.cause instanceof CommandFailed)) throw error
    throw new CompileFailed(there, await Promise.all(error.errors.map(inTree)), error.log, error.cause)
  }
  return name
}
