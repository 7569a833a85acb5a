import { realpathSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'

const self = new URL('../index.ts', import.meta.url).href
/** Folders whose modules were imported: the content key they had first, and the one they have. */
const folders = new Map<string, { readonly first: string; readonly key: string }>()
let hooked = false

/**
 * What the URLs of a folder's modules end in, so that a long-lived process (a watch, an editor) sees what changed, in the modules
 * they import too. Nothing the first time: by that URL node finds what it compiled in another process, of modules that are the same
 * in a folder that is not.
 */
const suffixOf = (folder: string): string => {
  const { first, key } = folders.get(folder) ?? {}
  return first === key ? '' : `?key=${key}`
}

// Modules of a series folder find this package wherever the folder is.
const hook = () => {
  if (hooked) return
  hooked = true
  registerHooks({
    resolve(specifier, context, next) {
      const parent = context.parentURL?.split('?')[0] ?? ''
      const folder = [...folders.keys()].find(one => parent.startsWith(one))
      if (folder === undefined) return next(specifier, context)
      if (specifier === '@kseries/patchgen') return { url: self, shortCircuit: true }
      const resolved = next(specifier, context)
      return resolved.url.startsWith(folder)
        ? { ...resolved, url: `${resolved.url.split('?')[0]}${suffixOf(folder)}` }
        : resolved
    },
  })
}

/**
 * Imports a module of a series folder afresh when the folder changed.
 * @param key - of all files of the folder that modules may import or read.
 * @returns its default export.
 */
export const importDefault = async (folder: string, path: string, key: string): Promise<unknown> => {
  hook()
  const url = pathToFileURL(`${realpathSync(folder)}/`).href
  folders.set(url, { first: folders.get(url)?.first ?? key, key })
  // A module may wait at its top level; it must not hold us for ever.
  const abandon = new AbortController()
  try {
    const late = delay(10_000, undefined, { signal: abandon.signal, ref: true }).then(() => {
      throw new Error('it did not finish loading within 10 s')
    })
    const loaded = (await Promise.race([import(`${new URL(path, url).href}${suffixOf(url)}`), late])) as {
      default?: unknown
    }
    return loaded.default
  } finally {
    abandon.abort()
  }
}

/** What a module threw, with its line when that is in the module: "boom (line 7)". */
export const whatItThrew = (error: unknown, path: string): string => {
  if (!(error instanceof Error)) return `it threw ${String(error)}`
  const name = RegExp.escape(path.split('/').at(-1) ?? path)
  const at = new RegExp(`/${name}(?:\\?key=\\w+)?:(\\d+)`).exec(error.stack ?? '')
  const what = error.message
    .split('\n')
    .filter(line => line.trim() !== '')
    .slice(0, 6)
    .join(' ')
  return `${error.name}: ${what}${at ? ` (line ${at[1]})` : ''}`
}
