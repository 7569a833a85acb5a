import { isUtf8 } from 'node:buffer'
import type { FileEdit } from '../edits/types.ts'
import { absent, treeDiff } from '../git/tree-diff.ts'
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
  const edits: FileEdit[] = []
  const files: { path: string; isExecutable: boolean; content: Uint8Array }[] = []
  for (const { path, oldMode, newMode, was, is, hunks } of await treeDiff(gitDir, before, after, { signal })) {
    const refuse = (why: string) => new ImportRefused(subject, `${path} ${why}`)
    const isGone = newMode === absent
    const mode = isGone ? oldMode : newMode
    if (!mode.startsWith('100')) throw refuse(mode === '120000' ? 'is a symbolic link' : 'is no regular file')
    if (isGone) edits.push({ kind: 'delete', path })
    else if (oldMode === absent) files.push({ path, isExecutable: newMode === '100755', content: is })
    else {
      if (oldMode !== newMode) throw refuse(`changes its mode from ${oldMode} to ${newMode}, which edits cannot say`)
      const [old = '', now = ''] = texts(was, is)
      if (/\0/.test(old + now)) throw refuse('is a binary file that changes')
      edits.push({ kind: 'edit', path, operations: await inferOperations(path, old, now, hunks) })
    }
  }
  return { edits, files }
}

/** As generating reads files: UTF-8 if the old one is that, else a byte a character. */
const texts = (...contents: readonly Uint8Array[]): string[] => {
  const encoding = isUtf8(contents[0] ?? new Uint8Array()) ? 'utf8' : 'latin1'
  return contents.map(content => Buffer.from(content).toString(encoding))
}
