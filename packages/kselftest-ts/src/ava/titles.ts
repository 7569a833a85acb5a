import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { cachePath, contentKey, folderKey, writeFileAtomic } from '@kseries/host'
import { isMatch } from 'matcher'

/** The titles of test files, remembered: to run one test, files without one of that title need not be loaded. */
export class Titles {
  /** Of each file: a name for all that its titles may depend on. */
  readonly #keys: ReadonlyMap<string, string>

  private constructor(keys: ReadonlyMap<string, string>) {
    this.#keys = keys
  }

  /**
   * @param files - absolute paths. Titles may depend on the file itself and on what lies beside the files and is no test file.
   * @param context - names what else they may depend on.
   */
  static async of(files: readonly string[], context: string): Promise<Titles> {
    const folders = [...new Set(files.map(dirname))]
    const tests = new Set(files)
    const beside = await Promise.all(folders.map(folder => folderKey(folder, path => tests.has(join(folder, path)))))
    const keys = files.map(async file => {
      const content = await readFile(file, 'utf8').catch(() => undefined)
      return [file, contentKey([content, beside, context])] as const
    })
    return new Titles(new Map(await Promise.all(keys)))
  }

  /** The files that may have a test whose title matches one of the patterns, as ava's --match; all that are not known. */
  async withMatch(patterns: readonly string[]): Promise<readonly string[]> {
    const files = [...this.#keys]
    const may = await Promise.all(
      files.map(async ([, key]) => (await recall(key))?.some(title => isMatch(title, patterns)) ?? true),
    )
    return files.filter((_, index) => may[index]).map(([file]) => file)
  }

  /** Remembers the titles of all tests of files. */
  async learn(titles: ReadonlyMap<string, readonly string[]>): Promise<void> {
    for (const [file, its] of titles) {
      const key = this.#keys.get(file)
      if (key !== undefined) await writeFileAtomic(pathOf(key), JSON.stringify(its))
    }
  }
}

const recall = async (key: string): Promise<readonly string[] | undefined> => {
  try {
    return JSON.parse(await readFile(pathOf(key), 'utf8')) as readonly string[]
  } catch {
    return undefined
  }
}

const pathOf = (key: string) => cachePath('titles', `${key}.json`)
