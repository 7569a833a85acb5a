import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { cachePath, contentKey, exists, explainDiskErrors, makeDirAtomic, run, withLock } from '@kseries/host'
import { ARCHES, type Arch } from './arch.ts'
import type { Toolchain } from './compiler.ts'
import { changedFiles } from './differences.ts'
import { gitOut, splitNul } from './git.ts'
import { make } from './make.ts'
import { LocalChanges, type WorkTree } from './work-tree.ts'

/** Exported headers, and sources that programs for the guest are compiled with; relative to the cache folder. */
export interface HeaderPaths {
  readonly headers: string
  readonly sources: string
}

/** Kept at their paths, where the tree has them: the small libc, headers whose constants user space gets from its libc, stand-ins for libc's headers. */
const kept = ['tools/include/nolibc', 'include/linux/socket.h', 'include/linux/net.h', 'usr/dummy-include']

/** Where a header counts whether git knows of it or not. */
const copied = (srcArch: string) => ['include/uapi', 'include/asm-generic', `arch/${srcArch}/include/uapi`, ...kept]

/** What the exported headers are made of. */
const inputs = (srcArch: string) => [
  ...copied(srcArch),
  'Makefile',
  `arch/${srcArch}/Makefile`,
  // Tables of system calls, from which <asm/unistd.h> is generated.
  `arch/${srcArch}/entry`,
  `arch/${srcArch}/tools`,
  'scripts',
]

/** A tree that was configured, and where. */
export interface HeaderJob {
  readonly workTree: WorkTree
  readonly arch: Arch
  readonly toolchain: Toolchain
  /** O= */
  readonly output: string
  readonly signal?: AbortSignal | undefined
}

/** A key of what the exported headers of a tree are made of. */
export const headersKey = async ({ workTree, arch, signal }: HeaderJob): Promise<string> =>
  contentKey(
    await gitOut(['ls-tree', workTree.treeHash, ...inputs(ARCHES[arch].srcArch)], { cwd: workTree.path, signal }),
  )

/**
 * Exports the uapi headers of a tree (`make headers`), unless a tree with the same ones was exported before.
 * The caller holds the lock of the work tree.
 * @param key - of headersKey().
 * @throws LocalChanges if the work tree was edited meanwhile.
 */
export const exportHeaders = async (job: HeaderJob, key: string): Promise<HeaderPaths> => {
  const { workTree, arch, toolchain, output, signal } = job
  const name = join('headers', `${arch}-${key}`)
  const paths = { headers: join(name, 'include'), sources: join(name, 'sources') }
  const dir = cachePath(name)
  if (await exists(dir)) return paths
  await withLock(
    `headers-${key}`,
    async () => {
      await makeDirAtomic(dir, async temporary => {
        // Kbuild removes what an earlier tree exported from usr/include only when asked to.
        await run('rm', ['-rf', join(output, 'usr/include')], { signal })
        await make({ toolchain, source: workTree.path, output, targets: ['headers'], signal })
        await explainDiskErrors(dir, async () => {
          await run('cp', ['-r', join(output, 'usr/include'), join(temporary, 'include')], { signal })
          const sources = join(temporary, 'sources')
          await mkdir(sources)
          const there = await Promise.all(kept.map(path => exists(join(workTree.path, path))))
          const found = kept.filter((_, index) => there[index])
          await run('cp', ['-r', '--parents', ...found, sources], { cwd: workTree.path, signal })
        })
        // They are kept under the commit's name, so they must be of the commit, or every later build had others.
        const edited = [...(await changedFiles({ path: workTree.path, signal })), ...(await newHeaders(job))]
        if (edited.length > 0) throw new LocalChanges(workTree.path, edited)
      })
    },
    { signal },
  )
  return paths
}

/** Headers that git does not know of; Debian's tree ignores everything, so that is no reason to pass one over. */
const newHeaders = async ({ workTree, arch, signal }: HeaderJob): Promise<string[]> => {
  const files = await gitOut(['ls-files', '-z', '--others', '--', ...copied(ARCHES[arch].srcArch)], {
    cwd: workTree.path,
    signal,
  })
  return splitNul(files).filter(file => file.endsWith('.h'))
}
