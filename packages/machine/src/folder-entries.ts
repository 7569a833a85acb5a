import { lstat, readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { InitramfsEntry } from './cpio.ts'
import { CpioEntryInvalid } from './errors.ts'

/**
 * All that is in a folder, for an initramfs: files, folders and links with their modes, whoever they belong to.
 * @throws CpioEntryInvalid for a socket, a pipe or a device: they are made, not copied.
 */
export const folderEntries = async (folder: string, below = ''): Promise<InitramfsEntry[]> => {
  // Not the recursive readdir(), which goes through links to folders as well.
  const names = (await readdir(join(folder, below))).toSorted()
  const lists = await Promise.all(names.map(name => entriesAt(folder, join(below, name))))
  return lists.flat()
}

const entriesAt = async (folder: string, path: string): Promise<InitramfsEntry[]> => {
  const place = join(folder, path)
  const about = await lstat(place)
  const mode = about.mode & 0o7777
  if (about.isSymbolicLink()) return [{ kind: 'symlink', path, target: await readlink(place) }]
  if (about.isDirectory()) return [{ kind: 'dir', path, mode }, ...(await folderEntries(folder, path))]
  if (about.isFile()) return [{ kind: 'file', path, mode, data: await readFile(place) }]
  throw new CpioEntryInvalid(path, 'be a file, a folder or a link', 'none of these')
}
