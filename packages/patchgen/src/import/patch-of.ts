import { isUtf8 } from 'node:buffer'
import type { FileEdit } from '../edits/types.ts'
import { git, readFiles } from '../git/repository.ts'
import { parseHunks } from '../infer/hunks.ts'
import { inferOperations } from '../infer/infer.ts'
import { ImportRefused } from './errors.ts'
import type { Step } from './steps.ts'

/** What a patch of a series folder is made of. */
export interface PatchParts {
  readonly edits: readonly FileEdit[]
  readonly files: readonly { readonly path: string; readonly isExecutable: boolean; readonly content: Uint8Array }[]
}

/**
 * The change from one tree to another as a patch of a series folder: files that are new, edits of those that were there.
 * @throws ImportRefused for what a series folder cannot have: links, submodules, changed modes, changed binary files.
 */
export const patchOf = async (gitDir: string, step: Step, signal?: AbortSignal): Promise<PatchParts> => {
  const { before, after, subject } = step
  const common = ['diff-tree', '-r', '--no-renames', '--no-color', '--no-ext-diff', '--no-textconv', '--full-index']
  const [raw, patch] = await Promise.all([
    git(gitDir, [...common, '--raw', '-z', before, after], { signal, pure: true }),
    git(gitDir, [...common, '-p', '-U0', '--histogram', '--src-prefix=a/', '--dst-prefix=b/', before, after], {
      signal,
      pure: true,
      binary: true,
    }),
  ])
  const entries = [...raw.stdout.matchAll(/:(\d+) (\d+) \w+ \w+ ([A-Z])\0([^\0]+)\0/g)].map(
    ([, oldMode = '', newMode = '', kind = '', path = '']) => ({ oldMode, newMode, kind, path }),
  )
  const paths = entries.map(({ path }) => path)
  const [was, is] = await Promise.all([
    readFiles(gitDir, before, paths, signal),
    readFiles(gitDir, after, paths, signal),
  ])
  // One character a byte: hunks are counted in lines, whatever the encoding.
  const hunks = parseHunks(Buffer.from(patch.bytes).toString('latin1'))
  const edits: FileEdit[] = []
  const files: { path: string; isExecutable: boolean; content: Uint8Array }[] = []
  for (const { oldMode, newMode, kind, path } of entries) {
    const refuse = (why: string) => new ImportRefused(subject, `${path} ${why}`)
    const mode = kind === 'D' ? oldMode : newMode
    if (!mode.startsWith('100')) throw refuse(mode === '120000' ? 'is a symbolic link' : 'is no regular file')
    if (kind === 'D') edits.push({ kind: 'delete', path })
    else if (kind === 'A') {
      files.push({ path, isExecutable: newMode === '100755', content: is.get(path)?.content ?? new Uint8Array() })
    } else {
      if (oldMode !== newMode) throw refuse(`changes its mode from ${oldMode} to ${newMode}, which edits cannot say`)
      const [old = '', now = ''] = texts(was.get(path)?.content, is.get(path)?.content)
      if (/\0/.test(old + now)) throw refuse('is a binary file that changes')
      const its = hunks.get(Buffer.from(path).toString('latin1')) ?? []
      edits.push({ kind: 'edit', path, operations: await inferOperations(path, old, now, its) })
    }
  }
  return { edits, files }
}

/** As generating reads files: UTF-8 if the old one is that, else a byte a character. */
const texts = (...contents: readonly (Uint8Array | undefined)[]): string[] => {
  const encoding = isUtf8(contents[0] ?? new Uint8Array()) ? 'utf8' : 'latin1'
  return contents.map(content => Buffer.from(content ?? []).toString(encoding))
}
