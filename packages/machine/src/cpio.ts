import { gzipSync } from 'node:zlib'
import { CpioEntryInvalid } from './errors.ts'

/** One thing in an initramfs. `path` is below the root, with or without a leading slash; `mode` is the permission bits. */
export type InitramfsEntry =
  | { readonly kind: 'file'; readonly path: string; readonly mode?: number; readonly data: Uint8Array | string }
  | { readonly kind: 'dir'; readonly path: string; readonly mode?: number }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string }
  | {
      readonly kind: 'device'
      readonly path: string
      readonly mode?: number
      readonly type: 'char' | 'block'
      readonly major: number
      readonly minor: number
    }

/** The node the kernel opens as standard input, output and error of init (init/main.c:console_on_rootfs). */
export const devConsole: InitramfsEntry = {
  kind: 'device',
  path: 'dev/console',
  mode: 0o600,
  type: 'char',
  major: 5,
  minor: 1,
}

export interface InitramfsOptions {
  /** Compress: the kernel needs CONFIG_RD_GZIP and, under TCG, more time to unpack than it saves to load. @default false */
  readonly gzip?: boolean
}

/**
 * Packs an initramfs: a "newc" cpio archive as Documentation/driver-api/early-userspace/buffer-format.rst describes it.
 *
 * Missing parent folders are added (0755). Entries come out sorted by path, owned by root, with time 0 and numbers from 1,
 * so equal input gives equal bytes.
 *
 * @param entries - see InitramfsEntry; a path twice is an error.
 * @returns the archive, padded to 512 bytes as GNU cpio does.
 * @throws CpioEntryInvalid for a path that is empty, absolute twice over, has "..", or occurs twice; a file over 4 GiB.
 */
export const initramfs = (entries: readonly InitramfsEntry[], options: InitramfsOptions = {}): Uint8Array => {
  const all = new Map<string, InitramfsEntry>()
  for (const entry of entries) {
    const path = cleanPath(entry.path)
    if (all.has(path)) throw new CpioEntryInvalid(entry.path, 'be named once', 'there twice')
    all.set(path, entry)
  }
  for (const { path: given } of entries) {
    const path = cleanPath(given)
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      const parent = path.slice(0, at)
      const there = all.get(parent)
      if (there && there.kind !== 'dir') throw new CpioEntryInvalid(path, 'lie in a folder', `below a ${there.kind}`)
      if (!there) all.set(parent, { kind: 'dir', path: parent })
    }
  }
  const records = [...all]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, entry], i) => record(path, entry, i + 1))
  const archive = Buffer.concat([...records, pack('TRAILER!!!', { ino: 0, mode: 0, nlink: 1, data: empty })])
  const padded = Buffer.concat([archive, Buffer.alloc(-archive.length & 511)])
  // zlib writes neither a name nor a time here (MTIME 0), so this is deterministic too.
  return options.gzip ? gzipSync(padded, { level: 9 }) : padded
}

const empty = new Uint8Array()
const utf8 = new TextEncoder()

// File types of struct stat, include/uapi/linux/stat.h.
const S_IFCHR = 0o020000
const S_IFDIR = 0o040000
const S_IFBLK = 0o060000
const S_IFREG = 0o100000
const S_IFLNK = 0o120000

const record = (path: string, entry: InitramfsEntry, ino: number): Buffer => {
  switch (entry.kind) {
    case 'file': {
      const data = typeof entry.data === 'string' ? utf8.encode(entry.data) : entry.data
      if (data.length > 0xffff_ffff) throw new CpioEntryInvalid(path, 'be under 4 GiB', `${data.length} bytes`)
      return pack(path, { ino, mode: S_IFREG | (entry.mode ?? 0o644), nlink: 1, data })
    }
    case 'dir':
      return pack(path, { ino, mode: S_IFDIR | (entry.mode ?? 0o755), nlink: 2, data: empty })
    case 'symlink':
      return pack(path, { ino, mode: S_IFLNK | 0o777, nlink: 1, data: utf8.encode(entry.target) })
    case 'device': {
      const mode = (entry.type === 'char' ? S_IFCHR : S_IFBLK) | (entry.mode ?? 0o600)
      return pack(path, { ino, mode, nlink: 1, data: empty, major: entry.major, minor: entry.minor })
    }
  }
}

interface Header {
  readonly ino: number
  readonly mode: number
  readonly nlink: number
  readonly data: Uint8Array
  readonly major?: number
  readonly minor?: number
}

const pack = (path: string, { ino, mode, nlink, data, major = 0, minor = 0 }: Header): Buffer => {
  const name = Buffer.from(`${path}\0`)
  // ino mode uid gid nlink mtime filesize maj min rmaj rmin namesize chksum
  const fields = [ino, mode, 0, 0, nlink, 0, data.length, 0, 0, major, minor, name.length, 0]
  const header = Buffer.from(`070701${fields.map(value => value.toString(16).padStart(8, '0')).join('')}`)
  return Buffer.concat([header, name, aligned(header.length + name.length), data, aligned(data.length)])
}

const aligned = (length: number): Buffer => Buffer.alloc(-length & 3)

const cleanPath = (path: string): string => {
  const clean = path.replace(/^\//, '').replace(/\/$/, '')
  const parts = clean.split('/')
  if (parts.some(part => part === '' || part === '.' || part === '..' || part.includes('\0'))) {
    throw new CpioEntryInvalid(path, 'be a plain path below the root', `'${path}'`)
  }
  return clean
}
