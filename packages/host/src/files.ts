import { randomBytes } from 'node:crypto'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { KseriesError } from './errors.ts'

/** Whether something exists at `path`. */
export const exists = async (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

/**
 * Writes a file so that a reader sees the old content or the new, never a part, whatever interrupts us.
 * @throws DiskFull
 */
export const writeFileAtomic = async (path: string, data: string | Uint8Array): Promise<void> => {
  const temporary = `${path}.${randomBytes(4).toString('hex')}.tmp`
  await explainDiskErrors(path, async () => {
    await mkdir(dirname(path), { recursive: true })
    try {
      const file = await open(temporary, 'wx')
      try {
        await file.writeFile(data)
      } finally {
        await file.close()
      }
      await rename(temporary, path)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  })
}

/**
 * Makes a folder whole or not at all: `fill` works in a sibling, which takes the final name when it succeeds.
 * A leftover of an interrupted run is replaced. If `path` exists already it is kept and `fill` not called.
 *
 * The caller holds the lock for `path` (see lock.ts).
 * @returns whether the folder was made now.
 */
export const makeDirAtomic = async (path: string, fill: (temporary: string) => Promise<void>): Promise<boolean> => {
  if (await exists(path)) return false
  const temporary = `${path}.partial`
  await explainDiskErrors(path, async () => {
    await rm(temporary, { recursive: true, force: true })
    await mkdir(temporary, { recursive: true })
    await fill(temporary)
    await rename(temporary, path)
  })
  return true
}

/** The disk, or a quota, has no room left for what was being written. */
export class DiskFull extends KseriesError {
  constructor(path: string, cause: unknown) {
    super(`Cannot write ${path}: no space left on the device`, {
      hint: 'Free some space, or point KSERIES_CACHE at a larger disk; what was complete stays usable.',
      cause,
    })
  }
}

/** Runs `work`; "no space left" comes out as DiskFull naming `path`, anything else as it is. */
export const explainDiskErrors = async <T>(path: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    if (saysDiskFull(error)) throw new DiskFull(path, error)
    throw error
  }
}

const saysDiskFull = (error: unknown): boolean => {
  if (error instanceof DiskFull) return false
  const { code, stderr, message } = error as { code?: string; stderr?: string; message?: string }
  return (
    code === 'ENOSPC' || code === 'EDQUOT' || /No space left on device|Disk quota exceeded/i.test(`${stderr}${message}`)
  )
}
