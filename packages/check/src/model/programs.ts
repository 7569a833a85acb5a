import { readdir } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { CommandFailed, CommandMissing, run } from '@kseries/host'

/**
 * The programs on PATH whose name is like that, as paths; of each name the one that would be run.
 * @param isSandboxed - only those that a sandbox has, too.
 */
export const programsOnPath = async (name: RegExp, isSandboxed: boolean): Promise<string[]> => {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(folder => folder.startsWith('/'))
  const seen = new Map<string, string>()
  for (const folder of folders.filter(one => !isSandboxed || /^\/(usr|s?bin)(\/|$)/.test(one)))
    for (const file of await readdir(folder).catch(() => []))
      if (name.test(file) && !seen.has(file)) seen.set(file, join(folder, file))
  return [...seen.values()]
}

/**
 * What a program says of its version; undefined if there is none, or it does not run.
 * @param args - by which it is asked.
 */
export const versionOf = async (
  program: string,
  signal?: AbortSignal,
  args: readonly string[] = ['--version'],
): Promise<string | undefined> => {
  try {
    return (await run(program, args, { signal, timeout: 60_000 })).stdout.trim()
  } catch (error) {
    if (error instanceof CommandMissing || error instanceof CommandFailed) return undefined
    throw error
  }
}

/** For sorting: '9.1' before '10.0.1'; what is no number, as in '2025.12.dev4', counts as 0. */
export const compareVersions = (a: string, b: string): number => {
  const [left = [], right = []] = [a, b].map(text => text.split('.').map(part => Number.parseInt(part, 10) || 0))
  const at = [...left, ...right].findIndex((_, place) => (left[place] ?? 0) !== (right[place] ?? 0))
  return (left[at] ?? 0) - (right[at] ?? 0)
}
