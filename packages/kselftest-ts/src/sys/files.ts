import type { Fd, Flags, HasFd } from '../program/values.ts'
import type { Sys } from './sys.ts'

const CHUNK = 32 * 1024
const CHUNKS_AT_ONCE = 3

/** The whole of a file, in as many calls as it takes. Files of /proc and /sys say nothing of their size: read to the end. */
export const readFile = async (sys: Sys, path: string): Promise<Uint8Array> => {
  const first = await sys.program(p => {
    const fd = p.open(path, 'O_RDONLY|O_CLOEXEC')
    return { fd, data: p.read(fd, CHUNK), more: p.read(fd, CHUNK) }
  })
  const parts = [first.data, first.more]
  try {
    while (parts.at(-1)?.length) {
      const more = await sys.program(p => Array.from({ length: CHUNKS_AT_ONCE }, () => p.read(first.fd, CHUNK)))
      parts.push(...more)
    }
  } finally {
    await sys.close(first.fd)
  }
  return Buffer.concat(parts)
}

/** Writes all of `data`, a piece at a time. */
export const writeFile = async (sys: Sys, path: string, data: Uint8Array): Promise<void> => {
  const fd = await sys.open(path, 'O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC', 0o644)
  try {
    await writeAll(sys, fd, data)
  } finally {
    await sys.close(fd)
  }
}

/** Writes all of `data` to a descriptor. */
export const writeAll = async (sys: Sys, fd: Fd & (number | HasFd), data: Uint8Array): Promise<void> => {
  for (let at = 0; at < data.length; ) at += await sys.write(fd, data.subarray(at, at + CHUNK))
}

/** The names in a folder, without '.' and '..', sorted. */
export const readDir = async (sys: Sys, path: string): Promise<string[]> => {
  const names: string[] = []
  const fd = await sys.open(path, 'O_RDONLY|O_DIRECTORY|O_CLOEXEC' satisfies Flags)
  try {
    for (;;) {
      const entries = await sys.program(p => {
        const out = p.area(8192)
        const buffer = p.segment(-1, out, 8192, 'result')
        p.syscall('getdents64', fd, buffer, 8192)
        return buffer
      })
      if (entries.length === 0) return names.toSorted()
      names.push(...namesIn(Buffer.from(entries)))
    }
  } finally {
    await sys.close(fd)
  }
}

/** struct linux_dirent64 (include/linux/dirent.h): u64 ino, s64 off, u16 reclen, u8 type, char name[]. */
const namesIn = (entries: Buffer): string[] => {
  const names: string[] = []
  for (let at = 0; at < entries.length; at += entries.readUInt16LE(at + 16)) {
    const name = entries.toString('utf8', at + 19, entries.indexOf(0, at + 19))
    if (name !== '.' && name !== '..') names.push(name)
  }
  return names
}
