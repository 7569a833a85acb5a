import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { contentKey, exists, folderKey } from '@kseries/host'
import type { FileEdit } from '../edits/types.ts'
import { SeriesInvalid, type SeriesProblem } from '../errors.ts'
import { completeFold } from '../fold/folder.ts'
import { parseChanges, type VersionChanges } from './changes.ts'
import { isEdits } from './edits-shape.ts'
import { type Message, parseMessage } from './message.ts'
import { importDefault, whatItThrew } from './modules.ts'
import { type SeriesMeta, seriesName, seriesSchema } from './schema.ts'

/** A file that a patch brings. */
export interface NewFile {
  /** In the kernel. */
  readonly path: string
  readonly mode: '100644' | '100755'
  readonly content: Uint8Array
}

export interface Patch {
  /** '01-securekey-type' */
  readonly name: string
  readonly message: Message
  readonly edits: readonly FileEdit[]
  readonly files: readonly NewFile[]
}

export interface Series {
  /** The folder's name. */
  readonly name: string
  /** Absolute. */
  readonly folder: string
  readonly meta: SeriesMeta
  readonly cover: Message
  /** Of changes.md, the newest version first. */
  readonly changes: readonly VersionChanges[]
  readonly patches: readonly Patch[]
  /** The same for the same commits: of what the patches say, however the modules came to say it. */
  readonly key: string
}

/**
 * Reads a series folder. A fold that was cut off while it wrote is completed first.
 * @throws FoldInterrupted if that cannot be; SeriesInvalid naming everything that is wrong with it.
 */
export const loadSeries = async (folder: string): Promise<Series> => {
  const root = resolve(folder)
  const problems: SeriesProblem[] = []
  const report = (path: string, message: string) => void problems.push({ path, message })
  if (!(await isFolder(root))) throw new SeriesInvalid(root, [{ path: '.', message: 'there is no such folder' }])
  await completeFold(dirname(root))
  const name = basename(root)
  // Branches and build folders carry it.
  for (const { message } of seriesName.safeParse(name).error?.issues ?? [])
    report('.', `its name ${message}: it is '${name}'`)
  // Not only of what commits are made of: edits.ts may import, or read, any file beside it.
  const moduleKey = await folderKey(root, path => /^(selftests|sent|node_modules|\.git)$/.test(path))
  const meta = await loadMeta(root, moduleKey, report)
  const cover = await loadMessage(root, 'cover.md', 'cover', problems)
  const { changes, problems: wrong } = parseChanges(
    await readFile(join(root, 'changes.md'), 'utf8').catch(() => ''),
    'changes.md',
  )
  problems.push(...wrong)
  const loaded = await Promise.all(
    (await patchNames(root, report)).map(async patch => {
      const its: SeriesProblem[] = []
      return { patch: await loadPatch(root, patch, moduleKey, its), its }
    }),
  )
  const patches = loaded.map(({ patch }) => patch)
  problems.push(...loaded.flatMap(({ its }) => its))
  if (!meta || problems.length > 0) throw new SeriesInvalid(root, problems)
  return { name, folder: root, meta, cover, changes, patches, key: keyOf(patches) }
}

type Say = (path: string, message: string) => void

const keyOf = (patches: readonly Patch[]) =>
  contentKey(
    patches.map(({ files, ...patch }) => ({
      ...patch,
      files: files.map(({ path, mode, content }) => [path, mode, createHash('sha256').update(content).digest('hex')]),
    })),
  )

const isFolder = (path: string) =>
  stat(path).then(
    found => found.isDirectory(),
    () => false,
  )

const loadMeta = async (root: string, moduleKey: string, say: Say): Promise<SeriesMeta | undefined> => {
  if (!(await exists(join(root, 'series.ts'))))
    return void say('series.ts', 'it is missing: export default defineSeries({ … })')
  let exported: unknown
  try {
    exported = await importDefault(root, 'series.ts', moduleKey)
  } catch (error) {
    return void say('series.ts', whatItThrew(error, 'series.ts'))
  }
  if (exported === undefined)
    return void say('series.ts', 'it must have a default export: export default defineSeries({ … })')
  const parsed = seriesSchema.safeParse(exported)
  if (parsed.success) return parsed.data
  for (const issue of parsed.error.issues)
    say('series.ts', `${issue.path.join('.') || 'default export'}: ${issue.message}`)
  return undefined
}

