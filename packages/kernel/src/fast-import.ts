import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { linuxLandmarks, versionOfMakefile } from './linux.ts'
import { readTar, TarDamaged } from './tar.ts'

export interface ImportedCommit {
  readonly ref: string
  /** First line of the message is "Linux VERSION"; this comes below it. */
  readonly origin: string
}

export type ImportOutcome =
  | { readonly kind: 'imported'; readonly version: string; readonly files: number }
  | { readonly kind: 'not-linux'; readonly why: string }

/** Who the base commits are by: nobody, the same on every machine. */
export const neutralIdentity = { name: 'kseries', email: 'kseries@localhost' } as const

/**
 * Turns a kernel's tar archive into one commit in the language of git-fast-import(1). The commit depends on nothing but
 * the archive: its date is the newest entry's.
 *
 * @param archive - uncompressed; its one top folder is left out.
 * @param out - standard input of `git fast-import --done`; it gets no commit when the tree is not Linux.
 * @param progress - told of files and bytes so far.
 * @throws TarDamaged
 */
export const tarToFastImport = async (
  archive: AsyncIterable<Uint8Array>,
  out: Writable,
  commit: ImportedCommit,
  progress: (files: number, bytes: number) => void = () => {},
): Promise<ImportOutcome> => {
  const writer = new Batches(out)
  const entries: string[] = []
  const missing = new Set<string>(linuxLandmarks)
  let [bytes, newest, makefile] = [0, 0, '']
  for await (const entry of readTar(archive)) {
    newest = Math.max(newest, entry.mtime)
    if (entry.kind === 'directory') continue
    if (entry.kind === 'other') throw new TarDamaged(`'${entry.path}' is neither a file, a folder nor a symbolic link`)
    const path = entry.path.replace(/^(\.\/)?[^/]*\//, '')
    missing.delete(path)
    const mark = entries.length + 1
    if (entry.kind === 'link') {
      entries.push(`M 120000 :${mark} ${quote(path)}\n`)
      await writer.put(`blob\nmark :${mark}\ndata ${Buffer.byteLength(entry.target)}\n${entry.target}\n`)
    } else {
      entries.push(`M ${entry.mode & 0o100 ? '100755' : '100644'} :${mark} ${quote(path)}\n`)
      await writer.put(`blob\nmark :${mark}\ndata ${entry.size}\n`)
      for await (const piece of entry.data) {
        if (path === 'Makefile') makefile += Buffer.from(piece).toString()
        await writer.put(piece)
      }
      await writer.put('\n')
    }
    bytes += entry.size
    progress(entries.length, bytes)
  }
  const version = versionOfMakefile(makefile)
  if (missing.size === 0 && version !== undefined) {
    const message = `Linux ${version}\n\n${commit.origin}\n`
    const who = `${neutralIdentity.name} <${neutralIdentity.email}> ${newest} +0000`
    await writer.put(
      `commit ${commit.ref}\nauthor ${who}\ncommitter ${who}\ndata ${Buffer.byteLength(message)}\n${message}`,
    )
    for (const line of entries) await writer.put(line)
  }
  await writer.put('done\n')
  await writer.flush()
  if (missing.size > 0) return { kind: 'not-linux', why: `it has no ${[...missing].join(', no ')}` }
  if (version === undefined) return { kind: 'not-linux', why: 'its Makefile states no version' }
  return { kind: 'imported', version, files: entries.length }
}

const quote = (path: string) =>
  /^"|[\n\\]/.test(path) ? `"${path.replaceAll(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"` : path

/** Collects small writes into large ones: 96,000 files are 400,000 pieces. */
class Batches {
  readonly #out: Writable
  #pieces: (string | Uint8Array)[] = []
  #size = 0

  constructor(out: Writable) {
    this.#out = out
  }

  async put(piece: string | Uint8Array): Promise<void> {
    this.#pieces.push(piece)
    this.#size += piece.length
    if (this.#size > 1 << 20) await this.flush()
  }

  async flush(): Promise<void> {
    const batch = Buffer.concat(this.#pieces.map(piece => (typeof piece === 'string' ? Buffer.from(piece) : piece)))
    this.#pieces = []
    this.#size = 0
    if (!this.#out.write(batch)) await once(this.#out, 'drain')
  }
}
