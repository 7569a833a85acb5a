import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { exists } from '@kseries/host'
import type { Series } from '@kseries/patchgen'

/**
 * What a file in clients/ of a series exports by default. The types of its tests must be known, see $KSERIES_ABI.
 * @returns undefined if there is no such file, or if it exports nothing by default.
 */
export const bringsOf = async <T>({ folder }: Series, name: string): Promise<T | undefined> => {
  const file = join(folder, 'clients', name)
  if (!(await exists(file))) return undefined
  const { default: brought } = (await import(pathToFileURL(file).href)) as { readonly default?: T }
  return brought
}
