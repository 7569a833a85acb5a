import { isAbsolute, resolve } from 'node:path'
import { contentKey, ExitCode, KseriesError } from '@kseries/host'

/** Where a kernel tree comes from. */
export type TreeSource =
  | {
      readonly kind: 'apt'
      /** Major and minor: '7.3'. The newest stable release of it is taken. */
      readonly version: string
    }
  | {
      readonly kind: 'git'
      /** Anything git can fetch from, a local clone included. */
      readonly url: string
      /** A branch, a tag or a full commit hash. */
      readonly ref: string
    }
  | {
      readonly kind: 'folder'
      /** Absolute. */
      readonly path: string
    }

/** The base a series is generated onto when nobody asks for another. */
export const defaultVersion = '7.3'

/**
 * Reads a tree source as a person writes it: `7.3`, `git:URL#REF` or a folder's path (with a `/` in it).
 * @param cwd - what a relative path is relative to.
 * @throws TreeSourceSyntax
 */
export const parseTreeSource = (text: string, cwd: string = process.cwd()): TreeSource => {
  if (/^\d+\.\d+$/.test(text)) return { kind: 'apt', version: text }
  const place = parsePlace(text, cwd)
  if (!place) throw new TreeSourceSyntax(text)
  return place
}

/** A tree that is somewhere: in a git repository or in a folder. */
export type Place = Exclude<TreeSource, { kind: 'apt' }>

/**
 * Reads `git:URL#REF` or a folder's path (with a `/` in it).
 * @param cwd - what a relative path is relative to.
 * @returns undefined if it is neither.
 */
export const parsePlace = (text: string, cwd: string = process.cwd()): Place | undefined => {
  if (text.startsWith('git:')) {
    const at = text.lastIndexOf('#')
    const [url, ref] = at < 0 ? [text.slice(4), 'HEAD'] : [text.slice(4, at), text.slice(at + 1)]
    // A ref that begins with a dash would be read as an option.
    if (!url || !ref || ref.startsWith('-') || url.startsWith('-')) return undefined
    return { kind: 'git', url: /^\.{0,2}\//.test(url) ? resolve(cwd, url) : url, ref }
  }
  const isPath = text.includes('/') || text === '.' || text === '..'
  return isPath ? { kind: 'folder', path: resolve(cwd, text) } : undefined
}

/** What a person would call the tree: '7.3', 'git:…#v7.3', 'linux/'. */
export const sourceLabel = (source: TreeSource): string => {
  switch (source.kind) {
    case 'apt':
      return source.version
    case 'git':
      return `git:${source.url}#${source.ref}`
    case 'folder':
      return source.path
  }
}

/** A name for the source that can be part of a ref and of a file name. */
export const sourceSlug = (source: TreeSource): string =>
  source.kind === 'apt' ? source.version : `${source.kind}-${contentKey(source)}`

/** Whether git would read `url` as a folder of this machine. */
export const isLocalUrl = (url: string): boolean => isAbsolute(url) || url.startsWith('file://')

/** The text names no tree. */
export class TreeSourceSyntax extends KseriesError {
  constructor(text: string) {
    super(`Cannot read '${text}' as a kernel tree: it is no version, no git:URL#REF and no path`, {
      hint: `Write a version (${defaultVersion}), git:URL#REF, or a folder with a slash in it (./linux).`,
      exitCode: ExitCode.usage,
    })
  }
}
