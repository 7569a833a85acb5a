import type { Problem } from '../model/finding.ts'
import type { Branch } from './conditionals.ts'
import { objectOf } from './state.ts'
import type { Touched } from './touched.ts'

/** What of a commit no configuration that was tried has compiled: whole C files, and branches of conditional compilation in files. */
export class Uncompiled {
  readonly #sources: Set<string>
  readonly #branches: Map<string, readonly Branch[]>

  constructor({ sources, branches }: Touched) {
    this.#sources = new Set(sources)
    this.#branches = new Map(branches)
  }

  /** A configuration was built. */
  built(sources: readonly string[]): void {
    for (const source of sources) this.#sources.delete(source)
  }

  /** The files of which it is to be asked what the preprocessor leaves of them, now that this configuration is built. */
  inDoubt(compiled: readonly string[]): string[] {
    return [...this.#branches.keys()].filter(file => file.endsWith('.h') || compiled.includes(file))
  }

  /** @param lines - the lines of files of which the preprocessor has left something. */
  seen(lines: ReadonlyMap<string, ReadonlySet<number>>): void {
    for (const [file, its] of lines) {
      const left = this.#branches.get(file)?.filter(branch => !branch.lines.some(line => its.has(line))) ?? []
      if (left.length > 0) this.#branches.set(file, left)
      else this.#branches.delete(file)
    }
  }

  /** What is to be said at last. */
  problems(): Problem[] {
    const files = [...this.#sources].map(file => ({
      file,
      text: `no configuration that was tried compiles it: nothing made ${objectOf(file)}`,
    }))
    const branches = [...this.#branches]
      .filter(([file]) => !this.#sources.has(file))
      .flatMap(([file, its]) =>
        its.map(({ condition, lines: [line = 1] }) => ({
          file,
          line,
          text: `no configuration that was tried compiles what is behind ${condition}`,
        })),
      )
    return [...files, ...branches].map(problem => ({
      tool: 'compiled',
      ...problem,
      blocks: !problem.file.startsWith('arch/'),
    }))
  }
}
