import { isUtf8 } from 'node:buffer'
import { EditMemory } from '../generate/memory.ts'
import { Overlay, type OverlayEvent } from '../generate/overlay.ts'
import { pathsOf } from '../generate/paths.ts'
import { readFiles } from '../git/repository.ts'
import { linesOf } from '../infer/hunks.ts'
import type { Series } from '../series/load.ts'
import { History, type Step } from './history.ts'

/** A patch of a chain, by its place in it. */
export interface ChainPatch {
  readonly series: Series
  readonly patch: Series['patches'][number]
}

/** The patches of a chain in order; elsewhere they are spoken of by their index. */
export const patchesOf = (chain: readonly Series[]): ChainPatch[] =>
  chain.flatMap(series => series.patches.map(patch => ({ series, patch })))

export type Encoding = 'utf8' | 'latin1'

/** Generating reads a file as UTF-8 if it is that, else a byte a character. */
export const encodingOf = (content: Uint8Array): Encoding => (isUtf8(content) ? 'utf8' : 'latin1')

/**
 * Carries a chain out once more to see what it does to some files.
 * @param heads - the files' contents at the head of the chain, by path.
 * @throws what generating throws.
 */
export const traceFiles = async (
  chain: readonly Series[],
  where: { readonly gitDir: string; readonly base: string; readonly label: string },
  heads: ReadonlyMap<string, Uint8Array>,
  signal?: AbortSignal,
): Promise<Map<string, History>> => {
  const paths = [...heads.keys()]
  const files = await readFiles(where.gitDir, where.base, [...new Set([...pathsOf(chain), ...paths])], signal)
  const decoded = (path: string, content: Uint8Array) =>
    linesOf(Buffer.from(content).toString(encodingOf(heads.get(path) ?? content)))
  const bases = new Map(
    paths.map(path => {
      const file = files.get(path)
      return [path, file && decoded(path, file.content)] as const
    }),
  )
  const steps = new Map<string, Step[]>(paths.map(path => [path, []]))
  let patch = 0
  const watch = (event: OverlayEvent) => {
    const its = steps.get(event.path)
    if (!its) return
    if (event.kind === 'operation')
      its.push({ kind: 'operation', patch, operation: event.operation, lines: linesOf(event.after) })
    else {
      // What was before has no say in what comes after a file that is new, or gone.
      its.length = 0
      bases.set(event.path, undefined)
      if (event.kind === 'put') its.push({ kind: 'tree', patch, lines: decoded(event.path, event.file.content) })
    }
  }
  const overlay = new Overlay(files, where.label, new EditMemory('', '', {}), watch)
  for (const { series, patch: its } of patchesOf(chain)) {
    signal?.throwIfAborted()
    await overlay.apply(its, { series: series.name, patch: its.name })
    for (const [path, list] of steps) {
      const lines = list.at(-1)?.lines ?? bases.get(path)
      if (lines) list.push({ kind: 'end', patch, lines })
    }
    patch++
  }
  return new Map(paths.map(path => [path, new History(bases.get(path), steps.get(path) ?? [])]))
}
