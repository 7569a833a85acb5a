import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CommandFailed, explainDiskErrors, KseriesError, type Report, run, step } from '@kseries/host'
import { orDiskFull } from './disk.ts'
import type { ImportOutcome } from './fast-import.ts'
import { git } from './git.ts'
import { NotLinux } from './linux.ts'

const worker = fileURLToPath(new URL('import-worker.ts', import.meta.url))

/**
 * Puts a kernel's `.tar.xz` into the repository as one commit, straight from the decompressor: no file is unpacked.
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
  await removeLeftovers(gitDir)
  const incoming = 'refs/kseries/incoming'
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
        throw error instanceof CommandFailed ? await orDiskFull(gitDir, new ArchiveDamaged(archive, error)) : error
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

/** A fast-import that was killed leaves its pack, up to 400 MB. The caller holds the lock of the repository. */
const removeLeftovers = async (gitDir: string) => {
  const packs = join(gitDir, 'objects/pack')
  for (const dir of [gitDir, packs]) {
    for (const name of await readdir(dir).catch(() => [])) {
      if (/^(tmp_(pack|idx)_|fast_import_crash_)/.test(name)) await rm(join(dir, name), { force: true })
    }
  }
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
