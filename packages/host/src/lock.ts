import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { cachePath } from './cache.ts'
import { Interrupted, KseriesError } from './errors.ts'
import { explainDiskErrors } from './files.ts'
import { spawnDaemon } from './run.ts'

export interface LockOptions {
  readonly signal?: AbortSignal | undefined
  /** Called once if somebody else holds the lock, with their own words about themselves. */
  readonly onWait?: (holder: string) => void
}

/**
 * Runs `work` while holding a lock of this cache folder. The kernel drops the lock when the holder dies (flock(2)), so a
 * kill -9 leaves nothing to clean up.
 *
 * @param name - what is protected, as a file name: "tree", "build-x86_64".
 * @throws Interrupted when the signal fires while waiting; otherwise what `work` throws.
 */
export const withLock = async <T>(name: string, work: () => Promise<T>, options: LockOptions = {}): Promise<T> => {
  const path = cachePath('locks', name)
  await explainDiskErrors(path, () => mkdir(dirname(path), { recursive: true }))
  await using _held = (await tryHold(path, 0)) ?? (await waitFor(path, name, options))
  await writeFile(`${path}.holder`, `process ${process.pid} (${process.argv.slice(1).join(' ').slice(-120)})\n`).catch(
    () => {},
  )
  return await work()
}

const waitFor = async (path: string, name: string, { signal, onWait }: LockOptions) => {
  onWait?.((await readFile(`${path}.holder`, 'utf8').catch(() => 'another process')).trim())
  for (;;) {
    if (signal?.aborted) throw new Interrupted(`waiting for the lock '${name}'`, signal.reason)
    // A second at a time, so that an abort is noticed soon.
    const held = await tryHold(path, 1)
    if (held) return held
  }
}

const tryHold = async (path: string, seconds: number) => {
  let locked = () => {}
  const ready = new Promise<void>(resolve => {
    locked = resolve
  })
  const holder = spawnDaemon(
    'flock',
    [
      '--exclusive',
      '--no-fork',
      '--timeout',
      String(seconds),
      '--conflict-exit-code',
      '75',
      path,
      'sh',
      '-c',
      'trap "" HUP; echo locked; exec sleep infinity',
    ],
    // When we are killed, what works under the lock is being killed too: the lock must not end before it.
    { onLine: line => line === 'locked' && locked(), gentle: 500 },
  )
  const ended = await Promise.race([ready, holder.exited])
  if (ended === undefined) return holder
  if (ended.exitCode === 75) return undefined
  throw new KseriesError(`Cannot take the lock ${path}: flock exited with ${ended.exitCode}: ${ended.stderr.trim()}`, {
    hint: 'The folder must be on a file system with flock(2); set KSERIES_CACHE to one.',
  })
}
