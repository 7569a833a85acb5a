import { readFile, utimes } from 'node:fs/promises'
import { cachePath, writeFileAtomic } from '@kseries/host'

const pathOf = (key: string) => cachePath('check', `${key}.json`)

/** What an earlier run found out under this key, which names all that it depends on. */
export const remembered = async <T>(key: string): Promise<T | undefined> => {
  try {
    const value = JSON.parse(await readFile(pathOf(key), 'utf8')) as T
    // For whoever cleans the cache: when it was last of use.
    await utimes(pathOf(key), new Date(), new Date())
    return value
  } catch {
    return undefined
  }
}

/** Keeps a result; an interrupted run leaves the whole of it or nothing. */
export const remember = async (key: string, value: unknown): Promise<void> =>
  await writeFileAtomic(pathOf(key), JSON.stringify(value))

/** What an earlier run found out under this key, or what is found out now, and kept. */
export const rememberedOr = async <T>(key: string, work: () => Promise<T>): Promise<T> => {
  const known = await remembered<T>(key)
  if (known !== undefined) return known
  const found = await work()
  await remember(key, found)
  return found
}
