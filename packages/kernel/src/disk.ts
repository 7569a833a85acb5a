import { mkdir, statfs } from 'node:fs/promises'
import { DiskFull, explainDiskErrors, KseriesError } from '@kseries/host'

/**
 * Makes sure that there is room before a long step, so that it does not fail after minutes.
 * @param dir - where the step will write; made if missing.
 * @param bytes - what it needs.
 * @param what - the step, as in "import of 7.3".
 * @throws TooLittleRoom
 */
export const needRoom = async (dir: string, bytes: number, what: string): Promise<void> => {
  await explainDiskErrors(dir, () => mkdir(dir, { recursive: true }))
  const { bavail, bsize } = await statfs(dir)
  if (bavail * bsize < bytes) throw new TooLittleRoom(dir, what, bytes, bavail * bsize)
}

/**
 * For git, whose own words about a full disk mislead: fast-import speaks of disk corruption, a checkout of "unable to write
 * file" without a reason (and takes the file away again, so that there is room when one looks).
 * @returns `error`, or DiskFull if that is what it means.
 */
export const orDiskFull = async (dir: string, error: unknown): Promise<unknown> => {
  const { bavail, bsize } = await statfs(dir)
  const wrote = /unable to write file '[^']*'$/m.test(String((error as { stderr?: string }).stderr))
  return wrote || bavail * bsize < 4e6 ? new DiskFull(dir, error) : error
}

/** The disk has less free space than a step is known to need. */
export class TooLittleRoom extends KseriesError {
  constructor(dir: string, what: string, needed: number, free: number) {
    super(`Cannot start the ${what}: it needs ${gigabytes(needed)} in ${dir}, free are ${gigabytes(free)}`, {
      hint: 'Free some space, or point KSERIES_CACHE at a larger disk.',
    })
  }
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(2)} GB`
