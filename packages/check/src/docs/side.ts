import { posix } from 'node:path'
import { gitOf, readFiles, type TreeFile } from '@kseries/patchgen'
import { fileOf, fromFolder, fromTop, isPage, type Page, readPage } from './page.ts'

/** The documentation of a tree, before a commit or after it: read as far as it is asked for. */
export class Side {
  readonly #gitDir: string
  readonly #commit: string
  readonly #signal: AbortSignal | undefined
  readonly #pages = new Map<string, Page>()

  constructor(gitDir: string, commit: string, signal?: AbortSignal) {
    this.#gitDir = gitDir
    this.#commit = commit
    this.#signal = signal
  }

  /** Of these files, those that there are; pages may name what can be none. */
  read(paths: readonly string[]): Promise<Map<string, TreeFile>> {
    return readFiles(this.#gitDir, this.#commit, paths.filter(isInTree), this.#signal)
  }

  /** The pages of these that there are. */
  async pages(paths: Iterable<string>): Promise<ReadonlyMap<string, Page>> {
    const wanted = [...paths]
    const files = await this.read(wanted.filter(path => !this.#pages.has(path)))
    for (const [path, { content }] of files)
      this.#pages.set(path, readPage(path, Buffer.from(content).toString('utf8')))
    return new Map(wanted.flatMap(path => (this.#pages.has(path) ? [[path, this.#pages.get(path) as Page]] : [])))
  }

  /** Names all of the documentation. */
  async tree(): Promise<string> {
    const args = ['rev-parse', '--verify', '--quiet', `${this.#commit}:Documentation`]
    return (await gitOf(this.#gitDir, args, { signal: this.#signal, okCodes: [0, 1] })).stdout
  }

  /** All pages that there are, by path. */
  async list(): Promise<ReadonlySet<string>> {
    const args = ['ls-tree', '-r', '-z', '--name-only', '--full-tree', this.#commit, '--', 'Documentation/']
    const { stdout } = await gitOf(this.#gitDir, args, { signal: this.#signal })
    return new Set(stdout.split('\0').filter(isPage))
  }

  /** The pages in which one of the words is. */
  async with(words: readonly string[]): Promise<string[]> {
    if (words.length === 0) return []
    const lines = await this.#grep(['-l', '-F', '-i', '-f', '-'], words.join('\n'))
    return lines.map(line => line.slice(this.#commit.length + 1))
  }

  /** What takes in what: pages by the files that they are made of. */
  async users(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
    const pattern = `^[[:space:]]*\\.\\. (${[...fromTop, ...fromFolder].join('|')})::`
    const users = new Map<string, Set<string>>()
    for (const line of await this.#grep(['-E', '--null', '-e', pattern])) {
      const [place = '', text = ''] = line.split('\0')
      const path = place.slice(this.#commit.length + 1)
      const [, name = '', argument = ''] = /\.\. ([\w-]+)::\s*(.*?)\s*$/.exec(text) ?? []
      for (const file of fileOf(path, name, argument)) users.set(file, (users.get(file) ?? new Set()).add(path))
    }
    return users
  }

  async #grep(args: readonly string[], input?: string): Promise<string[]> {
    const all = ['grep', '-I', '--no-color', ...args, this.#commit, '--', 'Documentation/*.rst']
    const options = { signal: this.#signal, pure: true, okCodes: [0, 1], ...(input !== undefined && { input }) }
    return (await gitOf(this.#gitDir, all, options)).stdout.split('\n').filter(Boolean)
  }
}

const isInTree = (path: string) => posix.normalize(path) === path && !/^[/:]|^\.\.?(\/|$)|\0|\n/.test(path)
