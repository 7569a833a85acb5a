import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { FileEdit, Operation } from '../edits/types.ts'
import { FoldRefused } from './errors.ts'
import type { FileChange } from './folder.ts'
import { rewriteEdits } from './rewrite.ts'
import { type EditsSource, readSource } from './source.ts'
import type { ChainPatch } from './trace.ts'

/** A file of tree/ as it is to be. */
export interface TreeContent {
  readonly content: Uint8Array
  readonly isExecutable: boolean
}

/** A patch of a series folder with what is to change in it. */
export class PatchParts {
  readonly #its: ChainPatch
  /** Of its edits.ts, if it has one. */
  readonly source: EditsSource | undefined
  /** Files of its tree/; undefined for one that goes away. */
  readonly tree = new Map<string, TreeContent | undefined>()
  readonly operations = new Map<Operation, readonly Operation[]>()
  readonly added: FileEdit[] = []
  readonly dropped: FileEdit[] = []

  constructor(its: ChainPatch, source: EditsSource | undefined) {
    this.#its = its
    this.source = source
  }

  static async read(its: ChainPatch): Promise<PatchParts> {
    const path = join(its.series.folder, 'patches', its.patch.name, 'edits.ts')
    const text = await readFile(path, 'utf8').catch(() => undefined)
    return new PatchParts(its, text === undefined ? undefined : await readSource(text, its.patch.edits))
  }

  /** Takes the edits of a file away. @throws FoldRefused if they are part of a condition or of code. */
  dropEdits(path: string): void {
    for (const edit of this.#its.patch.edits) {
      if (edit.kind === 'when' && concerns(edit, path))
        throw new FoldRefused(
          [path],
          `when() in ${this.#name} edits it too`,
          `Change ${this.#name}/edits.ts by hand first.`,
        )
      if (edit.kind !== 'edit' || edit.path !== path) continue
      if (!this.source?.edits.has(edit))
        throw new FoldRefused(
          [path],
          `code in ${this.#name} makes edits of it`,
          `Change ${this.#name}/edits.ts by hand first.`,
        )
      this.dropped.push(edit)
    }
  }

  /** The files of the folder that change. @throws FoldRefused if nothing is left of the patch. */
  changes(): FileChange[] {
    const { series, patch } = this.#its
    const folder = join(basename(series.folder), 'patches', patch.name)
    const changes: FileChange[] = [...this.tree].map(([path, now]) => ({
      path: join(folder, 'tree', path),
      before: patch.files.find(file => file.path === path)?.content,
      after: now?.content,
      isExecutable: now?.isExecutable ?? false,
    }))
    const before = this.source?.text
    const isConcerned = this.operations.size > 0 || this.added.length > 0 || this.dropped.length > 0
    const after = isConcerned ? this.#rewritten() : before
    if (after !== before)
      changes.push({
        path: join(folder, 'edits.ts'),
        before: before === undefined ? undefined : Buffer.from(before),
        after: after === undefined ? undefined : Buffer.from(after),
        isExecutable: false,
      })
    const files = new Set(patch.files.map(({ path }) => path))
    for (const [path, now] of this.tree)
      if (now) files.add(path)
      else files.delete(path)
    if (files.size === 0 && after === undefined)
      throw new FoldRefused(
        [...this.tree.keys(), ...this.dropped.flatMap(edit => (edit.kind === 'edit' ? [edit.path] : []))],
        `nothing would be left of ${this.#name}`,
        `Delete ${folder} if that is what you mean, and generate again.`,
      )
    return changes
  }

  #rewritten(): string | undefined {
    try {
      return rewriteEdits(this.source, this.#its.patch.edits, this)
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      throw new FoldRefused(
        [`${this.#name}/edits.ts`],
        'the list that it exports is not written as one',
        'Write `export default [ … ]`.',
        error,
      )
    }
  }

  get #name() {
    return `${this.#its.series.name}/${this.#its.patch.name}`
  }
}

const concerns = (edit: FileEdit, path: string): boolean =>
  edit.kind === 'when' ? [...edit.edits, ...edit.otherwise].some(inner => concerns(inner, path)) : edit.path === path
