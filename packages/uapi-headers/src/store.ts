import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cachePath, contentKey, folderKey, writeFileAtomic } from '@kseries/host'
import type { AbiName } from './abis.ts'
import { privateHeaders } from './kernel-private.ts'
import type { AbiDescription } from './layout.ts'

/** What a description is made of, but for the headers' contents. */
export interface Sources {
  /** Identity of the compiler. */
  readonly compiler: string
  readonly abi: AbiName
  readonly includes: readonly string[]
  /** Folders by a name that stays when the folder moves. */
  readonly roots: Readonly<Record<string, string>>
}

/** A file that was read, below one of the roots, or anywhere (root ''). */
interface Dependency {
  readonly root: string
  readonly path: string
  readonly hash: string
}

/** Which headers were read by earlier runs on the same includes; the newest first. A few kernels take turns. */
type Manifest = readonly { readonly key: string; readonly dependencies: readonly Dependency[] }[]

const manifestLength = 16

const manifestPath = async ({ compiler, abi, includes, roots }: Sources) => {
  const code = await folderKey(import.meta.dirname)
  return cachePath('abi', `${contentKey({ compiler, abi, includes, roots: Object.keys(roots), code })}.manifest.json`)
}

/** Where the description with this key is kept; give it to a test process as KSERIES_ABI. */
export const abiPath = (description: Pick<AbiDescription, 'key'>): string => cachePath('abi', `${description.key}.json`)

/**
 * A description made earlier from headers of the same content, wherever they are now. As ccache's direct mode does, the
 * files that were read then are looked at now: a few milliseconds, no compiler.
 */
export const load = async (sources: Sources): Promise<AbiDescription | undefined> => {
  const manifest = (await readJson<Manifest>(await manifestPath(sources))) ?? []
  for (const { key, dependencies } of manifest) {
    if (!dependencies.every(one => hashOf(sources, one) === one.hash && !isShadowed(sources, one))) continue
    const description = await readJson<AbiDescription>(abiPath({ key }))
    if (description) return description
  }
  return undefined
}

/**
 * Keeps a description, and notes which files it depends on.
 * @param files - absolute paths of the headers that were read; others are ignored.
 * @returns the description with its key.
 */
export const save = async (
  sources: Sources,
  files: readonly string[],
  made: Omit<AbiDescription, 'key'>,
): Promise<AbiDescription> => {
  const absolute = files.filter(file => file.startsWith('/') && !file.includes('/kseries-abi-'))
  const fromTree = sources.roots['tree'] === undefined ? [] : privateHeaders.map(path => ({ root: 'tree', path }))
  const dependencies: Dependency[] = []
  for (const place of [...absolute.map(file => placeOf(sources, file)), ...fromTree]) {
    dependencies.push({ ...place, hash: hashOf(sources, place) ?? '' })
  }
  const path = await manifestPath(sources)
  const { key: _key, ...description } = { key: '', ...made }
  const key = contentKey({ description, dependencies })
  const whole: AbiDescription = { ...description, key }
  await writeFileAtomic(abiPath(whole), JSON.stringify(whole))
  const others = ((await readJson<Manifest>(path)) ?? []).filter(entry => entry.key !== key)
  await writeFileAtomic(path, JSON.stringify([{ key, dependencies }, ...others].slice(0, manifestLength)))
  return whole
}

/** Nothing if there is no such file, or it is damaged: it will be made again. */
const readJson = async <T>(path: string): Promise<T | undefined> => {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T
  } catch {
    return undefined
  }
}

const placeOf = ({ roots }: Sources, file: string): { root: string; path: string } => {
  for (const [root, folder] of Object.entries(roots)) {
    if (file.startsWith(`${folder}/`)) return { root, path: file.slice(folder.length + 1) }
  }
  return { root: '', path: file }
}

/** Synchronous: a hundred small files, each in the page cache, take less time than as many trips through the thread pool. */
const hashOf = ({ roots }: Sources, { root, path }: { root: string; path: string }): string | undefined => {
  try {
    const bytes = readFileSync(root === '' ? path : join(roots[root] ?? '', path))
    return createHash('sha256').update(bytes).digest('hex').slice(0, 16)
  } catch {
    return undefined
  }
}

/** Whether a folder that is searched first has got a header of the same name since. */
const isShadowed = ({ roots }: Sources, { root, path }: Dependency): boolean =>
  root === 'headers' &&
  Object.entries(roots).some(([name, folder]) => name.startsWith('dir') && existsSync(join(folder, path)))
