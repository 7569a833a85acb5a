import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { CommandFailed, ExitCode, KseriesError, run } from '@kseries/host'
import type { Generated, GeneratedCommit } from '../generate/generate.ts'
import { git, readFiles } from '../git/repository.ts'
import type { Recipients } from './compose.ts'

const script = 'scripts/get_maintainer.pl'

/** Nothing of the history, which names whoever touched a line; no roles behind the addresses. */
const options = ['--no-git', '--no-git-fallback', '--no-fixes', '--no-rolestats']

/**
 * Asks the kernel's scripts/get_maintainer.pl who is to get each patch: maintainers and reviewers in To, lists in Cc. The script is
 * the base's own, MAINTAINERS that of the last commit, with what the series adds to it.
 * @param commits - the patches to ask for.
 * @returns the recipients of each.
 * @throws MaintainersUnknown if the base has no such script, or it fails or does not end.
 */
export const askMaintainers = async (
  { gitDir, base, head }: Generated,
  commits: readonly GeneratedCommit[],
  {
    signal,
    onPatch,
  }: { readonly signal?: AbortSignal; readonly onPatch?: (subject: string, index: number) => void } = {},
): Promise<Recipients[]> => {
  const tree = await mkdtemp(join(tmpdir(), 'kseries-maintainers-'))
  try {
    await layOut(tree, gitDir, base.commit, head, commits, signal)
    const answers: Recipients[] = []
    for (const [index, { hash, subject }] of commits.entries()) {
      onPatch?.(subject, index)
      const shown = ['show', '--format=email', '--no-renames', '--no-color', '--no-ext-diff', '--no-textconv', hash]
      const { bytes } = await git(gitDir, shown, { signal, pure: true, binary: true })
      const [to, cc] = await Promise.all([
        ask(tree, ['--no-l'], bytes, signal),
        ask(tree, ['--no-m', '--no-r'], bytes, signal),
      ])
      answers.push({ to, cc })
    }
    return answers
  } finally {
    await rm(tree, { recursive: true, force: true })
  }
}

/** As much of a kernel tree as the script looks at. Which patterns of MAINTAINERS are folders it asks the file system. */
const layOut = async (
  tree: string,
  gitDir: string,
  base: string,
  head: string,
  commits: readonly GeneratedCommit[],
  signal: AbortSignal | undefined,
) => {
  const [ofBase, ofHead] = await Promise.all([
    readFiles(gitDir, base, [script, '.get_maintainer.ignore', '.get_maintainer.conf', '.mailmap'], signal),
    readFiles(gitDir, head, ['MAINTAINERS'], signal),
  ])
  if (!ofBase.has(script)) throw new MaintainersUnknown(`the base has no ${script}`)
  if (!ofHead.has('MAINTAINERS')) throw new MaintainersUnknown('there is no MAINTAINERS')
  // By these the script knows a kernel tree, top_of_kernel_tree().
  const marks = ['COPYING', 'CREDITS', 'Kbuild', 'Makefile', 'README'].map(path => [path, new Uint8Array()] as const)
  const folders = ['Documentation', 'arch', 'include', 'drivers', 'fs', 'init', 'ipc', 'kernel', 'lib', 'scripts']
  const touched = commits.flatMap(({ files }) => files.map(path => dirname(path)))
  for (const folder of new Set([...folders, ...touched])) await mkdir(join(tree, folder), { recursive: true })
  const contents = [...ofBase, ...ofHead].map(([path, { content }]) => [path, content] as const)
  for (const [path, content] of [...marks, ...contents]) await writeFile(join(tree, path), content)
}

const ask = async (
  tree: string,
  which: readonly string[],
  patch: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<string[]> => {
  try {
    const { stdout } = await run('perl', [script, ...options, ...which], {
      cwd: tree,
      input: patch,
      signal,
      timeout: 120_000,
      // It reads .get_maintainer.conf there, too.
      env: { HOME: tree, LC_ALL: 'C.UTF-8' },
    })
    return stdout.split('\n').filter(line => /^[^\s@]+@[^\s@]+$|<[^\s@<>]+@[^\s@<>]+>$/.test(line))
  } catch (error) {
    if (error instanceof CommandFailed) throw new MaintainersUnknown(error.message, error)
    throw error
  }
}

/** scripts/get_maintainer.pl gave no answer. */
export class MaintainersUnknown extends KseriesError {
  constructor(why: string, cause?: unknown) {
    super(`Cannot ask ${script} who is to get the patches: ${why}`, {
      exitCode: ExitCode.usage,
      hint: 'Name the recipients in series.ts (to, cc) and give --no-maintainers, or give --to and --cc.',
      ...(cause === undefined ? {} : { cause }),
    })
  }
}
