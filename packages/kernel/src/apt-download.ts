import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandFailed, KseriesError } from '@kseries/host'
import { AptRefused, isNetworkTrouble, NoNetwork, type PrivateApt } from './apt-private.ts'

/** A package of Debian's, as found in a suite. */
export interface DebianPackage {
  /** A source package is a .dsc and the archives it names. */
  readonly kind: 'binary' | 'source'
  readonly name: string
  readonly version: string
  /** Bytes to be downloaded. */
  readonly size: number
}

/**
 * Downloads a package; apt checks it against the archive's signed hashes.
 * @param folder - gets its files, and holds nothing else then.
 * @param update - is told how far it is.
 * @returns the paths of its files; the .dsc of a source package is the first.
 * @throws NoNetwork, AptRefused, Interrupted
 */
export const downloadPackage = async (
  apt: PrivateApt,
  { kind, name, version, size }: DebianPackage,
  folder: string,
  update: (text: string, fraction: number) => void,
  signal?: AbortSignal,
): Promise<string[]> => {
  // What an earlier call left may be a part that apt cannot continue, or another version.
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  try {
    using _watch = watchSize(folder, `${name}_`, size, update)
    const command = kind === 'binary' ? ['download'] : ['source', '--download-only', '--only-source']
    await apt.get(['-q', ...command, `${name}=${version}`], { cwd: folder, signal })
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error
    const said = `${error.stdout}${error.stderr}`
    if (isNetworkTrouble(said)) throw new NoNetwork('the Debian mirror', error)
    if (/No space left/i.test(said)) throw error
    throw new AptRefused(`${name} ${version}`, error)
  }
  const files = (await readdir(folder)).filter(file => file.startsWith(`${name}_`))
  if (files.length === 0) throw new KseriesError(`Cannot find ${name} where apt-get put it: ${folder} is empty`)
  return files
    .toSorted((a, b) => Number(b.endsWith('.dsc')) - Number(a.endsWith('.dsc')))
    .map(file => join(folder, file))
}

/** Tells, until it is disposed of, how much of a download is there. */
export const watchSize = (
  folder: string,
  prefix: string,
  size: number,
  update: (text: string, fraction: number) => void,
): Disposable => {
  const look = async () => {
    const names = (await readdir(folder)).filter(file => file.startsWith(prefix))
    const sizes = await Promise.all(names.map(async file => (await stat(join(folder, file))).size))
    const all = sizes.reduce((sum, one) => sum + one, 0)
    if (all > 0) update(`${megabytes(all)} of ${megabytes(size)}`, Math.min(1, all / size))
  }
  const timer = setInterval(() => void look().catch(() => {}), 300)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`
