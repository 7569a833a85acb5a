import { isUtf8 } from 'node:buffer'
import { setImmediate } from 'node:timers/promises'
import { Interrupted } from '@kseries/host'
import type { FileEdit } from '../edits/types.ts'
import { EditImpossible } from '../errors.ts'
import { absent, treeDiff } from '../git/tree-diff.ts'
import { inferOperations } from '../infer/infer.ts'
import { isLeftover } from '../series/load.ts'
import { ImportRefused } from './errors.ts'
import type { Step } from './steps.ts'

/**
 * Bytes of a file times its hunks: for each hunk, ways to say it are tried on the whole file. A hundred hunks in the largest of
 * the files that people write, of 1 MB, are half of it, and take half a minute.
 */
const MOST_WORK = 200e6

/** What a patch of a series folder is made of. */
export interface PatchParts {
  readonly edits: readonly FileEdit[]
  readonly files: readonly { readonly path: string; readonly isExecutable: boolean; readonly content: Uint8Array }[]
}

/**
 * The change from one tree to another as a patch of a series folder: files that are new, edits of those that were there.
 * @throws ImportRefused for what a series folder cannot have: links, submodules, changed modes, changed binary files, names no
 * disk has.
 */
export const patchOf = async (gitDir: string, step: Step, signal?: AbortSignal): Promise<PatchParts> => {
  const differences = await treeDiff(gitDir, step.before, step.after, { signal })
  const edits: FileEdit[] = []
  const gone: string[] = []
  const files: { path: string; isExecutable: boolean; content: Uint8Array }[] = []
  for (const { path, oldMode, newMode, was, is, hunks } of differences) {
    const refuse = (why: string) => new ImportRefused(step, `${path} ${why}`)
    const unsayable = (error: unknown) => {
      if (!(error instanceof EditImpossible)) throw error
      throw refuse('changes as no edit can say it: its last line loses its line break, or its lines are too much alike')
    }
    // Finding anchors never waits for anything: Ctrl-C is seen here.
    await setImmediate()
    if (signal?.aborted) throw new Interrupted('import', signal.reason)
    const fault = nameFault(path)
    if (fault) throw refuse(fault)
    const isGone = newMode === absent
    const mode = isGone ? oldMode : newMode
    if (!mode.startsWith('100')) throw refuse(mode === '120000' ? 'is a symbolic link' : 'is no regular file')
    if (isGone) gone.push(path)
    else if (oldMode === absent) files.push({ path, isExecutable: newMode === '100755', content: is })
    else {
      if (oldMode !== newMode) throw refuse(`changes its mode from ${oldMode} to ${newMode}, which edits cannot say`)
      const [old = '', now = ''] = texts(was, is)
      if (/\0/.test(old + now)) throw refuse('is a binary file that changes')
      if (is.length * hunks.length > MOST_WORK) throw refuse(`has too many hunks for its size: ${hunks.length}`)
      const operations = await inferOperations(path, old, now, hunks).catch(unsayable)
      edits.push({ kind: 'edit', path, operations })
    }
  }
  const swapped = files.find(({ path }) => gone.some(isInPlaceOf(path)))
  if (swapped) throw new ImportRefused(step, `${swapped.path} makes a folder of a file, or a file of a folder`)
  return { edits: [...edits, ...gone.map((path): FileEdit => ({ kind: 'delete', path }))], files }
}

/** Whether a file went away that stood where the folder of this one is, or in a folder in its place. */
const isInPlaceOf = (path: string) => (gone: string) => path.startsWith(`${gone}/`) || gone.startsWith(`${path}/`)

/** As generating reads files: UTF-8 if the old one is that, else a byte a character. */
const texts = (...contents: readonly Uint8Array[]): string[] => {
  const encoding = isUtf8(contents[0] ?? new Uint8Array()) ? 'utf8' : 'latin1'
  return contents.map(content => Buffer.from(content).toString(encoding))
}

/** A tree that git did not make may hold any name; these must not become files below a folder. */
const nameFault = (path: string): string | undefined => {
  const parts = path.split('/')
  if (parts.some(part => /^(\.{0,2}|\.git)$/i.test(part))) return 'is a name that reaches out of the tree'
  if (path.includes('\ufffd')) return 'is a name that is not UTF-8'
  if (/["\\\p{Cc}\p{Cf}]/u.test(path)) return 'is a name with quotes, backslashes or invisible characters'
  if (path.length > 1000 || parts.some(part => Buffer.byteLength(part) > 255)) return 'is a name too long for a disk'
  if (isLeftover(path)) return "looks like an editor's or a build's leftover"
  return undefined
}
