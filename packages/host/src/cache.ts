import { userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { ExitCode, KseriesError } from './errors.ts'

/**
 * The folder for everything that can be made again: kernel trees, objects, artefacts, results.
 *
 * `$KSERIES_CACHE`, else `$XDG_CACHE_HOME/kseries`, else `~/.cache/kseries`.
 * @param parts - path components below it.
 * @returns an absolute path; the folder need not exist.
 * @throws CacheFolderUnusable
 */
export const cachePath = (...parts: readonly string[]): string => {
  const { KSERIES_CACHE, XDG_CACHE_HOME, HOME } = process.env
  const caches = () => XDG_CACHE_HOME || join(HOME || userInfo().homedir, '.cache')
  const root = resolve(KSERIES_CACHE || join(caches(), 'kseries'))
  if (/[\s:]/.test(root)) throw new CacheFolderUnusable(root)
  return join(root, ...parts)
}

/** Kernels cannot be built in the folder: their Makefile refuses a space or a colon in the path. */
export class CacheFolderUnusable extends KseriesError {
  constructor(root: string) {
    super(`Cannot use '${root}' as the cache folder: a kernel is not built in a path with a space or a colon`, {
      hint: 'Set KSERIES_CACHE to a folder without them.',
      exitCode: ExitCode.usage,
    })
  }
}
