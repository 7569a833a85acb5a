import { CommandFailed } from '@kseries/host'
import { RepoLocked } from '../errors.ts'
import { git } from './repository.ts'

export interface Change {
  readonly path: string
  /** undefined: the file goes away. */
  readonly file: { readonly mode: string; readonly content: Uint8Array } | undefined
}

export interface CommitPlan {
  /** The ref this commit, if it is the last of that name, is recorded under. */
  readonly ref: string
  readonly message: string
  /** 'Name <mail>' */
  readonly identity: string
  /** Seconds since 1970. */
  readonly time: number
  readonly changes: readonly Change[]
}

export interface Written {
  readonly hash: string
  readonly tree: string
}

/**
 * Writes commits on top of each other in one git process. fast-import reads and writes only the trees on the way to what
 * changes, so the size of the kernel does not matter; no index, no work tree.
 * https://git-scm.com/docs/git-fast-import
 * @throws RepoLocked if another process holds a ref.
 */
export const writeCommits = async (
  gitDir: string,
  base: string,
  plans: readonly CommitPlan[],
  signal?: AbortSignal,
): Promise<Written[]> => {
  const parts: (string | Uint8Array)[] = ['feature done\n']
  plans.forEach(({ ref, message, identity, time, changes }, index) => {
    const mark = index + 1
    const who = `${identity} ${time} +0000`
    parts.push(`commit ${ref}\nmark :${mark}\nauthor ${who}\ncommitter ${who}\n`, ...data(Buffer.from(message)))
    parts.push(`from ${index === 0 ? base : `:${index}`}\n`)
    for (const { path, file } of changes) {
      if (file) parts.push(`M ${file.mode} inline ${quoted(path)}\n`, ...data(file.content))
      else parts.push(`D ${quoted(path)}\n`)
    }
    parts.push(`\nget-mark :${mark}\nls :${mark} ""\n`)
  })
  parts.push('done\n')
  const input = Buffer.concat(parts.map(part => (typeof part === 'string' ? Buffer.from(part) : part)))
  const { stdout } = await explainLocks(gitDir, () =>
    git(gitDir, ['fast-import', '--quiet', '--force', '--date-format=raw'], { input, signal }),
  )
  const lines = stdout.split('\n')
  return plans.map((_plan, index) => {
    const hash = lines[2 * index] ?? ''
    const tree = /^040000 tree (\w+)/.exec(lines[2 * index + 1] ?? '')?.[1]
    if (tree === undefined || !/^[0-9a-f]{40,}$/.test(hash))
      throw new Error(`git fast-import said: ${stdout.slice(0, 300)}`)
    return { hash, tree }
  })
}

/** A ref's way; undefined for one that is not there, before or after. */
export interface RefMove {
  readonly ref: string
  readonly to: string | undefined
  readonly from: string | undefined
}

/** Moves refs all at once, each only if it still is where it was seen. */
export const moveRefs = async (gitDir: string, moves: readonly RefMove[], signal?: AbortSignal): Promise<void> => {
  const input = moves
    .map(({ ref, to, from }) =>
      to === undefined ? `delete ${ref} ${from ?? ''}\n` : `update ${ref} ${to} ${from ?? '0'.repeat(to.length)}\n`,
    )
    .join('')
  await explainLocks(gitDir, () => git(gitDir, ['update-ref', '--stdin', '-m', 'kseries generate'], { input, signal }))
}

const data = (content: Uint8Array): (string | Uint8Array)[] => [`data ${content.length}\n`, content, '\n']

const quoted = (path: string) =>
  /["\n\\]/.test(path) ? `"${path.replaceAll(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"` : path

const explainLocks = async <T>(gitDir: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    if (error instanceof CommandFailed) {
      const said = error.stderr
        .split('\n')
        .find(line => /\.lock'|cannot lock ref|[Uu]nable to (create|lock)/.test(line))
      if (said) throw new RepoLocked(gitDir, said.trim(), error)
    }
    throw error
  }
}
