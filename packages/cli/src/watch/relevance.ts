import { dirname, resolve } from 'node:path'

/** A file of a series, with its text. */
export interface Source {
  /** Absolute. */
  readonly path: string
  readonly text: string
}

/** Why a test file is where it is in the order. */
export type Reason = 'failed' | 'edited' | 'related' | 'other'

export interface Relevant {
  readonly file: string
  readonly why: Reason
}

/** What is known of a change. */
export interface Change {
  /** All of the selftests folders: test files and what they import. */
  readonly tests: readonly Source[]
  /** What was saved; deleted files have no text. */
  readonly touched: readonly Source[]
  /** Test files with a failure the last time they were run. */
  readonly failed: ReadonlySet<string>
}

/**
 * Orders test files by how much a change matters to them: those that failed; those that were edited, or import what was; those
 * that name constants of the uapi which the touched sources name, the rarest first; the others.
 */
export const byRelevance = ({ tests, touched, failed }: Change): readonly Relevant[] => {
  const files = tests.filter(({ path }) => path.endsWith('.test.ts'))
  const edited = importersOf(tests, new Set(touched.map(({ path }) => path)))
  const names = new Map(files.map(({ path, text }) => [path, constantsIn(text)]))
  const concerned = new Set(touched.flatMap(({ text }) => [...constantsIn(text)]))
  const users = (name: string) => [...names.values()].filter(some => some.has(name)).length
  const score = (path: string) =>
    [...(names.get(path) ?? [])].filter(name => concerned.has(name)).reduce((sum, name) => sum + 1 / users(name), 0)
  return files
    .map(({ path }) => {
      const points = score(path)
      const why: Reason = failed.has(path) ? 'failed' : edited.has(path) ? 'edited' : points > 0 ? 'related' : 'other'
      return { file: path, why, points }
    })
    .toSorted((a, b) => order.indexOf(a.why) - order.indexOf(b.why) || b.points - a.points)
    .map(({ file, why }) => ({ file, why }))
}

const order: readonly Reason[] = ['failed', 'edited', 'related', 'other']

/** The files, and all that import them, however far away. */
const importersOf = (sources: readonly Source[], files: ReadonlySet<string>): ReadonlySet<string> => {
  const found = new Set(files)
  for (let before = -1; before < found.size; ) {
    before = found.size
    for (const { path, text } of sources) {
      const imports = [...text.matchAll(/from '(\.[^']+)'/g)].map(([, name = '']) => resolve(dirname(path), name))
      if (imports.some(name => found.has(name))) found.add(path)
    }
  }
  return found
}

/** Names as the uapi has them: ALG_SET_MEM_FD. */
const constantsIn = (text: string): ReadonlySet<string> => new Set(text.match(/\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b/g) ?? [])
