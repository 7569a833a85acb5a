import { lstat, mkdir, readdir, readFile, realpath, rename, rm, unlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import {
  cachePath,
  ExitCode,
  exists,
  explainDiskErrors,
  KseriesError,
  type Report,
  silent,
  step,
  withLock,
  writeFileAtomic,
} from '@kseries/host'
import { changedFiles, differing, emptyTree, unlikeCommit, untrackedIn } from './differences.ts'
import { needRoom, orDiskFull } from './disk.ts'
import { git, gitOut, repositoryDir } from './git.ts'
import { removeHalfMadeEntries, removeLocks, workTreeEntriesLock } from './leftovers.ts'

/** A kernel tree as files, at one commit. */
export interface WorkTree {
  readonly name: string
  /** The sources. Beside them stand the build folders, see build.ts. */
  readonly path: string
  readonly commit: string
  readonly treeHash: string
}

export interface CheckoutOptions {
  readonly signal?: AbortSignal | undefined
  readonly report?: Report
  /** Throw local changes away instead of refusing. @default false */
  readonly force?: boolean
  /**
   * Where edits are looked for: in all of the 96,000 files, or in those that are to be written, for who looks at the others later.
   * Edits of others stay where they are then, and are no error. @default 'all'
   */
  readonly look?: 'all' | 'written'
}

/** 1.6 GB of files in blocks of 4 kB. */
const ROOM = 2.2e9

/**
 * Puts the work tree `name` at a commit, making it if there is none. Only files that differ between where it is and where
 * it goes are written; the others keep their times, so make rebuilds what changed. A move that was cut off is completed.
 *
 * @param name - a file name; one per series.
 * @throws LocalChanges when a person's edits would be lost; TooLittleRoom, DiskFull, Interrupted
 */
export const checkout = (commit: string, name: string, options: CheckoutOptions = {}): Promise<WorkTree> => {
  return withWorkTree(name, () => moveWorkTree(commit, name, options), options)
}

/** Holds the lock that whoever reads or writes the work tree `name` holds; says whom it waits for. */
export const withWorkTree = <T>(
  name: string,
  work: () => Promise<T>,
  { signal, report = silent }: Pick<CheckoutOptions, 'signal' | 'report'>,
): Promise<T> => {
  const onWait = (holder: string) => report({ kind: 'note', text: `Waiting for ${holder}, which uses the work tree.` })
  return withLock(`work-${name}`, work, { signal, onWait })
}

/** `checkout` for who holds the lock already. */
export const moveWorkTree = async (commit: string, name: string, options: CheckoutOptions): Promise<WorkTree> => {
  const { signal, report = silent, force = false, look = 'all' } = options
  const [hashes, at] = await Promise.all([
    gitOut(['log', '-1', '--format=%H %T', commit, '--'], { signal }),
    currentCommit(placeOf(name, commit, signal)),
  ])
  const [to = '', treeHash = ''] = hashes.split(' ')
  const place = placeOf(name, to, signal)
  const { home, path } = place
  if (at === undefined) {
    await needRoom(home, ROOM, `work tree ${name}`)
    await step(report, `write the work tree ${name}`, () => create(place, report))
  } else {
    const cutOff = await readMarker(place)
    const stepping = stepBetween(at, to, signal)
    const [between, edited, committed, half, inTheWay] = await Promise.all([
      stepping,
      look === 'all' ? changedFiles(place) : stepping.then(({ files }) => changedAmong(place, files)),
      committedByOthers(place, at),
      differing(cutOff, signal),
      differing([at, to], signal, 'A').then(files => untrackedIn(place, files)),
    ])
    const dirty = [...edited, ...committed]
    // Files that an interrupted move was writing are neither old nor new; they are ours.
    const ours = new Set(half)
    const theirs = await unlike(
      place,
      [...dirty, ...inTheWay].filter(file => !ours.has(file)),
    )
    if (theirs.length > 0 && !force) throw new LocalChanges(path, theirs)
    // Whatever happens from here on, the files are of one of these commits; edits thrown away may be any file.
    const from = [...cutOff, at, ...(theirs.length > 0 ? [emptyTree] : [])]
    const all = cutOff.length > 0 || dirty.length > 0 || inTheWay.length > 0
    // Which sets all files to what the commit has.
    if (all && look === 'written') return await moveWorkTree(commit, name, { ...options, look: 'all' })
    // What is there as it should be, as after a fold, keeps its times.
    const known = theirs.length === 0 ? [...dirty, ...inTheWay].filter(file => !ours.has(file)) : []
    if (all || at !== to) await move(place, from, all ? undefined : between, known)
  }
  return { name, path, commit: to, treeHash }
}

/** Tracked files of the work tree `name` that somebody edited; none if there is no such tree, or it is just being moved. */
export const localChanges = async (name: string, signal?: AbortSignal): Promise<string[]> => {
  const place = placeOf(name, '', signal)
  const isThere = async () => !(await exists(place.marker)) && (await currentCommit(place)) !== undefined
  if (!(await isThere())) return []
  const files = await changedFiles(place)
  return (await isThere()) ? files : []
}

/** Where the files of the work tree `name` are, if there is one. */
export const workTreePath = (name: string): string => cachePath('work', name, 'linux')

const placeOf = (name: string, to: string, signal?: AbortSignal): Place => {
  const home = cachePath('work', name)
  return { home, path: workTreePath(name), marker: join(home, 'moving'), record: join(home, 'commit'), to, signal }
}

interface Place {
  readonly home: string
  readonly path: string
  /** While files are being written: the commits they may be from. */
  readonly marker: string
  /** The commit we left it at. */
  readonly record: string
  readonly to: string
  readonly signal: AbortSignal | undefined
}

const create = async (place: Place, report: Report) => {
  const { home, path, marker, to, signal } = place
  await explainDiskErrors(path, async () => {
    await mkdir(home, { recursive: true })
    if (await exists(path)) await putAside(path, report)
    await writeFileAtomic(marker, `${emptyTree} ${to}\n`)
    // git reads all entries when it adds one, and cannot bear one that is half written.
    const addEntry = async () => {
      await removeHalfMadeEntries(repositoryDir())
      await git(['worktree', 'prune', '--expire=now'], { signal })
      await git(['worktree', 'add', '--quiet', '--force', '--detach', '--no-checkout', path, to], { signal })
    }
    await withLock(workTreeEntriesLock, addEntry, { signal })
    await move(place, [emptyTree])
  })
}

/** What is no work tree of ours any more (the repository was deleted?) may yet have someone's edits in it. */
const putAside = async (path: string, report: Report) => {
  // All there is when `git worktree add` was cut off.
  if ((await readdir(path)).every(name => name === '.git')) return await rm(path, { recursive: true })
  let aside = `${path}.old`
  for (let n = 2; await exists(aside); n++) aside = `${path}.old${n}`
  await rename(path, aside)
  report({ kind: 'note', text: `${path} did not belong to the repository; it is now ${aside}.` })
}

/**
 * Writes what differs.
 * @param from - the commits that files may be of, the one we are at last.
 * @param between - of stepBetween() for these commits; none: compare with the files themselves, not only commit with commit.
 * @param known - files that are as they should be, though git's index does not know.
 */
const move = async (
  { path, marker, record, to, signal }: Place,
  from: readonly string[],
  between?: Step,
  known: readonly string[] = [],
) => {
  await explainDiskErrors(path, async () => {
    await writeFileAtomic(marker, `${[...new Set([...from, to])].join(' ')}\n`)
    const gitDir = await entryOf(path)
    if (gitDir !== undefined) await removeLocks(gitDir, ['index', 'HEAD', 'ORIG_HEAD'])
    await tellIndex(path, known, signal)
    // Off a branch that a person is on: it keeps their commits.
    const head = () => git(['update-ref', '--no-deref', 'HEAD', to], { cwd: path, signal })
    const write = ({ args, input }: Pick<Step, 'args' | 'input'>) =>
      git(args, { cwd: path, signal, input }).catch(async (error: unknown) => {
        throw await orDiskFull(path, error)
      })
    if (between) await Promise.all([head(), write(between)])
    else {
      await head()
      await write({ args: ['reset', '--hard', '--quiet', to], input: '' })
      // What a move that was cut off had begun to add, git does not know of.
      await removeStrays(path, from, to, signal)
    }
    await writeFileAtomic(record, `${to}\n`)
    await rm(marker)
  })
}

/** So many files are written one by one; from there on two whole trees are compared in less time. */
const FEW = 1000

/** What git is to do, and the files that it concerns. */
interface Step {
  readonly args: readonly string[]
  readonly input: string
  readonly files: readonly string[]
}

/** What writes what is not the same in two commits; the index and the files are as the first has them. */
const stepBetween = async (from: string, to: string, signal?: AbortSignal): Promise<Step> => {
  const [files, shapes] = await Promise.all([differing([from, to], signal, 'M'), differing([from, to], signal, 'ADT')])
  // git restore does not get by with a file in place of a folder, nor with no files.
  if (shapes.length > 0 || files.length === 0 || files.length > FEW)
    return { args: ['read-tree', '-m', '-u', from, to], input: '', files: [...files, ...shapes] }
  const paths = ['--pathspec-from-file=-', '--pathspec-file-nul']
  return {
    args: ['--literal-pathspecs', 'restore', `--source=${to}`, '--staged', '--worktree', ...paths],
    input: files.map(file => `${file}\0`).join(''),
    files,
  }
}

/** Those of the files that a person edited. */
const changedAmong = async (place: Place, files: readonly string[]) => {
  if (files.length === 0) return []
  return await changedFiles(place, files.length > FEW ? [] : files.map(file => `:(literal)${file}`))
}

/** Lets git's index know files as they are, but not a folder that stands where there was one. */
const tellIndex = async (path: string, files: readonly string[], signal?: AbortSignal) => {
  const isFolder = (file: string) =>
    lstat(join(path, file)).then(
      found => found.isDirectory(),
      () => false,
    )
  const folders = await Promise.all(files.map(isFolder))
  const input = files
    .filter((_, index) => !folders[index])
    .map(file => `${file}\0`)
    .join('')
  if (input !== '') await git(['update-index', '-z', '--add', '--remove', '--stdin'], { cwd: path, signal, input })
}

/** Deletes the files that the commits have and `to` has not. */
const removeStrays = async (path: string, commits: readonly string[], to: string, signal?: AbortSignal) => {
  const lists = await Promise.all(commits.map(commit => differing([to, commit], signal, 'A')))
  // A name may by now be a folder's, or below a file: then the stray is gone.
  const mustBeGone = (error: { code?: string }) => {
    if (!['ENOENT', 'ENOTDIR', 'EISDIR'].includes(error.code ?? '')) throw error
  }
  await Promise.all(lists.flat().map(file => unlink(join(path, file)).catch(mustBeGone)))
}

/** The commit the work tree is at, undefined if it is none. */
const currentCommit = async ({ path, signal }: Pick<Place, 'path'> & Partial<Place>): Promise<string | undefined> => {
  if (!(await ownsEntry(path))) return undefined
  const { exitCode, stdout } = await git(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], {
    cwd: path,
    signal,
    okCodes: [0, 1, 128],
  })
  return exitCode === 0 ? stdout : undefined
}

