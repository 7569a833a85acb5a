import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ExitCode, KseriesError } from '@kseries/host'
import type { ExportedHeaders } from '@kseries/kernel'
import { buildForGuest } from '@kseries/kselftest-ts'
import type { Series } from '@kseries/patchgen'

/** A program that uses the uAPI of a series, see client/client.h. */
export interface Client {
  /** 'securekey-afalg one-way'. */
  readonly name: string
  readonly series: string
  /** Others are compared with it: what there was before any of the series. */
  readonly isYardstick: boolean
  /** Lines with code in them, without headers that stand for the libc's. */
  readonly lines: number
  /** The static program, on this machine. */
  readonly path: string
}

const harness = join(import.meta.dirname, 'client')

/**
 * Compiles the clients of a series: clients/*.c, of which `plain` is the yardstick.
 * @throws NoClients; what buildForGuest() throws
 */
export const clientsOf = async (
  { name: series, folder }: Series,
  { arch: abi, headers, sources: tree }: ExportedHeaders,
  signal: AbortSignal,
): Promise<Client[]> => {
  const own = join(folder, 'clients')
  const files = (await readdir(own).catch(() => [])).filter(file => file.endsWith('.c')).toSorted()
  if (files.length === 0) throw new NoClients(series, own)
  return await Promise.all(
    files.map(async (file): Promise<Client> => {
      const path = join(own, file)
      const program = { name: 'clients', files: [join(harness, 'main.c'), path], folders: [harness, own] }
      const short = file.replace(/\.c$/, '')
      return {
        name: `${series} ${short}`,
        series,
        isYardstick: short === 'plain',
        lines: linesOfCode(await readFile(path, 'utf8')),
        path: await buildForGuest(program, { abi, headers, tree, signal }),
      }
    }),
  )
}

/** Lines of C that are neither empty nor comments. */
export const linesOfCode = (text: string): number =>
  text
    .replaceAll(/\/\*.*?\*\//gs, '')
    .replaceAll(/\/\/.*$/gm, '')
    .split('\n')
    .filter(line => line.trim() !== '').length

/** A series brings nothing to compare. */
export class NoClients extends KseriesError {
  constructor(series: string, folder: string) {
    super(`Cannot compare '${series}': there is no C file in ${folder}`, {
      hint: 'A client is a C file that does what packages/cli/src/compare/client/client.h asks for; see kernel-patches/securekey-afalg/clients.',
      exitCode: ExitCode.usage,
    })
  }
}
