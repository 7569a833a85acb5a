import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { run } from '@kseries/host'
import type { Problem } from '../../model/finding.ts'
import { sandboxed } from '../../sandbox/sandbox.ts'
import type { FileChange } from '../../text/changes.ts'
import type { HeaderTree } from '../header-tree.ts'
import { headerOf } from '../touched.ts'
import type { ReadyScript } from './abidiff.ts'
import { problemsIn } from './log.ts'

export interface ScriptJob {
  readonly tree: HeaderTree
  /** For a repository of its own; anew each time. */
  readonly folder: string
  readonly script: ReadyScript
  readonly isSandboxed: boolean
  readonly signal?: AbortSignal | undefined
}

/** The script looks at one architecture: the machine's own. */
const arch = process.arch === 'arm64' ? 'arm64' : 'x86'

/** Headers that were there before, and that a program of the machine's own architecture includes. */
const comparable = (changes: readonly FileChange[]): readonly string[] =>
  changes.flatMap(({ path, kind }) => {
    const header = headerOf(path)
    return kind === 'A' || !header || (header.arch !== undefined && header.arch !== arch) ? [] : [header.name]
  })

export const hasComparable = (changes: readonly FileChange[]): boolean => comparable(changes).length > 0

/**
 * What the kernel's own scripts/check-uapi.sh says of a commit, in a repository of the few files that `make headers` needs: it would
 * lay out the whole tree twice. Headers that the commit does not touch are named to it as those that cannot be compiled.
 */
export const checkUapi = async (
  { tree, folder, script, isSandboxed, signal }: ScriptJob,
  parent: string,
  commit: string,
  changes: readonly FileChange[],
): Promise<readonly Problem[]> => {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'check-uapi.sh'), script.text)
  const repository = join(folder, 'linux')
  const git = (...args: readonly string[]) =>
    run('git', [`--git-dir=${repository}/.git`, `--work-tree=${tree.source}`, ...identity, ...args], { signal })
  await run('git', ['init', '-q', repository], { signal })
  for (const [name, hash] of [
    ['past', parent],
    ['base', commit],
  ] as const) {
    await tree.moveTo(hash)
    await git('add', '-A', '-f')
    const text = await readFile(join(tree.source, makefile), 'utf8').catch(() => '')
    const input = `${text}\n${await others(tree, comparable(changes))}`
    const { stdout: id } = await run('git', ['-C', repository, 'hash-object', '-w', '--stdin'], { input, signal })
    await git('update-index', '--add', '--cacheinfo', `100644,${id},${makefile}`)
    await git('commit', '-q', '--allow-empty', '-m', name)
    await git('tag', name)
  }
  await run('git', ['-C', repository, 'reset', '-q', '--hard'], { signal })
  const runner = isSandboxed ? sandboxed({ readable: [folder], writable: [] }) : run
  const { exitCode, stderr } = await runner(
    'bash',
    [join(folder, 'check-uapi.sh'), '-p', 'past', '-b', 'base', '-j', `${availableParallelism()}`],
    { cwd: repository, env: environment(repository), signal, okCodes: [0, 1, 2], timeout: 20 * 60_000 },
  )
  if (exitCode === 2) return prerequisite(stderr)
  return problemsIn(stderr, name =>
    changes
      .map(({ path }) => path)
      .find(path => {
        const header = headerOf(path)
        return header?.name === name && (header.arch === undefined || header.arch === arch)
      }),
  )
}

/** Names the headers that cannot be compiled for themselves. */
const makefile = 'usr/include/Makefile'

const identity = ['-c', 'user.name=kseries', '-c', 'user.email=kseries@localhost', '-c', 'commit.gpgsign=false']

const environment = (repository: string) => ({
  KERNEL_SRC: repository,
  ARCH: arch,
  LC_ALL: 'C',
  // In the sandbox somebody else asks.
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'safe.directory',
  GIT_CONFIG_VALUE_0: '*',
})

/** What the headers are that need not be compared, in the words of usr/include/Makefile, which the script reads as patterns of grep. */
const others = async (tree: HeaderTree, wanted: readonly string[]): Promise<string> => {
  const exported = await tree.exportFor(arch)
  const names = (await readdir(exported, { recursive: true })).filter(name => /^[\w./+-]+\.h$/.test(name))
  const left = names.filter(name => !wanted.includes(name) && !wanted.some(one => one.startsWith(name)))
  return `${left.map(name => `no-header-test += ^include/${name}`).join('\n')}\n`
}

/** With make's own exit code it is the tree that is at fault, of which is told elsewhere. */
const prerequisite = (words: string): readonly Problem[] => {
  const [, why] = /^error - (.*)$/m.exec(words) ?? []
  return why === undefined ? [] : [{ tool: 'check-uapi', text: `it does not run: ${why}`, blocks: false }]
}