/**
 * Whether the repository's entry that the work tree names is its own. Entries are numbered, so when the repository was
 * deleted and made again it may be another work tree's. A git that is run in there would make it ours, after a day.
 */
const ownsEntry = async (path: string): Promise<boolean> => {
  const entry = await entryOf(path)
  if (entry === undefined) return false
  const owner = (await readOr(join(entry, 'gitdir'))).trim()
  return resolve(entry, owner) === join(await realpath(path), '.git')
}

/** The repository's entry that the work tree names. */
const entryOf = async (path: string): Promise<string | undefined> => {
  const entry = /^gitdir: (.*)/.exec(await readOr(join(path, '.git')))?.[1]
  return entry === undefined ? undefined : resolve(path, entry)
}

const readOr = (file: string, otherwise = ''): Promise<string> => readFile(file, 'utf8').catch(() => otherwise)

/** Files that a person changed by commits of their own in the work tree. */
const committedByOthers = async ({ record, marker, signal }: Place, at: string): Promise<string[]> => {
  const left = (await readOr(record, at)).trim()
  return left === at || (await exists(marker)) ? [] : await differing([left, at], signal)
}

/** Of the files, those that the move would really lose: what is there already as the target has it is no loss. */
const unlike = async ({ path, to, signal }: Place, files: readonly string[]) => {
  if (files.length === 0) return []
  const different = new Set(await unlikeCommit({ path, signal }, to))
  const untracked = await untrackedIn({ path, signal }, files)
  const same = new Set<string>()
  for (const file of untracked) {
    const [there, wanted] = await Promise.all([
      // A folder has none.
      git(['hash-object', '--', file], { cwd: path, signal, okCodes: [0, 128] }),
      git(['rev-parse', '--verify', '--quiet', `${to}:${file}`], { cwd: path, signal, okCodes: [0, 1, 128] }),
    ])
    if (there.stdout !== '' && there.stdout === wanted.stdout) same.add(file)
  }
  return files.filter(file => different.has(file) && !same.has(file))
}

const readMarker = async ({ marker }: Place): Promise<string[]> => (await readOr(marker)).split(/\s+/).filter(Boolean)

/** A person edited files of the work tree: a move would lose that, a build would have it under a wrong name. */
export class LocalChanges extends KseriesError {
  readonly files: readonly string[]

  constructor(path: string, files: readonly string[]) {
    const shown = files.slice(0, 8)
    const more = files.length > shown.length ? ` and ${files.length - shown.length} more` : ''
    super(`Cannot use the work tree ${path}: it has local changes in ${shown.join(', ')}${more}`, {
      hint:
        `Bring them home into the series with \`kseries fold\`, or put them away: git -C ${path} stash, or checkout -- FILE; ` +
        'move new files elsewhere; a commit of your own goes with reset --keep @~.',
      exitCode: ExitCode.usage,
    })
    this.files = files
  }
}