const loadMessage = async (
  root: string,
  path: string,
  kind: 'commit' | 'cover',
  problems: SeriesProblem[],
): Promise<Message> => {
  const source = await readFile(join(root, path), 'utf8').catch(() => undefined)
  if (source === undefined) {
    problems.push({ path, message: 'it is missing: subject, blank line, body' })
    return { subject: '', body: '' }
  }
  const parsed = parseMessage(source, path, kind)
  problems.push(...parsed.problems)
  return parsed.message
}

const patchNames = async (root: string, say: Say): Promise<string[]> => {
  const names = (await readdir(join(root, 'patches')).catch(() => [])).toSorted()
  if (names.length === 0) say('patches', 'there must be at least one patch: patches/01-name/')
  const numbers = new Map<string, string>()
  for (const name of names) {
    const number = /^(\d\d)-[a-z0-9]+(?:-[a-z0-9]+)*$/.exec(name)?.[1]
    const twin = number === undefined ? undefined : numbers.get(number)
    if (number === undefined) say(`patches/${name}`, "its name must be two digits and lower-case words: '01-name'")
    else if (twin !== undefined) say(`patches/${name}`, `it has the same number as ${twin}`)
    else numbers.set(number, name)
  }
  return [...numbers.values()]
}

const loadPatch = async (root: string, name: string, moduleKey: string, problems: SeriesProblem[]): Promise<Patch> => {
  const folder = `patches/${name}`
  const say: Say = (path, message) => void problems.push({ path: `${folder}/${path}`, message })
  const parts = await readdir(join(root, folder)).catch(() => undefined)
  if (parts === undefined) problems.push({ path: folder, message: 'it must be a folder' })
  for (const part of parts ?? [])
    if (!['message.md', 'edits.ts', 'tree'].includes(part))
      say(part, 'a patch consists of message.md, edits.ts and tree/; whole files of the kernel go into tree/')
  const before = problems.length
  const message = await loadMessage(root, `${folder}/message.md`, 'commit', problems)
  const files = parts?.includes('tree') ? await loadTree(join(root, folder, 'tree'), say) : []
  const edits = parts?.includes('edits.ts') ? await loadEdits(root, `${folder}/edits.ts`, moduleKey, problems) : []
  if (parts && files.length === 0 && edits.length === 0 && problems.length === before)
    problems.push({ path: folder, message: 'it changes nothing: it has neither edits nor files in tree/' })
  return { name, message, edits, files }
}

const loadEdits = async (
  root: string,
  path: string,
  moduleKey: string,
  problems: SeriesProblem[],
): Promise<FileEdit[]> => {
  try {
    const exported = await importDefault(root, path, moduleKey)
    if (isEdits(exported)) return exported
    problems.push({ path, message: 'its default export must be a list of edit(…), deleteFile(…) and when(…)' })
  } catch (error) {
    problems.push({ path, message: whatItThrew(error, path) })
  }
  return []
}

/** Whether a file is none of the kernel's sources, by its name. */
export const isLeftover = (path: string): boolean =>
  /(~|\.orig|\.rej|\.sw[op]|\.o|\.cmd|^\.#.*|^#.*#)$/.test(path.slice(path.lastIndexOf('/') + 1))

const loadTree = async (tree: string, say: Say): Promise<NewFile[]> => {
  const files: NewFile[] = []
  const entries = await readdir(tree, { recursive: true, withFileTypes: true })
  for (const entry of entries) {
    const source = join(entry.parentPath, entry.name)
    const path = source.slice(tree.length + 1)
    if (entry.isDirectory()) continue
    if (isLeftover(path)) say(`tree/${path}`, "it looks like an editor's or a build's leftover")
    else if (!entry.isFile()) say(`tree/${path}`, 'it must be a regular file')
    else {
      const mode = ((await stat(source)).mode & 0o111) === 0 ? '100644' : '100755'
      files.push({ path, mode, content: await readFile(source) })
    }
  }
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}
