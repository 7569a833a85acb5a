import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from '@kseries/host'
import type { ExportedHeaders } from '@kseries/kernel'
import { sysIncludes } from '@kseries/kselftest-ts'
import type { Series } from '@kseries/patchgen'
import { type AbiDescription, describeAbi, emitTypes } from '@kseries/uapi-headers'

/** Layouts and constants of the exported headers, for the ABI that the guest's programs have. */
export const layoutsOf = (
  chain: readonly Series[],
  { arch, headers, sources }: ExportedHeaders,
  signal: AbortSignal,
): Promise<AbiDescription> =>
  describeAbi({
    headers,
    tree: sources,
    includes: [...new Set([...sysIncludes, ...chain.flatMap(({ meta }) => meta.uapi)])],
    abi: arch,
    signal,
  })

/**
 * Brings the series' uapi.gen.ts up to date with the headers: what their tests import. The numbers in its comments are those of
 * x86_64; a run on another architecture leaves the file alone if nothing else differs.
 * @returns the files that changed.
 */
export const updateTypes = async (chain: readonly Series[], description: AbiDescription): Promise<string[]> => {
  const changed: string[] = []
  for (const { folder, meta } of chain) {
    if (meta.uapi.length === 0) continue
    const selftests = join(folder, 'selftests')
    const path = join(selftests, 'uapi.gen.ts')
    const names = await importedNames(selftests)
    const text = emitTypes(description, { headers: meta.uapi, names, command: './kseries run' })
    const same = description.abi === 'x86_64' ? (one: string) => one : withoutComments
    if (same(await readFile(path, 'utf8').catch(() => '')) === same(text)) continue
    await writeFileAtomic(path, text)
    changed.push(path)
  }
  return changed
}

const withoutComments = (text: string) => text.replaceAll(/\/\*\*.*?\*\/|^\/\/.*$/gm, '')

/** What the tests import from uapi.gen.ts: constants of other headers are in it when a test asks for them. */
const importedNames = async (folder: string): Promise<string[]> => {
  const files = (await readdir(folder).catch(() => [])).filter(name => name.endsWith('.ts') && name !== 'uapi.gen.ts')
  const texts = await Promise.all(files.map(name => readFile(join(folder, name), 'utf8')))
  const lists = texts.flatMap(text => [...text.matchAll(/import (?:type )?\{([^}]*)\} from '\.\/uapi\.gen\.ts'/g)])
  const names = lists.flatMap(([, list = '']) => list.split(',').map(name => name.replace(/^\s*type /, '').trim()))
  return [...new Set(names.filter(name => name !== ''))].toSorted()
}
