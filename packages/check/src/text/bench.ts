import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type { run } from '@kseries/host'
import { gitOf, readFiles, type TreeFile } from '@kseries/patchgen'
import type { Problem } from '../model/finding.ts'
import type { SeriesCommit, Subject } from '../subject/subject.ts'
import { changesOf, type FileChange } from './changes.ts'
import type { OwnersRecord } from './owners.ts'

/** A commit laid out for the tree's own scripts: they get by with a few files and need no work tree. */
export interface Bench {
  readonly subject: Subject
  readonly commit: SeriesCommit
  readonly changes: readonly FileChange[]
  /** The scripts of the trunk, MAINTAINERS of the commit, and the files it touches as they are after it. */
  readonly root: string
  /** The files it touches as they were before. */
  readonly before: string
  /** The commit as a mail, below `root`. */
  readonly mail: string
  /** Of MAINTAINERS at the end of the series; read when it is first asked for, as the words are. */
  readonly owners: () => readonly OwnersRecord[]
  /** Misspelt words with the right ones. */
  readonly words: () => Promise<ReadonlyMap<string, string>>
  /** Runs a script of the tree, where it cannot do harm if the series is not trusted. */
  readonly run: typeof run
  readonly signal: AbortSignal | undefined
}

/** Looks at one commit. */
export interface TextCheck {
  /** Names of the tools that its problems carry. */
  readonly tools: readonly string[]
  readonly look: (bench: Bench) => Promise<readonly Problem[]>
}

/**
 * Not where checkpatch would find them: it asks get_maintainer about each file, which takes longer than all else that it does, and has
 * a look at each line for each word. See maintainers.ts and spelling.ts.
 */
export const getMaintainerScript = 'scripts/get_maintainer.pl'
export const spellingList = 'scripts/spelling.txt'
/** Where in `root` they are. */
export const aside = 'kseries'

/** What checkpatch and get_maintainer take a kernel tree by, and their data. A series cannot change by what it is judged. */
const tools = [
  'COPYING',
  'CREDITS',
  'Kbuild',
  'Makefile',
  'README',
  'Documentation/dev-tools/checkpatch.rst',
  'scripts/checkpatch.pl',
  'scripts/const_structs.checkpatch',
  getMaintainerScript,
  'scripts/kernel-doc',
  'scripts/kernel-doc.py',
  'scripts/lib',
  spellingList,
  'tools/docs/kernel-doc',
  'tools/lib/python',
]
const folders = ['Documentation', 'arch', 'drivers', 'fs', 'include', 'init', 'ipc', 'kernel', 'lib', 'scripts']
const bindings = 'Documentation/devicetree/bindings'

/** The tools of a base, read once. */
export const readTools = async (subject: Subject, signal?: AbortSignal): Promise<Map<string, TreeFile>> =>
  await readBelow(subject, subject.trunk, tools, signal)

/** The files of a commit that are these paths, or below them. */
export const readBelow = async (
  { gitDir }: Pick<Subject, 'gitDir'>,
  commit: string,
  paths: readonly string[],
  signal?: AbortSignal,
) => {
  const { stdout } = await gitOf(gitDir, ['ls-tree', '-r', '-z', '--name-only', commit, '--', ...paths], { signal })
  return await readFiles(gitDir, commit, stdout.split('\0').filter(Boolean), signal)
}

/** Lays a commit out in a folder of its own, works there, and clears up. */
export const onBench = async <T>(
  job: Pick<Bench, 'subject' | 'commit' | 'signal' | 'owners' | 'words'> & {
    readonly runOn: (folders: readonly string[]) => typeof run
    readonly toolFiles: ReadonlyMap<string, TreeFile>
  },
  work: (bench: Bench) => Promise<T>,
): Promise<T> => {
  const { subject, commit, signal, toolFiles } = job
  const { gitDir } = subject
  const folder = await mkdtemp(join(tmpdir(), 'kseries-check-'))
  try {
    const [changes, mail, owners] = await Promise.all([
      changesOf(gitDir, commit.parent, commit.hash, signal),
      gitOf(gitDir, ['format-patch', '-1', '--stdout', '--no-signature', '--no-renames', commit.hash], {
        signal,
        pure: true,
        binary: true,
      }),
      readFiles(gitDir, commit.hash, ['MAINTAINERS'], signal),
    ])
    const [root, before] = [join(folder, 'linux'), join(folder, 'before')]
    for (const name of folders) await mkdir(join(root, name), { recursive: true })
    await mkdir(before)
    const trees = changes.some(({ path }) => /\.(dts[io]?|yaml)$|^Documentation\/devicetree/.test(path))
      ? await readBelow(subject, commit.hash, [bindings], signal)
      : new Map<string, TreeFile>()
    for (const files of [trees, toolFiles, owners]) await writeFiles(root, files)
    await mkdir(join(root, aside))
    for (const path of [getMaintainerScript, spellingList])
      if (toolFiles.has(path)) await rename(join(root, path), join(root, aside, basename(path)))
    for (const { path, kind, after, before: old } of changes) {
      // A file of the tools stays the base's.
      if (kind !== 'D' && !toolFiles.has(path)) await writeText(join(root, path), after)
      if (kind !== 'A') await writeText(join(before, path), old)
    }
    await writeFile(join(root, 'commit.mail'), mail.bytes)
    return await work({ ...job, run: job.runOn([root, before]), changes, root, before, mail: 'commit.mail' })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Writes files of a commit below a folder; links are left out. */
export const writeFiles = async (root: string, files: ReadonlyMap<string, TreeFile>) => {
  for (const [path, { mode, content }] of files) {
    if (!mode.startsWith('100')) continue
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), content, { mode: mode === '100755' ? 0o755 : 0o644 })
  }
}

const writeText = async (path: string, text: string) => {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text, 'latin1')
}
