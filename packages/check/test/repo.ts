import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { run } from '@kseries/host'
import { type Subject, subjectOfRange } from '../src/index.ts'

/** Gives this test file a cache, and a git configuration, of its own. */
export const isolate = async (): Promise<string> => {
  const root = await mkdtemp(join(tmpdir(), 'kseries-check-test-'))
  process.env['KSERIES_CACHE'] = join(root, 'cache')
  process.env['GIT_CONFIG_GLOBAL'] = join(root, 'gitconfig')
  process.env['GIT_CONFIG_NOSYSTEM'] = '1'
  for (const name of ['GIT_AUTHOR_NAME', 'GIT_AUTHOR_EMAIL', 'EMAIL']) delete process.env[name]
  await writeFile(join(root, 'gitconfig'), '[user]\n\tname = Test Person\n\temail = test@example.org\n')
  return root
}

/** Files by path: a text, or null for one that goes away. One that begins with #! is executable. */
export type Files = Readonly<Record<string, string | null>>

export const write = async (folder: string, files: Files): Promise<void> => {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name)
    if (text === null) await rm(path)
    else {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, text)
      if (text.startsWith('#!')) await chmod(path, 0o755)
    }
  }
}

export interface Commit {
  readonly message: string
  readonly files: Files
  readonly author?: string
}

/** A repository with commits, in order; the first has the tree. */
export class Repo {
  readonly folder: string
  #time = 1_700_000_000

  private constructor(folder: string) {
    this.folder = folder
  }

  static async make(folder: string, files: Files): Promise<Repo> {
    await run('git', ['init', '-q', '-b', 'main', folder])
    const repo = new Repo(folder)
    await repo.commit({ message: 'Linux', files })
    return repo
  }

  get gitDir(): string {
    return join(this.folder, '.git')
  }

  git = async (...args: readonly string[]): Promise<string> => (await run('git', ['-C', this.folder, ...args])).stdout

  async commit({ message, files, author = 'Test Person <test@example.org>' }: Commit): Promise<string> {
    await write(this.folder, files)
    await this.git('add', '-A', '-f')
    const date = `${++this.#time} +0000`
    const env = { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date }
    await run('git', ['-C', this.folder, 'commit', '-q', `--author=${author}`, '--cleanup=verbatim', '-F', '-'], {
      input: message,
      env,
    })
    return await this.git('rev-parse', 'HEAD')
  }

  /** Puts commits onto a commit, on a branch of that name, as a subject. */
  async series(name: string, base: string, commits: readonly Commit[]): Promise<Subject> {
    await this.git('checkout', '-q', '-f', '-B', name, base)
    await this.git('clean', '-q', '-f', '-d', '-x')
    for (const commit of commits) await this.commit(commit)
    return await subjectOfRange(this.gitDir, `${base}..${name}`)
  }
}
