import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { isGood } from '@kseries/kselftest-ts'
import type { Series } from '@kseries/patchgen'
import type { RunOptions } from '../run/options.ts'
import type { Tested } from '../run/test-run.ts'
import { runTests } from '../run/tests.ts'
import { chainsFor } from '../series.ts'
import { byRelevance, type Relevant, type Source } from './relevance.ts'

/** What is known from one round to the next. */
export interface Memory {
  /** What the last round was about, and saved since. */
  readonly touched: Set<string>
  /** Whether there is a verdict on that. */
  judged: boolean
  /** Test files with a failure when they were last run. */
  readonly failed: Set<string>
  /** Run all tests, whatever was saved. */
  all: boolean
  /** Run them though the verdict is known. */
  fresh: boolean
  /** What was last run. */
  tested: Tested | undefined
}

/** A memory of nothing: the first round runs all. */
export const blank = (): Memory => ({
  touched: new Set(),
  judged: false,
  failed: new Set(),
  all: false,
  fresh: false,
  tested: undefined,
})

/**
 * One round: generate, build, boot, test. If nothing but tests was saved, only those that have to do with it are run, and what
 * failed before; else all, in the order of how much the change matters to them.
 *
 * @param folder - of the series.
 * @param onPlan - is told what will be run before it is.
 * @throws what loading the series and `runTests` throw
 */
export const round = async (
  folder: string,
  options: RunOptions,
  memory: Memory,
  signal: AbortSignal,
  onPlan: (tests: readonly Relevant[], all: boolean) => void,
): Promise<Tested> => {
  const [chain = []] = await chainsFor([folder])
  const touched = [...memory.touched]
  const order = byRelevance({
    tests: await sourcesOfTests(chain),
    touched: await Promise.all(touched.map(source)),
    failed: memory.failed,
  })
  const matters = order.filter(({ why }) => why === 'failed' || why === 'edited')
  const onlyTests = touched.length > 0 && touched.every(path => path.split(sep).includes('selftests'))
  const all = memory.all || !onlyTests || memory.tested === undefined || matters.length === 0
  const tests = all ? order : matters
  onPlan(tests, all)
  const files = tests.map(({ file }) => file)
  const tested = await runTests(chain, { ...options, fresh: memory.fresh, files }, signal)
  const root = dirname(folder)
  for (const file of files) memory.failed.delete(file)
  for (const result of tested.results) {
    const file = join(root, result.group)
    if (!isGood(result) && files.includes(file)) memory.failed.add(file)
  }
  memory.judged = true
  memory.all = false
  memory.fresh = false
  memory.tested = tested
  return tested
}

const sourcesOfTests = async (chain: readonly Series[]): Promise<Source[]> => {
  const folders = chain.map(({ folder }) => join(folder, 'selftests'))
  const lists = await Promise.all(
    folders.map(async folder => {
      const names = await readdir(folder).catch(() => [])
      return names.filter(name => name.endsWith('.ts')).map(name => join(folder, name))
    }),
  )
  return await Promise.all(lists.flat().map(source))
}

const source = async (path: string): Promise<Source> => ({ path, text: await readFile(path, 'utf8').catch(() => '') })

/** Notes what was saved: in place of what has a verdict, on top of what has none yet. */
export const noteSaved = (memory: Memory, files: readonly string[]): void => {
  if (memory.judged) memory.touched.clear()
  memory.judged = false
  for (const file of files) memory.touched.add(file)
}

/** A file as a person knows it: relative to the folder that the series are in. */
export const shown = (folder: string, path: string): string => relative(dirname(folder), path)
