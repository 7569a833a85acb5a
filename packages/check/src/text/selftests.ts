import { mkdir } from 'node:fs/promises'
import { dirname, join, posix } from 'node:path'
import { gitOf, readFiles } from '@kseries/patchgen'
import type { Problem } from '../model/finding.ts'
import { endOf } from '../subject/subject.ts'
import { aside, type Bench, type TextCheck, writeFiles } from './bench.ts'
import type { FileChange } from './changes.ts'
import { wordsOf } from './make-variables.ts'

/** Where selftests are. What is said of them depends on files that a commit does not touch, see key.ts. */
export const selftestsFolder = 'tools/testing/selftests'

/** Documentation/dev-tools/kselftest.rst, "Contributing new tests (details)": what a new test or folder must be named in. */
export const selftests: TextCheck = {
  tools: ['selftests'],
  look: async bench => {
    const makefiles = bench.changes.filter(({ path, kind }) => kind !== 'D' && isMakefile(path))
    return [...(await notIgnored(bench, makefiles)), ...(await newFolders(bench, makefiles))]
  },
}

const isMakefile = (path: string) => path.startsWith(`${selftestsFolder}/`) && path.endsWith('/Makefile')

/** What lib.mk makes, or has the folder's own rules make. */
const made = new Set(['TEST_GEN_PROGS', 'TEST_GEN_PROGS_EXTENDED', 'TEST_GEN_FILES', 'TEST_CUSTOM_PROGS'])

/** Programs of new Makefile words that git would offer to commit. */
const notIgnored = async (bench: Bench, makefiles: readonly FileChange[]): Promise<Problem[]> => {
  const programs = makefiles.flatMap(change => {
    const old = new Set(wordsOf(change.before, made))
    return [...new Set(wordsOf(change.after, made))]
      .filter(name => !old.has(name) && isProgram(name))
      .map(name => ({ name, change, path: posix.join(dirname(change.path), name) }))
  })
  const ignored = await ignoredOf(
    bench,
    programs.map(({ path }) => path),
  )
  return programs
    .filter(({ path }) => !ignored.has(path))
    .map(({ name, change: { path, added } }) => {
      const line = added.find(({ text }) => text.split(/[\s=]+/).includes(name))?.line
      const text = `${name} is made here, and no .gitignore has it: add it to ${dirname(path)}/.gitignore`
      return { tool: 'selftests', file: path, ...(line !== undefined && { line }), text, blocks: true }
    })
}

/** Not what a variable or a rule makes a name of, and not what the top of the tree ignores by its suffix. */
const isProgram = (name: string) => /^[\w./+-]+$/.test(name) && !/^\.\.?\/|\/\.\.\/|\.(a|o|ko|so)$/.test(name)

/**
 * As git itself reads the .gitignore files of the commit from the selftests' folder down. Not that of the tree's top: Debian's
 * ignores all there is.
 */
const ignoredOf = async ({ subject, commit, root, signal }: Bench, paths: readonly string[]): Promise<Set<string>> => {
  if (paths.length === 0) return new Set()
  const { gitDir } = subject
  const files = [...new Set(paths.flatMap(foldersOf))].map(folder => `${folder}/.gitignore`)
  const workTree = join(root, aside, 'selftests')
  await mkdir(workTree, { recursive: true })
  await writeFiles(workTree, await readFiles(gitDir, commit.hash, files, signal))
  const { stdout } = await gitOf(gitDir, ['check-ignore', '--no-index', '--stdin', '-z'], {
    signal,
    pure: true,
    input: paths.map(path => `${path}\0`).join(''),
    env: { GIT_WORK_TREE: workTree },
    okCodes: [0, 1],
  })
  return new Set(stdout.split('\0').filter(Boolean))
}

/** The folders of a path, up to that of all selftests. */
const foldersOf = (path: string): string[] => {
  const folder = dirname(path)
  return folder.length <= selftestsFolder.length ? [selftestsFolder] : [folder, ...foldersOf(folder)]
}

/** Folders that the commit brings: run with the others at the end of the series, with the options that they need. */
const newFolders = async (
  { subject, changes, signal }: Bench,
  makefiles: readonly FileChange[],
): Promise<Problem[]> => {
  const its = makefiles.filter(({ kind, after }) => kind === 'A' && /^-?include .*\blib\.mk/m.test(after))
  if (its.length === 0) return []
  const paths = its.flatMap(({ path }) => [
    join(dirname(path), 'config'),
    ...foldersOf(path).map(folder => join(folder, 'Makefile')),
  ])
  const files = await readFiles(subject.gitDir, endOf(subject), [...new Set(paths)], signal)
  const textOf = (path: string) => Buffer.from(files.get(path)?.content ?? []).toString('latin1')
  return its.flatMap(({ path }): Problem[] => {
    const folder = dirname(path)
    const name = folder.slice(selftestsFolder.length + 1)
    const needed = files.has(join(folder, 'config')) ? undefined : optionNeeded(folder, changes)
    return [
      ...(isTarget(name, textOf)
        ? []
        : [
            {
              tool: 'selftests',
              file: path,
              text: `no run of all selftests comes here: add TARGETS += ${name} to ${selftestsFolder}/Makefile`,
              blocks: true,
            },
          ]),
      ...(needed
        ? [
            {
              tool: 'selftests',
              file: needed.file,
              line: needed.line,
              text: `${needed.what} may need options, which ${folder}/config would name: there is none`,
              blocks: false,
            },
          ]
        : []),
    ]
  })
}

/** Itself, or one above whose Makefile goes there. */
const isTarget = (name: string, textOf: (path: string) => string): boolean => {
  const targets = new Set(wordsOf(textOf(`${selftestsFolder}/Makefile`), new Set(['TARGETS'])))
  const parts = name.split('/')
  return parts.some((_, count) => {
    const above = parts.slice(0, parts.length - count).join('/')
    if (!targets.has(above)) return false
    const rest = parts.slice(parts.length - count)
    return rest.every(part => textOf(`${selftestsFolder}/${above}/Makefile`).includes(part))
  })
}

/** A guess: what tests speak of that a kernel has only with an option. */
const optionNeeded = (folder: string, changes: readonly FileChange[]) => {
  const pattern =
    /\bCONFIG_\w+|\bmodprobe\s+[\w-]+|\/sys\/kernel\/debug\/[\w/-]+|\/dev\/(?!null|zero|full|u?random|std|fd\b|tty|ptmx|pts|shm|kmsg)\w[\w/-]*/
  for (const { path, added } of changes)
    if (path.startsWith(`${folder}/`) && !/\/(Makefile|settings|\.gitignore)$/.test(path))
      for (const { line, text } of added) {
        const what = pattern.exec(text)?.[0]
        if (what !== undefined) return { file: path, line, what }
      }
  return undefined
}
