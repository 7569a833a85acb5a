import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { ImportRefused } from './errors.ts'

/** Threads are smaller. The worst of that size, a diff of lines of one character, takes 1 GB of memory. */
const LARGEST = 16 << 20

/** Each costs processes, and no thread of a list has as many. */
const MOST_MAILS = 1000

/** What packed files begin with. */
const packed: readonly (readonly [string, string])[] = [
  ['\x1f\x8b', 'gunzip'],
  ['\xfd7zXZ\0', 'unxz'],
  ['BZh', 'bunzip2'],
  ['\x28\xb5\x2f\xfd', 'unzstd'],
  ['PK\x03\x04', 'unzip'],
]

/**
 * Looks at a file before anything takes it apart.
 * @returns whether it is a mail as it is, without the "From " line of an mbox.
 * @throws ImportRefused for what is no mbox and no mail, or is more than a thread can be.
 */
export const isBareMail = async (path: string): Promise<boolean> => {
  const refuse = (why: string, hint?: string) => new ImportRefused(basename(path), why, hint)
  const found = await stat(path).catch(() => undefined)
  if (!found) throw refuse('there is no such file')
  if (!found.isFile()) throw refuse(`it is ${found.isDirectory() ? 'a folder' : 'no regular file'}: it must be an mbox`)
  if (found.size > LARGEST)
    throw refuse(`it must have at most ${LARGEST >> 20} MB: it has ${Math.ceil(found.size / (1 << 20))}`)
  const text = (await readFile(path, 'latin1')).trimStart()
  if (text === '') throw refuse('it is empty')
  const tool = packed.find(([magic]) => text.startsWith(magic))?.[1]
  if (tool) throw refuse('it is packed', `Unpack it first: ${tool} ${basename(path)}`)
  const separators = text.match(/^From .*\d:\d\d/gm)?.length ?? 0
  if (separators > MOST_MAILS) throw refuse(`it must have at most ${MOST_MAILS} mails: it has ${separators}`)
  if (text.startsWith('From ')) return false
  if (!/^[A-Za-z][\w-]*:/.test(text)) throw refuse('it is no mbox: it must begin with a line "From …"')
  if (separators > 0) throw refuse('it begins within a mail: its first line "From …" is missing')
  return true
}
