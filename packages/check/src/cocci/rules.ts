import { gitOf, readFiles } from '@kseries/patchgen'
import { compareVersions } from '../model/programs.ts'
import type { Subject } from '../subject/subject.ts'

/** A semantic patch of scripts/coccinelle. */
export interface Rule {
  readonly path: string
  /** Of its contents. */
  readonly hash: string
  readonly text: string
  /** What it wants to be run with, by its own words. */
  readonly options: readonly string[]
  /** Whether it says of itself that what it finds is so. */
  readonly isSure: boolean
}

/** A Coccinelle. */
export interface Spatch {
  /** '1.1.1' */
  readonly version: string
  /** Whether there is the compiler that it needs for rules with OCaml in them: Debian's comes without. */
  readonly hasOcaml: boolean
}

/** Those of a commit that report, and that this Coccinelle can run. */
export const readRules = async (
  gitDir: Subject['gitDir'],
  commit: string,
  { version, hasOcaml }: Spatch,
  signal?: AbortSignal,
): Promise<readonly Rule[]> => {
  const args = ['ls-tree', '-r', '-z', commit, '--', 'scripts/coccinelle']
  const entries = (await gitOf(gitDir, args, { signal })).stdout.split('\0').flatMap(entry => {
    const [, hash, path] = /^100\d+ blob (\w+)\t([^]*\.cocci)$/.exec(entry) ?? []
    return hash === undefined || path === undefined ? [] : [{ hash, path }]
  })
  const files = await readFiles(
    gitDir,
    commit,
    entries.map(({ path }) => path),
    signal,
  )
  return entries.flatMap(({ hash, path }): Rule[] => {
    const text = Buffer.from(files.get(path)?.content ?? []).toString('utf8')
    const required = /^\/\/\s*Requires:\s*(\S+)/m.exec(text)?.[1] ?? '0'
    if (!/^virtual\s.*\breport\b/m.test(text) || compareVersions(version, required) < 0) return []
    if (!hasOcaml && /^@.*\b(initialize|script|finalize):ocaml\b/m.test(text)) return []
    const options = /^\/\/\s*Options:(.*)$/m.exec(text)?.[1]?.split(/\s+/).filter(Boolean) ?? []
    return [{ path, hash, text, options, isSure: /^\/\/\s*Confidence:.*\bHigh\b/m.test(text) }]
  })
}
