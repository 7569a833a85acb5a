import { join } from 'node:path'
import { exists, run } from '@kseries/host'
import pMap from 'p-map'

/** So many objects are looked at for a header. */
const FEW = 3

export interface IncludersJob {
  /** The sources. */
  readonly tree: string
  /** O= */
  readonly output: string
  /** The sources that are taken before others. */
  readonly first: readonly string[]
  readonly signal?: AbortSignal | undefined
}

/** Some sources whose objects were made with a header, as Kbuild's .cmd files have it (scripts/basic/fixdep.c). */
export const includersOf = async (header: string, job: IncludersJob): Promise<string[]> => {
  const { tree, output, first, signal } = job
  const name = header.replace(/^(.*\/)?include\//, '').replaceAll(/[.+]/g, '\\$&')
  const args = ['-rlE', '--include=.*.o.cmd', `/${name}( |$)`, '.']
  const { stdout } = await run('grep', args, { cwd: output, okCodes: [0, 1], signal })
  const sources = stdout.split('\n').flatMap(path => {
    const [, folder, object] = /^\.\/(.*?)\.([^/]+)\.o\.cmd$/.exec(path) ?? []
    return object === undefined ? [] : [`${folder}${object}.c`]
  })
  const rank = (source: string) => (first.includes(source) ? 0 : source.startsWith('arch/') ? 2 : 1)
  const there = await pMap(
    sources.toSorted((a, b) => rank(a) - rank(b)),
    async source => ((await exists(join(tree, source))) ? [source] : []),
    { concurrency: 16 },
  )
  return there.flat().slice(0, FEW)
}

/**
 * The lines of files of which something is in the output of the preprocessor (gcc -E), by file.
 * @param text - with line markers, `# 12 "file"`.
 * @param nameOf - what a file of these is called.
 * @param wanted - the files to look for, by that name.
 */
export const linesLeft = (
  text: string,
  nameOf: (path: string) => string,
  wanted: ReadonlySet<string>,
): Map<string, Set<number>> => {
  const names = new Map<string, string>()
  const found = new Map<string, Set<number>>()
  let its: Set<number> | undefined
  let at = 0
  for (const line of text.split('\n')) {
    const [, number, path = ''] = /^# (\d+) "(.*?)"/.exec(line) ?? []
    if (number !== undefined) {
      const name = names.get(path) ?? nameOf(path)
      names.set(path, name)
      its = wanted.has(name) ? (found.get(name) ?? new Set()) : undefined
      if (its) found.set(name, its)
      at = Number(number)
      continue
    }
    if (its && line.trim() !== '') its.add(at)
    at++
  }
  return found
}
