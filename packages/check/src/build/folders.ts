import { dirname } from 'node:path'
import { ARCHES, type Arch } from '@kseries/kernel'
import { gitOf, readFiles } from '@kseries/patchgen'
import type { FileChange } from '../text/changes.ts'
import { objectOf, sourceOf } from './state.ts'

/** Of a folder with more C files than these, with what is below it, only the touched ones are compiled: fs/ has two thousand. */
const MOST = 400

/** What make is to build of what a series touches: folders with all that is below them, and objects of large ones. */
export const targetsFor = async (
  gitDir: string,
  head: string,
  arch: Arch,
  changes: readonly Pick<FileChange, 'path' | 'kind'>[],
  signal?: AbortSignal,
): Promise<string[]> => {
  const own = `arch/${ARCHES[arch].srcArch}/`
  const paths = changes
    .map(({ path }) => path)
    .filter(path => /(\.[chS]|\/(Makefile|Kbuild|Kconfig))$/.test(path) && path.includes('/'))
    .filter(path => !notBuilt.test(path) && (!path.startsWith('arch/') || path.startsWith(own)))
  const folders = [...new Set(paths.map(path => dirname(path)))]
  const list = ['ls-tree', '-r', '-z', '--name-only', '--full-tree', head, '--', ...folders.map(folder => `${folder}/`)]
  const files = folders.length === 0 ? [] : (await gitOf(gitDir, list, { signal })).stdout.split('\0')
  const isSmall = (folder: string) =>
    files.filter(file => file.startsWith(`${folder}/`) && file.endsWith('.c')).length <= MOST
  const small = folders.filter(isSmall)
  const top = small.filter(folder => !small.some(other => folder.startsWith(`${other}/`)))
  const isIn = (path: string) => top.some(folder => path.startsWith(`${folder}/`))
  const objects = paths.filter(path => path.endsWith('.c') && !isIn(path)).map(objectOf)
  return [...top.map(folder => `${folder}/`), ...new Set(objects)].toSorted()
}

const notBuilt = /^(tools|scripts|Documentation|samples|usr|include)\/|\/include\//

/** Those of the targets that a tree has. */
export const targetsOf = async (
  gitDir: string,
  commit: string,
  targets: readonly string[],
  signal?: AbortSignal,
): Promise<string[]> => {
  const proofs = (target: string) =>
    target.endsWith('/') ? [`${target}Makefile`, `${target}Kbuild`] : [sourceOf(target)]
  const files = await readFiles(gitDir, commit, targets.flatMap(proofs), signal)
  return targets.filter(target => proofs(target).some(path => files.has(path)))
}
