import { readFile, realpath, rm, stat, utimes } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { exists, run, writeFileAtomic } from '@kseries/host'
import type { BuildPlan } from './artefacts.ts'
import { differing } from './differences.ts'

// Kbuild's walk through all folders takes longer than to compile a changed file. It may stay away from where nothing can have changed.

/** A build folder, and what is to be built in it. */
export interface Revisit {
  readonly output: string
  /** The sources. */
  readonly source: string
  readonly plan: Pick<BuildPlan, 'treeHash' | 'settings'>
  readonly signal?: AbortSignal | undefined
}

/** What is left to do in a folder in which another tree's image was built. */
export interface Stale {
  /** The trees of which the folder has objects. */
  readonly trees: readonly string[]
  /** Objects that depend on what changed, relative to the build folder, and when they were made, in milliseconds. */
  readonly objects: ReadonlyMap<string, number>
  /** Variables with which make goes to their folders alone. */
  readonly variables: readonly string[]
}

/** What a build folder has: objects of one tree, or after errors of the compiler of some, and not all of the last. */
interface Content {
  readonly trees: readonly string[]
  readonly settings: string
}

/** Where the folder keeps that, while nobody makes anything in it. */
const recordOf = (output: string) => join(output, 'kseries-built.json')

/** The names of all objects of the image, but for those of libraries. */
const archive = 'vmlinux.a'

/** So many changed files are looked for; beyond them, or so many folders, the walk is worth its time. */
const FEW = { files: 20, folders: 12, trees: 8 }

/**
 * The objects to be made again, if make need not look for them. Which ones depend on a file is known from the `.X.cmd` that Kbuild keeps
 * beside each object (scripts/basic/fixdep.c); files that none of them names, such as Makefiles, may change anything, and so may files
 * that come and go, and whoever wrote into the folder after us.
 * @returns undefined when make has to look into all folders.
 */
export const staleObjects = async ({ output, source, plan, signal }: Revisit): Promise<Stale | undefined> => {
  const { trees, settings } = await contentOf(output)
  if (settings !== plan.settings || trees.length > FEW.trees) return undefined
  const [changed, others, isAsLeft] = await Promise.all([
    // A tree that is not in the repository any more is as good as none.
    differing([plan.treeHash, ...trees], signal, 'M').catch(() => []),
    differing([plan.treeHash, ...trees], signal, 'ADT').catch(() => trees),
    nothingIsNewer(output, signal),
  ])
  const files = [...new Set(changed)]
  if (!isAsLeft || others.length > 0 || files.length === 0 || files.length > FEW.files) return undefined
  const [users, members] = await Promise.all([usersOf(files, output, source, signal), membersOf(output, signal)])
  const objects = [...new Set([...users.values()].flat())]
  if (files.some(file => !users.has(file)) || objects.some(object => !members.has(object))) return undefined
  const folders = [...new Set(await Promise.all(objects.map(object => folderOf(output, object))))].toSorted()
  if (folders.includes('.') || folders.length > FEW.folders) return undefined
  const times = await Promise.all(objects.map(async object => [object, await madeAt(output, object)] as const))
  // What the top Makefile has scripts/Makefile.build make in there; all of it, without a goal.
  const goals = folders.map(folder => `${folder}/built-in.a`).join(' ')
  return { trees, objects: new Map(times), variables: [`single-goals=${goals}`] }
}

/**
 * Before make: from here on nobody knows what the folder has. The archive of all objects shall be made anew from those of the
 * folders: make itself would come to it only through the folders above the ones it goes to.
 */
export const beginBuild = async (output: string, stale: Stale | undefined): Promise<void> => {
  await rm(recordOf(output), { force: true })
  if (stale) await utimes(join(output, archive), 0, 0)
}

/** Whether make has made all of the objects again: a folder's Makefile may not be what its place makes one think. */
export const wereMade = async (output: string, { objects }: Stale): Promise<boolean> => {
  const made = await Promise.all([...objects].map(async ([object, before]) => (await madeAt(output, object)) > before))
  return made.every(Boolean)
}

/** After make, when nothing else is written to the folder. @param trees - of which it may have objects. */
export const endBuild = async (output: string, trees: readonly string[], settings: string): Promise<void> =>
  writeFileAtomic(recordOf(output), JSON.stringify({ trees, settings } satisfies Content))

/** Of no trees, if nobody knows, or the record is damaged. */
const contentOf = async (output: string): Promise<Content> => {
  try {
    return JSON.parse(await readFile(recordOf(output), 'utf8')) as Content
  } catch {
    return { trees: [], settings: '' }
  }
}

const nothingIsNewer = async (output: string, signal: AbortSignal | undefined) => {
  const args = [output, '-newer', recordOf(output), '-type', 'f', '-print', '-quit']
  return (await run('find', args, { signal })).stdout === ''
}

/** Of each of the files the targets that were made of it, as far as any were. */
const usersOf = async (
  files: readonly string[],
  output: string,
  source: string,
  signal: AbortSignal | undefined,
): Promise<Map<string, string[]>> => {
  const wanted = new Set(files)
  const roots = [source, await realpath(source)].map(root => `${root}/`)
  const names = [...new Set(files.map(file => file.slice(file.lastIndexOf('/') + 1)))]
  const patterns = names.flatMap(name => ['-e', `[^ ]*/${name.replaceAll(/[.[\]*^$\\]/g, '\\$&')}`])
  const grep = ['-rHo', '--include=.*.cmd', ...patterns, '.']
  const { stdout } = await run('grep', grep, { cwd: output, signal, okCodes: [0, 1] })
  const users = new Map<string, string[]>()
  for (const line of stdout.split('\n')) {
    const [, folder, target, named] = /^\.\/(.*?)\.([^/:]*)\.cmd:(.*)$/.exec(line) ?? []
    if (folder === undefined || target === undefined || named === undefined) continue
    // Some paths in there go up and down again.
    const path = resolve(output, named)
    const file = path.slice(roots.find(root => path.startsWith(root))?.length)
    if (wanted.has(file)) users.set(file, [...(users.get(file) ?? []), `${folder}${target}`])
  }
  return users
}

const membersOf = async (output: string, signal: AbortSignal | undefined): Promise<Set<string>> => {
  if (!(await exists(join(output, archive)))) return new Set()
  // What is no archive has none: make has to see to it.
  const { stdout } = await run('ar', ['t', archive], { cwd: output, signal, okCodes: [0, 1, 9] })
  return new Set(stdout.split('\n'))
}

/** The folder whose Makefile has the object made, most likely: it need not be the object's own. */
const folderOf = async (output: string, object: string): Promise<string> => {
  let folder = dirname(object)
  while (folder !== '.' && !(await exists(join(output, folder, 'built-in.a')))) folder = dirname(folder)
  return folder
}

/** 0 for what is not there. */
const madeAt = async (output: string, object: string) =>
  (await stat(join(output, object)).catch(() => undefined))?.mtimeMs ?? 0
