import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import {
  cachePath,
  contentKey,
  ExitCode,
  exists,
  folderKey,
  KseriesError,
  makeDirAtomic,
  type Report,
  run,
  writeFileAtomic,
} from '@kseries/host'
import { type AptOptions, fetchRef, findPackage, git, needRoom, type Place, unpackPackage } from '@kseries/kernel'
import { type FirmwareSource, type Part, slugOf } from './source.ts'

/** A part of the firmware that is there. */
export interface Prepared {
  /** Of its content: the same key, the same files. */
  readonly key: string
  readonly version: string
  /** Where it came from, in words. */
  readonly origin: string
  /** Absolute. */
  readonly tree: string
}

export interface PrepareOptions {
  readonly signal?: AbortSignal | undefined
  readonly report: Report
  /** Ask the source again although it is in the cache. @default false */
  readonly refresh?: boolean | undefined
  readonly apt?: AptOptions | undefined
}

/** Of the packages and what they unpack to, 250 MB. */
const ROOM = 0.4e9

/**
 * Brings a part of the firmware into the cache, once: later calls need no network. A folder is used where it is. The caller holds
 * the lock of the firmware.
 * @throws NotFirmware, NoNetwork, PackageGone, NoAptSources, AptRefused, GitSourceFailed, TooLittleRoom, DiskFull
 */
export const prepare = async (part: Part, source: FirmwareSource, options: PrepareOptions): Promise<Prepared> => {
  const label = `${part.title} from ${source.kind === 'folder' ? source.path : slugOf(part, source)}`
  if (source.kind === 'folder') {
    await refuseOthers(part, source.path, label)
    const key = await folderKey(source.path, path => unrelated.has(basename(path)))
    return { key, version: `folder-${key.slice(0, 8)}`, origin: `folder ${source.path}`, tree: source.path }
  }
  const record = cachePath('firmware', 'sources', `${slugOf(part, source)}.json`)
  const known = options.refresh ? undefined : await readRecord(record)
  if (known) return known
  const sources = cachePath('firmware', 'sources')
  await needRoom(sources, ROOM, `fetch of ${label}`)
  const fetched = source.kind === 'debian' ? await fetchDebian(part, options) : await fetchGit(source, options)
  const { folder, fill, ...about } = fetched
  const tree = join(sources, folder)
  await makeDirAtomic(tree, async temporary => {
    // What unpacks wants to make the folder itself.
    const unpacked = `${temporary}.tree`
    await rm(unpacked, { recursive: true, force: true })
    await fill(unpacked)
    await refuseOthers(part, unpacked, label)
    await rm(temporary, { recursive: true })
    await rename(unpacked, temporary)
  })
  await writeFileAtomic(record, `${JSON.stringify({ ...about, folder }, null, 2)}\n`)
  return { ...about, tree }
}

/** What is in a folder of sources and none. */
const unrelated = new Set(['.git', 'out', 'build', '__pycache__'])

interface Fetched extends Omit<Prepared, 'tree'> {
  /** A name for the content. */
  readonly folder: string
  readonly fill: (folder: string) => Promise<void>
}

const fetchDebian = async ({ debian, suites }: Part, { apt, signal, report }: PrepareOptions): Promise<Fetched> => {
  const found = await findPackage(cachePath('apt'), debian, { suites, ...apt, signal, report })
  const { name, version, suite } = found
  return {
    key: contentKey(['debian', name, version]),
    version,
    origin: `Debian ${name} ${version} (${suite})`,
    folder: `${name}_${version}`,
    fill: folder => unpackPackage(found, folder, { signal, report }),
  }
}

const fetchGit = async (source: Place & { kind: 'git' }, { signal, report }: PrepareOptions): Promise<Fetched> => {
  const repository = cachePath('firmware', 'git')
  const incoming = 'refs/kseries/fetched'
  await mkdir(repository, { recursive: true })
  const inIt = { cwd: repository, signal }
  await git(['init', '--quiet', '--bare', '.'], inIt)
  await fetchRef(source, { gitDir: repository, ref: incoming }, { signal, report })
  const commit = (await git(['rev-parse', '--verify', `${incoming}^{commit}`], inIt)).stdout
  const short = commit.slice(0, 12)
  return {
    key: commit,
    version: `git-${short}`,
    origin: `git:${source.url}#${source.ref} at ${short}`,
    folder: `git-${commit}`,
    fill: async folder => {
      const archive = `${folder}.tar`
      await git(['archive', '--format=tar', `--output=${archive}`, commit], inIt)
      await mkdir(folder)
      await run('tar', ['--extract', `--file=${archive}`, `--directory=${folder}`], { signal })
      await rm(archive)
    },
  }
}

/** The record is believed only if the files are there, so that either may be deleted. */
const readRecord = async (path: string): Promise<Prepared | undefined> => {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const { folder, ...about } = JSON.parse(text) as Omit<Prepared, 'tree'> & { readonly folder: string }
  const tree = cachePath('firmware', 'sources', folder)
  return (await exists(tree)) ? { ...about, tree } : undefined
}

const refuseOthers = async ({ title, landmarks }: Part, tree: string, label: string): Promise<void> => {
  for (const path of landmarks) if (!(await exists(join(tree, path)))) throw new NotFirmware(title, label, path)
}

/** The sources are of something else. */
export class NotFirmware extends KseriesError {
  constructor(title: string, label: string, missing: string) {
    super(`Cannot build ${label}: that is no ${title}, it has no ${missing}`, {
      hint: `Give the top folder, or the repository, of ${title}.`,
      exitCode: ExitCode.usage,
    })
  }
}
