import { fileURLToPath } from 'node:url'
import { CommandFailed, DiskFull, explainDiskErrors, KseriesError, type Report, run, step } from '@kseries/host'
import { orDiskFull } from './disk.ts'
import type { ImportOutcome } from './fast-import.ts'
import { git } from './git.ts'
import { removeDeadFiles, removeLocks } from './leftovers.ts'
import { NotLinux } from './linux.ts'

const worker = fileURLToPath(new URL('import-worker.ts', import.meta.url))

/**
 * Puts a kernel's `.tar.xz` into the repository as one commit, straight from the decompressor: no file is unpacked.
 * The caller holds the lock of the repository.
 * @param ref - takes the commit; untouched unless all went well.
 * @param origin - told in the commit message.
 * @throws NotLinux, ArchiveDamaged, DiskFull, Interrupted
 */
export const importTar = async (
  archive: string,
  gitDir: string,
  ref: string,
  origin: string,
  { signal, report }: { readonly signal?: AbortSignal | undefined; readonly report: Report },
): Promise<void> => {
  const incoming = 'refs/kseries/incoming'
  await removeLocks(gitDir, [incoming, ref])
  const total = await uncompressedSize(archive, signal)
  await step(
    report,
    'import the tree into git',
    async update => {
      let outcome: ImportOutcome | undefined
      const onLine = (line: string, stream: string) => {
        if (stream !== 'stdout' || !line.startsWith('{')) return
        const said = JSON.parse(line) as ImportOutcome | { kind?: undefined; files: number; bytes: number }
        if (said.kind !== undefined) outcome = said
        else update(`${said.files} files, ${(said.bytes / 1e6).toFixed(0)} MB`, total && said.bytes / total)
      }
      try {
        await explainDiskErrors(gitDir, () =>
          run(process.execPath, [worker, archive, gitDir, incoming, origin], { signal, onLine }),
        )
      } catch (error) {
        const failure =
          error instanceof CommandFailed ? await orDiskFull(gitDir, new ArchiveDamaged(archive, error)) : error
        // Nobody's pack gets finished on a full disk, and ours takes the room that is missing.
        if (failure instanceof DiskFull) await removeDeadFiles(gitDir, 0)
        throw failure
      }
      if (outcome === undefined) throw new Error('import-worker.ts ended without an outcome')
      if (outcome.kind === 'not-linux') throw new NotLinux(archive, outcome.why)
      // In one transaction: the name appears with a complete tree behind it.
      await git(['update-ref', '--stdin'], {
        signal,
        input: `start\nupdate ${ref} ${await resolve(incoming)}\ndelete ${incoming}\nprepare\ncommit\n`,
      })
      return outcome
    },
    outcome => `Linux ${outcome.version}, ${outcome.files} files`,
  )
}

const resolve = async (ref: string) => (await git(['rev-parse', '--verify', ref])).stdout

/** Of an .xz file, from its index; 0 if xz cannot tell. https://tukaani.org/xz/xz-file-format.txt */
const uncompressedSize = async (archive: string, signal?: AbortSignal): Promise<number> => {
  const { stdout } = await run('xz', ['--robot', '--list', archive], { signal, okCodes: [0, 1] })
  return Number(/^totals\t\d+\t\d+\t\d+\t(\d+)/m.exec(stdout)?.[1] ?? 0)
}

/** The downloaded sources cannot be read. */
export class ArchiveDamaged extends KseriesError {
  constructor(archive: string, cause: CommandFailed) {
    super(`Cannot import ${archive}: ${cause.message.split('\n').slice(1).join('\n') || cause.message}`, {
      hint: 'Delete that file and run the same command again.',
      cause,
    })
  }
}
