import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { exists, run, writeFileAtomic } from '@kseries/host'
import { type Artefacts, crossCompile } from '@kseries/kernel'
import type { Sys, TestResult } from '@kseries/kselftest-ts'
import { type Generated, gitOf, parseHunks } from '@kseries/patchgen'
import pMap from 'p-map'
import { z } from 'zod'

/** Lines of a file with code in them. */
export interface FileCoverage {
  /** In the kernel. */
  readonly path: string
  /** Sorted; how often each ran. */
  readonly lines: readonly { readonly line: number; readonly count: number }[]
}

/** Where the kernel shows its counts, at the paths of the objects on the machine that built it (kernel/gcov/fs.c). */
const GCOV = '/sys/kernel/debug/gcov'

/** Where they are kept in a run's folder. */
const countsIn = (folder: string) => join(folder, 'coverage')

/** Has the guest that is up count from zero (kernel/gcov/fs.c: reset_write()). */
export const forgetCounts = async (sys: Sys): Promise<void> => await sys.writeFile(join(GCOV, 'reset'), '1')

/** Reads the counts of the guest that is up into a run's folder. @returns no result: it is no test */
export const keepCounts = async (sys: Sys, folder: string): Promise<readonly TestResult[]> => {
  for (const path of await countsBelow(sys, GCOV)) {
    const copy = join(countsIn(folder), path.slice(GCOV.length))
    await mkdir(dirname(copy), { recursive: true })
    await writeFile(copy, await sys.readFile(path))
  }
  return []
}

const countsBelow = async (sys: Sys, folder: string): Promise<string[]> => {
  const names = await sys.readDir(folder)
  const counts = names.filter(name => name.endsWith('.gcda')).map(name => join(folder, name))
  const folders = names.filter(name => !/\.gc(da|no)$/.test(name) && !(folder === GCOV && name === 'reset'))
  for (const name of folders) counts.push(...(await countsBelow(sys, join(folder, name))))
  return counts
}

/**
 * How often each line ran that a chain wrote, by what keepCounts() left in a run's folder; also written there as coverage.info, for
 * lcov and genhtml.
 * @param which - or each line of the files in which they wrote one.
 * @returns undefined if it left nothing: the last guest was lost.
 * @throws CommandMissing without gcov, which comes with gcc
 */
export const coverageOf = async (
  { arch, coverageNotes = '' }: Artefacts,
  generated: Generated,
  folder: string,
  signal: AbortSignal,
  which: 'written' | 'all lines' = 'written',
): Promise<FileCoverage[] | undefined> => {
  const notes = (await readdir(coverageNotes, { recursive: true })).filter(name => name.endsWith('.gcno')).toSorted()
  const kept = await readdir(countsIn(folder), { recursive: true }).catch(() => [])
  if (kept.length === 0) return undefined
  const written = which === 'written' ? await linesWritten(generated, signal) : undefined
  const files = await pMap(
    notes,
    async note => {
      const path = note.replace(/gcno$/, 'c')
      const counts = kept.find(name => name.endsWith(`/${note.replace(/gcno$/, 'gcda')}`))
      const lines = await countLines(
        { tool: `${crossCompile(arch)}gcov`, path, note: join(coverageNotes, note) },
        counts === undefined ? undefined : join(countsIn(folder), counts),
        signal,
      )
      return { path, lines: written ? lines.filter(({ line }) => written.get(path)?.has(line)) : lines }
    },
    { concurrency: 4 },
  )
  const covered = files.filter(({ lines }) => lines.length > 0)
  await writeFileAtomic(join(folder, 'coverage.info'), covered.map(lcov).join(''))
  return covered
}

/** The lines of each file, from 1, that the chain added or changed. */
const linesWritten = async ({ gitDir, base, head }: Generated, signal: AbortSignal) => {
  const args = ['diff', '-U0', '--no-renames', '--no-ext-diff', '--no-color', base.commit, head, '--', '*.c']
  const { stdout } = await gitOf(gitDir, args, { signal, pure: true })
  return new Map(
    [...parseHunks(stdout)].map(([path, hunks]) => [
      path,
      new Set(hunks.flatMap(({ newStart, newCount }) => Array.from({ length: newCount }, (_, n) => newStart + n + 1))),
    ]),
  )
}

/** What gcov --json-format says, as far as it is wanted (gcc/doc/gcov.texi). */
const said = z.object({
  files: z.array(
    z.object({ file: z.string(), lines: z.array(z.object({ line_number: z.number(), count: z.number() })) }),
  ),
})

const countLines = async (
  { tool, path, note }: { readonly tool: string; readonly path: string; readonly note: string },
  counts: string | undefined,
  signal: AbortSignal,
) => {
  // gcov wants both beside each other. Without counts none of the lines ran.
  const work = await mkdtemp(join(tmpdir(), 'kseries-gcov-'))
  try {
    await copyFile(note, join(work, basename(note)))
    const data = basename(note).replace(/gcno$/, 'gcda')
    if (counts !== undefined && (await exists(counts))) await copyFile(counts, join(work, data))
    const { stdout } = await run(tool, ['--json-format', '--stdout', data], { cwd: work, signal, env: { LC_ALL: 'C' } })
    const its = said.parse(JSON.parse(stdout)).files.filter(({ file }) => file.endsWith(path))
    return its.flatMap(({ lines }) => lines.map(({ line_number: line, count }) => ({ line, count })))
  } finally {
    await rm(work, { recursive: true })
  }
}

/** A record of lcov's tracefiles, see geninfo(1). */
const lcov = ({ path, lines }: FileCoverage): string =>
  [`SF:${path}`, ...lines.map(({ line, count }) => `DA:${line},${count}`), 'end_of_record', ''].join('\n')
