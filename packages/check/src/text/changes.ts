import { gitOf, parseHunks, readFiles } from '@kseries/patchgen'

/** A line that a commit brings. */
export interface AddedLine {
  /** In the file after the commit, from 1. */
  readonly line: number
  readonly text: string
}

/** What a commit does to a file. */
export interface FileChange {
  readonly path: string
  /** Added, modified, deleted; of renamed files one goes and one comes. */
  readonly kind: 'A' | 'M' | 'D'
  /** The file afterwards, a character a byte; empty if it went. */
  readonly after: string
  readonly before: string
  readonly added: readonly AddedLine[]
}

/** What a commit changes. Links and submodules are left out: no check looks into them. */
export const changesOf = async (
  gitDir: string,
  parent: string,
  commit: string,
  signal?: AbortSignal,
): Promise<FileChange[]> => {
  const common = ['diff-tree', '-r', '--no-renames', '--no-color', '--no-ext-diff', '--no-textconv']
  const options = { signal, pure: true }
  const [raw, patch] = await Promise.all([
    gitOf(gitDir, [...common, '--raw', '-z', parent, commit], options),
    gitOf(gitDir, [...common, '-p', '-U0', '--src-prefix=a/', '--dst-prefix=b/', parent, commit], {
      ...options,
      binary: true,
    }),
  ])
  const entries = [...raw.stdout.matchAll(/:(\d+) (\d+) \w+ \w+ ([AMDT])\0([^\0]+)\0/g)]
    .filter(([, was = '', is = '']) => `${was} ${is}`.split(' ').every(mode => /^(100|000)/.test(mode)))
    .map(([, , , kind, path = '']) => ({
      path,
      kind: kind === 'A' ? ('A' as const) : kind === 'D' ? ('D' as const) : ('M' as const),
    }))
  const paths = entries.map(({ path }) => path)
  const [was, is] = await Promise.all([
    readFiles(gitDir, parent, paths, signal),
    readFiles(gitDir, commit, paths, signal),
  ])
  const hunks = parseHunks(Buffer.from(patch.bytes).toString('latin1'))
  return entries.map(({ path, kind }) => {
    const text = (files: typeof is) => Buffer.from(files.get(path)?.content ?? []).toString('latin1')
    const after = text(is)
    const lines = after.split('\n')
    const added = (hunks.get(Buffer.from(path).toString('latin1')) ?? []).flatMap(({ newStart, newCount }) =>
      Array.from({ length: newCount }, (_, at) => ({ line: newStart + at + 1, text: lines[newStart + at] ?? '' })),
    )
    return { path, kind, after, before: text(was), added }
  })
}
