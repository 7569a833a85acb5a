import { dirname, join } from 'node:path'
import { readFiles } from '@kseries/patchgen'
import type { FileChange } from '../text/changes.ts'
import { type Branch, branchesOf } from './conditionals.ts'

/** What the diff of a commit says about which configurations it must be built in. */
export interface Touched {
  /** Options of its Kconfig and Makefile lines, without CONFIG_: to be tried on, as module, and off. */
  readonly options: readonly string[]
  /** Options without which its C files are not compiled. */
  readonly needed: readonly string[]
  /** The C files that are to be compiled. */
  readonly sources: readonly string[]
  /** Branches of conditional compilation that it adds code to, by file. */
  readonly branches: ReadonlyMap<string, readonly Branch[]>
}

/** Reads a commit's diff, and the Makefiles around the C files it touches. */
export const touchedBy = async (
  gitDir: string,
  commit: string,
  changes: readonly FileChange[],
  signal?: AbortSignal,
): Promise<Touched> => {
  const options = new Set(changes.flatMap(change => [...optionsOfKconfig(change), ...optionsOfMakefile(change)]))
  const sources = changes.filter(({ path, kind }) => kind !== 'D' && isKernelSource(path)).map(({ path }) => path)
  const makefiles = await readMakefiles(gitDir, commit, sources, signal)
  const branches = new Map(
    changes.map(change => [change.path, addedTo(change)] as const).filter(([, its]) => its.length > 0),
  )
  const asked = [...branches.values()].flat().flatMap(branch => branch.options)
  const needed = new Set([...sources.flatMap(path => optionsFor(path, makefiles)), ...asked])
  return { options: [...options], needed: [...needed], sources, branches }
}

/** C files that Kbuild compiles for the kernel: not those of user space. */
const isKernelSource = (path: string) => path.endsWith('.c') && isOfKernel(path)
const isOfKernel = (path: string) => !/^(tools|scripts|Documentation|samples|usr)\//.test(path)

const addedTo = ({ path, kind, after, added }: FileChange): Branch[] => {
  if (kind === 'D' || !/\.[ch]$/.test(path) || !isOfKernel(path)) return []
  const lines = new Set(added.map(({ line }) => line))
  return branchesOf(after).filter(branch => branch.lines.some(line => lines.has(line)))
}

/** The entries that added lines are in. */
const optionsOfKconfig = ({ path, after, added }: FileChange): string[] => {
  if (!/(^|\/)Kconfig[^/]*$/.test(path)) return []
  const lines = after.split('\n')
  return added.flatMap(({ line, text }) => {
    if (text.trim() === '') return []
    const above = lines
      .slice(0, line)
      .findLast(one => /^\s*(menu)?config |^(menu|endmenu|if|endif|choice|source)\b/.test(one))
    return /^\s*(?:menu)?config (\w+)/.exec(above ?? '')?.[1] ?? []
  })
}

const optionsOfMakefile = ({ path, added }: FileChange): string[] =>
  isMakefile(path)
    ? added.flatMap(({ text }) => [...text.matchAll(/\$\(CONFIG_(\w+)\)/g)].map(([, name = '']) => name))
    : []

const isMakefile = (path: string) => /(^|\/)(Makefile|Kbuild)$/.test(path)

const readMakefiles = async (gitDir: string, commit: string, sources: readonly string[], signal?: AbortSignal) => {
  const folders = new Set(sources.flatMap(path => foldersAbove(path)))
  const names = [...folders].flatMap(folder => [join(folder, 'Makefile'), join(folder, 'Kbuild')])
  const files = await readFiles(gitDir, commit, names, signal)
  return new Map(
    [...files].map(([path, { content }]) => [path, Buffer.from(content).toString('latin1').replaceAll('\\\n', ' ')]),
  )
}

/** The options that stand between a C file and the top of the tree. */
const optionsFor = (path: string, makefiles: ReadonlyMap<string, string>): string[] => {
  const [folder = '.', ...above] = foldersAbove(path)
  const text = (where: string) => ['Makefile', 'Kbuild'].map(name => makefiles.get(join(where, name)) ?? '').join('\n')
  const own = rulesFor(text(folder), path.slice(folder.length + 1).replace(/\.c$/, '.o'))
  let below = folder
  const outer = above.flatMap(where => {
    const its = linesFor(text(where), `${below.slice(where === '.' ? 0 : where.length + 1)}/`).flatMap(
      ({ option }) => option ?? [],
    )
    below = where
    return its.slice(0, 1)
  })
  return [...own, ...outer]
}

/** Of an object, and of the objects that it is a part of. */
const rulesFor = (makefile: string, object: string, depth = 0): string[] => {
  const [line] = linesFor(makefile, object)
  if (!line || depth > 3) return []
  const its = line.option === undefined ? [] : [line.option]
  return line.target === 'obj' ? its : [...its, ...rulesFor(makefile, `${line.target}.o`, depth + 1)]
}

/** The lines `target-$(CONFIG_X) += … name …` that name something. */
const linesFor = (makefile: string, name: string) =>
  [...makefile.matchAll(/^\s*([\w.-]+?)-(?:\$\(CONFIG_(\w+)\)|[ym]|objs)\s*[:+]?=\s*(.*)$/gm)].flatMap(
    ([, target = '', option, names = '']) =>
      names.replace(/#.*/, '').split(/\s+/).includes(name) ? [{ target, option }] : [],
  )

/** 'drivers/x/y', 'drivers/x', 'drivers', '.' */
const foldersAbove = (path: string): string[] => {
  const folder = dirname(path)
  return folder === '.' ? ['.'] : [folder, ...foldersAbove(folder)]
}
