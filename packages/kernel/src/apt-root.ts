import { readdir, readFile, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { cachePath, contentKey, exists, makeDirAtomic, run, silent, withLock, writeFileAtomic } from '@kseries/host'
import { type ClosureOptions, downloadClosure, findClosure } from './apt-closure.ts'
import { needRoom } from './disk.ts'

/** A folder that packages and what they depend on are unpacked in. */
export interface PackagesRoot {
  /** Of their content. */
  readonly key: string
  /** Absolute. */
  readonly folder: string
  /** 'xtest 4.10.0-1', of all that are in it. */
  readonly packages: readonly string[]
  readonly suite: string
}

/** Suites, the newest first: what is tried with a new kernel is new itself. */
const newestSuites = ['sid', 'forky', 'trixie'] as const

/** Of the packages and what they unpack to: a program with a few libraries has 50 MB. */
const ROOM = 0.5e9

/**
 * Unpacks packages of a machine of any architecture, with all that they depend on, into a folder of the cache, once: later calls need
 * no network. Nothing of them is run, so that what their maintainers' scripts would do (users, alternatives, services) is not done.
 * Left out is what programs are read about with, and what other languages and character sets take.
 *
 * @param names - of Debian packages.
 * @throws NoSuchPackage, NoNetwork, NoAptSources, AptRefused, TooLittleRoom, DiskFull
 */
export const unpackWithDependencies = async (
  names: readonly string[],
  options: ClosureOptions,
): Promise<PackagesRoot> => {
  const wanted = [...new Set(names)].toSorted()
  const { architecture, report = silent, signal } = options
  const record = cachePath('guest-packages', `${architecture}-${contentKey(wanted)}.json`)
  const known = await readRecord(record)
  if (known) return known
  const work = async (): Promise<PackagesRoot> => {
    const byOther = await readRecord(record)
    if (byOther) return byOther
    const home = cachePath('guest-packages')
    await needRoom(home, ROOM, `download of ${wanted.join(', ')}`)
    const closure = await findClosure(cachePath('apt'), wanted, { suites: newestSuites, ...options })
    const key = contentKey([LAYOUT, closure.files.map(({ file, hash }) => [file, hash])])
    const folder = join(home, `${architecture}-${key}`)
    const incoming = `${folder}.debs`
    try {
      await makeDirAtomic(folder, async temporary => {
        const debs = await downloadClosure(closure, incoming, { report, signal })
        for (const deb of debs) await run('dpkg-deb', ['--extract', deb, temporary], { signal })
        await leaveOut(temporary)
        await mergeUsr(temporary)
      })
    } finally {
      await rm(incoming, { recursive: true, force: true })
    }
    const packages = closure.files.map(({ name, version }) => `${name} ${version}`)
    const root = { key, packages, suite: closure.suite }
    await writeFileAtomic(record, `${JSON.stringify(root, null, 2)}\n`)
    return { ...root, folder }
  }
  return await withLock('guest-packages', work, {
    signal,
    onWait: holder => report({ kind: 'note', text: `Waiting for ${holder}, which unpacks packages.` }),
  })
}

/** The record is believed only if the files are there, so that either may be deleted. */
const readRecord = async (path: string): Promise<PackagesRoot | undefined> => {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const about = JSON.parse(text) as Omit<PackagesRoot, 'folder'>
  const folder = path.replace(/[^-]*\.json$/, about.key)
  return (await exists(folder)) ? { ...about, folder } : undefined
}

/** Changed with what is left out. */
const LAYOUT = 1

const leaveOut = async (root: string): Promise<void> => {
  const share = ['bug', 'doc', 'doc-base', 'i18n', 'info', 'lintian', 'locale', 'man'].map(name => `usr/share/${name}`)
  const libraries = await readdir(join(root, 'usr/lib'), { withFileTypes: true }).catch(() => [])
  // Tables of other character sets than UTF-8: half of what a program with the C library takes.
  const charsets = libraries.filter(entry => entry.isDirectory()).map(({ name }) => `usr/lib/${name}/gconv`)
  for (const path of [...share, ...charsets]) await rm(join(root, path), { recursive: true, force: true })
}

/** What base-files has on a whole system: programs name their interpreter as /lib/ld-linux-aarch64.so.1. */
const mergeUsr = async (root: string): Promise<void> => {
  for (const name of ['bin', 'lib', 'lib64', 'sbin']) {
    if (!(await exists(join(root, 'usr', name))) || (await exists(join(root, name)))) continue
    await symlink(`usr/${name}`, join(root, name))
  }
}
