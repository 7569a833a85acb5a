import { isUtf8 } from 'node:buffer'
import { assertNever } from '@kseries/host'
import type { FileEdit, Operation } from '../edits/types.ts'
import { EditImpossible, type PatchPlace } from '../errors.ts'
import type { Change } from '../git/fast-import.ts'
import type { TreeFile } from '../git/repository.ts'
import { applyOperations, holds } from '../resolve/apply.ts'
import { nearestPaths } from '../resolve/target.ts'
import type { Patch } from '../series/load.ts'
import type { EditMemory } from './memory.ts'
import { ancestorsOf, pathsOfOperations } from './paths.ts'

/** What a patch does to a file, as it does it. */
export type OverlayEvent =
  | { readonly kind: 'put'; readonly path: string; readonly file: TreeFile }
  | { readonly kind: 'operation'; readonly path: string; readonly operation: Operation; readonly after: string }
  | { readonly kind: 'delete'; readonly path: string }

/** Files of a commit with what patches made of them so far. */
export class Overlay {
  readonly #files: Map<string, TreeFile>
  readonly #label: string
  readonly #memory: EditMemory
  readonly #watch: ((event: OverlayEvent) => void) | undefined

  /**
   * @param files - those of the base that may be asked for: all of pathsOf().
   * @param label - of the base, for conditions.
   * @param memory - of what edits gave before.
   * @param watch - is told of everything that is done; nothing is taken from memory then.
   */
  constructor(
    files: ReadonlyMap<string, TreeFile>,
    label: string,
    memory: EditMemory,
    watch?: (event: OverlayEvent) => void,
  ) {
    this.#files = new Map(files)
    this.#label = label
    this.#memory = memory
    this.#watch = watch
  }

  /**
   * Carries out a patch: its files, then its edits.
   * @returns what it changed, sorted by path.
   * @throws AnchorNotFound, AnchorAmbiguous, EditImpossible.
   */
  async apply(patch: Patch, place: PatchPlace): Promise<Change[]> {
    const before = new Map(this.#files)
    for (const { path, mode, content } of patch.files) {
      const isFolder = [...this.#files.keys()].some(other => other.startsWith(`${path}/`))
      const parent = ancestorsOf(path).find(folder => this.#files.get(folder)?.mode.startsWith('1'))
      if (isFolder || parent !== undefined)
        throw new EditImpossible(path, isFolder ? 'it is a folder' : `${parent} is a file, not a folder`, place)
      if (this.#files.has(path))
        throw new EditImpossible(
          path,
          'it exists already; a file in tree/ must be new, others are changed by edits.ts',
          place,
        )
      this.#files.set(path, { mode, content })
      this.#watch?.({ kind: 'put', path, file: { mode, content } })
    }
    await this.#applyEdits(patch.edits, place)
    const changes = [...new Set([...before.keys(), ...this.#files.keys()])].toSorted().flatMap((path): Change[] => {
      const [old, now] = [before.get(path), this.#files.get(path)]
      const isSame =
        old === now || (old && now && old.mode === now.mode && Buffer.compare(old.content, now.content) === 0)
      return isSame ? [] : [{ path, file: now }]
    })
    if (changes.length === 0) throw new EditImpossible('nothing', 'on this base the patch changes nothing', place)
    return changes
  }

  async #applyEdits(edits: readonly FileEdit[], place: PatchPlace): Promise<void> {
    const surroundings = { place, base: this.#label, read: async (path: string) => this.#text(path) }
    for (const edit of edits) {
      switch (edit.kind) {
        case 'edit': {
          const file = this.#editable(edit.path, place)
          const asked = pathsOfOperations(edit.operations).map(path => this.#text(path) ?? null)
          const inputs = [edit.path, edit.operations, this.#label, asked]
          const { path, operations } = edit
          const watch = this.#watch
          const told = watch && {
            watch: (operation: Operation, after: string) => watch({ kind: 'operation', path, operation, after }),
          }
          const work = async () => {
            const encoding = isUtf8(file.content) ? 'utf8' : 'latin1'
            const text = Buffer.from(file.content).toString(encoding)
            const edited = await applyOperations(path, text, operations, { ...surroundings, ...told })
            return encode(edited, encoding, path, place)
          }
          const content = watch ? await work() : await this.#memory.recall(file.content, inputs, work)
          this.#files.set(path, { mode: file.mode, content })
          break
        }
        case 'delete':
          this.#editable(edit.path, place)
          this.#files.delete(edit.path)
          this.#watch?.({ kind: 'delete', path: edit.path })
          break
        case 'when':
          await this.#applyEdits((await holds(edit.condition, surroundings)) ? edit.edits : edit.otherwise, place)
          break
        default:
          assertNever(edit)
      }
    }
  }

  #text(path: string): string | undefined {
    const file = this.#files.get(path)
    return file && Buffer.from(file.content).toString('utf8')
  }

  #editable(path: string, place: PatchPlace): TreeFile {
    const file = this.#files.get(path)
    if (!file)
      throw new EditImpossible(path, `there is no such file${nearestPaths(path, [...this.#files.keys()])}`, place)
    if (!file.mode.startsWith('100')) throw new EditImpossible(path, 'it is no regular file', place)
    return file
  }
}

const encode = (text: string, encoding: 'utf8' | 'latin1', path: string, place: PatchPlace): Uint8Array => {
  if (encoding === 'latin1' && /[^\0-\xff]/.test(text))
    throw new EditImpossible(path, 'it is not UTF-8, and the edit has characters that Latin-1 lacks', place)
  return Buffer.from(text, encoding)
}
