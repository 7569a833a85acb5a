import { createHash } from 'node:crypto'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * A short name for a value, the same for equal content: keys of objects are sorted.
 * @returns 16 hexadecimal digits of SHA-256, enough for names of cache entries.
 */
export const contentKey = (value: unknown): string =>
  createHash('sha256').update(canonical(value)).digest('hex').slice(0, 16)

/**
 * A key of a folder's files: paths, contents and link targets; no times, no owners.
 * @param skip - says which relative paths to leave out (a folder with everything below it).
 */
export const folderKey = async (folder: string, skip: (path: string) => boolean = () => false): Promise<string> => {
  const hash = createHash('sha256')
  const visit = async (relative: string): Promise<void> => {
    const entries = await readdir(join(folder, relative), { withFileTypes: true })
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(relative, entry.name)
      if (skip(path)) continue
      if (entry.isDirectory()) await visit(path)
      else {
        const content = entry.isSymbolicLink() ? await readlink(join(folder, path)) : await readFile(join(folder, path))
        hash.update(`${path}\0${content.length}\0`).update(content)
      }
    }
  }
  await visit('')
  return hash.digest('hex').slice(0, 16)
}

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : typeof inner === 'bigint'
        ? `${inner}n`
        : inner,
  ) ?? 'undefined'
