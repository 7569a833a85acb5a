import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { run } from '@kseries/host'
import type { ExecutionContext } from 'ava'
import {
  type Answer,
  type EditedTree,
  type Folded,
  foldEdits,
  type Generated,
  generate,
  loadChain,
  readEdits,
} from '../../src/index.ts'
import { gitSays, makeRepo } from '../kernel.ts'

/** A series folder, what it generates, and a work tree of that which may be edited. */
export interface Workshop {
  readonly gitDir: string
  readonly base: string
  /** The series folder. */
  readonly folder: string
  /** The work tree. */
  readonly tree: string
  readonly generated: Generated
}

let count = 0

/** Generates a series folder and checks it out. */
export const openWorkshop = async (
  root: string,
  folder: string,
  files?: Readonly<Record<string, string | Uint8Array>>,
): Promise<Workshop> => {
  const number = ++count
  const { gitDir, base } = await makeRepo(join(root, `repo${number}`), files)
  const generated = await generate(await loadChain(folder), { gitDir, base, label: '7.3' })
  const tree = join(root, `tree${number}`)
  await gitSays(gitDir, 'worktree', 'add', '-q', '--detach', tree, generated.head)
  return { gitDir, base, folder, tree, generated }
}

/** Changes a file of the work tree; fails if there is nothing to change. */
export const edit = async ({ tree }: Workshop, path: string, from: string, to: string): Promise<void> => {
  const text = await readFile(join(tree, path), 'latin1')
  if (!text.includes(from)) throw new Error(`no '${from}' in ${path}:\n${text}`)
  await writeFile(
    join(tree, path),
    text.replace(from, () => to),
    'latin1',
  )
}

export const write = async (folder: string, path: string, text: string): Promise<void> => {
  await mkdir(dirname(join(folder, path)), { recursive: true })
  await writeFile(join(folder, path), text)
}

/** The work tree as it is, as a person commits it. */
export const commitAll = async ({ gitDir, tree }: Pick<Workshop, 'gitDir' | 'tree'>): Promise<EditedTree> => {
  const git = async (...args: string[]) => (await run('git', ['-C', tree, ...args])).stdout
  await git('add', '-A', '-f')
  await git('commit', '-q', '--allow-empty', '-m', 'mine')
  const [commit, edited] = [await git('rev-parse', 'HEAD'), await git('rev-parse', 'HEAD^{tree}')]
  return { path: tree, commit, tree: edited, objects: [join(gitDir, 'objects')] }
}

const nobody: Answer = () => undefined

/** Folds the work tree into the folder, and puts it there; the patch that is named takes what is unclear. */
export const foldTree = async (shop: Workshop, into?: string, dryRun = false): Promise<Folded> => {
  const { gitDir, base, folder } = shop
  const edited = await commitAll(shop)
  const edits = await readEdits({ chain: await loadChain(folder), gitDir, base, label: '7.3', edited })
  const series = (await loadChain(folder)).at(-1)?.name ?? ''
  const folded = await foldEdits(edits, into === undefined ? nobody : () => ({ series, patch: into }), { dryRun })
  if (!dryRun) await run('git', ['-C', shop.tree, 'reset', '-q', '--soft', folded.generated.head])
  return folded
}

/** What a patch changes, wherever it does so. */
export const patchIds = async ({ gitDir }: Workshop, { commits }: Generated): Promise<Map<string, string>> => {
  const ids = await Promise.all(
    commits.map(async ({ hash, patch }) => {
      const diff = await gitSays(gitDir, 'diff-tree', '-p', '-U0', `${hash}^`, hash)
      return [patch, diff.replaceAll(/^(index |@@ ).*$/gm, '')] as const
    }),
  )
  return new Map(ids)
}

/** The folder gives the edited tree; if patches are named only they have another diff. */
export const isHome = async (
  t: ExecutionContext,
  shop: Workshop,
  changed: readonly string[] | undefined,
): Promise<Generated> => {
  const { gitDir, base, folder, generated } = shop
  const now = await generate(await loadChain(folder), { gitDir, base, label: '7.3', branches: false })
  t.is(now.treeHash, (await commitAll(shop)).tree)
  if (changed === undefined) return now
  const [before, after] = [await patchIds(shop, generated), await patchIds(shop, now)]
  t.deepEqual(
    [...after.keys()].filter(patch => before.get(patch) !== after.get(patch)),
    changed,
  )
  return now
}

/** All files of a folder with their content. */
export const contents = async (folder: string): Promise<Record<string, string>> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  return Object.fromEntries(
    await Promise.all(
      files.toSorted().map(async file => [file.slice(folder.length + 1), await readFile(file, 'latin1')]),
    ),
  )
}

/** Deletes a file of the work tree. */
export const remove = ({ tree }: Workshop, path: string): Promise<void> => rm(join(tree, path))
