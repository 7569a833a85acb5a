import { readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { exists, run, writeFileAtomic } from '@kseries/host'
import type { BuildWarning, MakeOutput } from '@kseries/kernel'

/**
 * What was said about each object of a build folder when it was made. make says it once; an object that stays is not made
 * again, and its warnings count all the same.
 */
export class BuildState {
  readonly #path: string
  readonly #marker: string
  readonly #output: string
  readonly #warnings: Map<string, readonly BuildWarning[]>

  private constructor(output: string, warnings: Map<string, readonly BuildWarning[]>) {
    this.#output = output
    this.#path = statePath(output)
    this.#marker = `${this.#path}.making`
    this.#warnings = warnings
  }

  /** Opens the state of a build folder. After a kill, objects newer than it are deleted: nobody heard what was said of them. */
  static async open(output: string, signal?: AbortSignal): Promise<BuildState> {
    const text = await readFile(statePath(output), 'utf8').catch(() => undefined)
    const entries = text === undefined ? [] : (JSON.parse(text) as [string, BuildWarning[]][])
    const state = new BuildState(output, new Map(entries))
    if (await exists(state.#marker)) {
      const newer = (await exists(state.#path)) ? ['-newer', state.#path] : []
      await run('find', [output, '-name', '*.o', ...newer, '-delete'], { signal })
    }
    return state
  }

  /** Before make runs. */
  async begin(): Promise<void> {
    await writeFileAtomic(this.#marker, '')
  }

  /** After it, whether it failed or not. */
  async end({ warnings, made }: MakeOutput): Promise<void> {
    for (const object of made) this.#warnings.delete(object)
    for (const [object, its] of Map.groupBy(warnings, warning => warning.object))
      if (object !== undefined) this.#warnings.set(object, its)
    await writeFileAtomic(this.#path, JSON.stringify([...this.#warnings]))
    await rm(this.#marker, { force: true })
  }

  /** Makes sure that a source is compiled by the next make, if the configuration has it. */
  async forget(source: string): Promise<void> {
    await rm(join(this.#output, objectOf(source)), { force: true })
  }

  /** Whether a source has been compiled. */
  async has(source: string): Promise<boolean> {
    return ((await stat(join(this.#output, objectOf(source))).catch(() => undefined))?.size ?? 0) > 0
  }

  /**
   * All that was said of the objects that are there, and whose source is: a folder that goes back to an earlier commit still has
   * what a later one brings.
   */
  async warnings(tree: string): Promise<BuildWarning[]> {
    const objects = [...this.#warnings]
    const counted = objects.map(async ([object, warnings]) => {
      if (!(await exists(join(this.#output, object)))) return []
      const source = join(tree, object.replace(/\.o$/, ''))
      if ((await exists(`${source}.c`)) || (await exists(`${source}.S`))) return warnings
      // Linked ones have no source, and objtool's and modpost's words.
      return warnings.filter(({ tool }) => tool !== 'gcc')
    })
    return (await Promise.all(counted)).flat()
  }
}

export const objectOf = (source: string): string => source.replace(/\.c$/, '.o')
export const sourceOf = (object: string): string => object.replace(/\.o$/, '.c')

/** Beside the build folder: what is built may write into that. */
const statePath = (output: string) => `${output}.warnings.json`
