import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * The folder for everything that can be made again: kernel trees, objects, artefacts, results.
 *
 * `$KSERIES_CACHE`, else `$XDG_CACHE_HOME/kseries`, else `~/.cache/kseries`.
 * @param parts - path components below it.
 * @returns an absolute path; the folder need not exist.
 */
export const cachePath = (...parts: readonly string[]): string => {
  const { KSERIES_CACHE, XDG_CACHE_HOME } = process.env
  const root = KSERIES_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'kseries')
  return join(root, ...parts)
}
